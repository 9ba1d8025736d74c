"""The facture proforma: what joining costs, to the cent, and how to pay it."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pypdfium2
import pytest
import segno
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from billing import payment_code
from billing.amounts import Line, totals
from core.money import cents, euros
from membership import pricing, snapshots, workflow
from membership.models import Address, Application, TariffYear
from tests.factories import CLERK, ApplicationFactory, EmployeeFactory, make_operator
from tests.membership_docs.conftest import NOW, document, plain, squeeze

pytestmark = pytest.mark.django_db


def dossier_with(*categories: str, **fields: object) -> Application:
    dossier = ApplicationFactory(employees=0, establishment__name="Ateliers Morel", **fields)
    for category in categories:
        EmployeeFactory(establishment=dossier.establishment, monitoring=category)
    return dossier


@pytest.fixture
def checked(submit):
    """The company validates, staff check and send the proforma."""

    def make(dossier: Application) -> Application:
        workflow.send_proforma(submit(dossier), by=CLERK)
        return Application.objects.get(pk=dossier.pk)

    return make


@pytest.mark.req("M-12")
def test_prices_each_category_the_entry_fee_and_the_tax(operator, read, checked):
    dossier = checked(dossier_with("SI", "SI", "SIA", "SIR"))
    text = plain(read(document(dossier, "proforma")))
    for line in [
        "Cotisation 2026, suivi simple (SI) 2 98,00 € 196,00 €",
        "Cotisation 2026, suivi adapté (SIA) 1 112,00 € 112,00 €",
        "Cotisation 2026, suivi renforcé (SIR) 1 135,00 € 135,00 €",
        "Droit d’entrée, par salarié 4 20,00 € 80,00 €",
        "Total HT 523,00 €",
        "TVA 20 % 104,60 €",
        "Total TTC à régler 627,60 €",
    ]:
        assert line in text, line


@pytest.mark.req("M-12")
def test_says_that_it_is_no_invoice_and_names_both_parties(operator, read, checked):
    dossier = dossier_with("SI")
    dossier.establishment.addresses.filter(kind=Address.Kind.BILLING).update(
        same_as="", recipient="Cabinet Duval", street="3 rue Jean-Jaurès", postcode="91390",
        commune_name="Morsang-sur-Orge",
    )  # fmt: skip
    dossier = checked(dossier)
    text = plain(read(document(dossier, "proforma")))
    assert text.count("PROFORMA") == 1
    for words in [
        "PF-2026-000001", "émise le 23 novembre 2026", "valable jusqu’au 23 février 2027",
        "sans valeur comptable : ce n’est pas une facture",
        "Santé Travail Val d’Orge", "009 122 003", "FR90009122003",
        "Ateliers Morel", snapshots.format_siret(dossier.siret), snapshots.format_siren(dossier.siret[:9]),
        "Cabinet Duval 3 rue Jean-Jaurès 91390 Morsang-sur-Orge",
        "FR76 3000 6000 0112 3456 7890 189", "AGRIFRPP", "Référence PA-2026-000001",
        "Par chèque à l’ordre de Santé Travail Val d’Orge",
        "n’est pas encaissé tant que votre dossier n’est pas complet",
        "Si elle ne l’est qu’en 2027, ces montants restent les mêmes et règlent la cotisation de 2027",
    ]:  # fmt: skip
        assert squeeze(words) in squeeze(text), words
    assert text.count("N° TVA") == 1, "the seller's; nobody asked the client's"


@pytest.mark.req("M-12")
def test_of_the_next_year_it_speaks_only_when_it_is_valid_until_then(operator, read, checked, clock):
    clock.move_to(datetime(2026, 6, 1, 9, tzinfo=UTC))
    text = plain(read(document(checked(dossier_with("SI")), "proforma")))
    assert "valable jusqu’au 1er septembre 2026" in text
    assert "2027" not in text


@pytest.mark.req("M-12")
def test_has_its_own_numbers_without_a_gap(operator, submit):
    for number in (1, 2):
        workflow.submit(ApplicationFactory(), by=CLERK)
        dossier = ApplicationFactory(submitted=True)
        workflow.send_proforma(dossier, by=CLERK)
        assert document(dossier, "proforma").number == f"PF-2026-{number:06d}"
        assert document(dossier, "proforma").filename == f"proforma-PF-2026-{number:06d}.pdf"


@pytest.mark.parametrize(("rate", "shown"), [("20.00", "TVA 20 %"), ("5.50", "TVA 5,5 %"), ("0.00", "TVA 0 %")])
def test_writes_the_rate_as_people_do(operator, read, checked, rate, shown):
    TariffYear.objects.update(vat_rate=Decimal(rate))
    assert shown in plain(read(document(checked(dossier_with("SI")), "proforma")))


@pytest.mark.fault("F2")
def test_a_name_like_code_is_printed_as_typed(operator, read, checked):
    dossier = dossier_with("SI")
    dossier.establishment.name = "{{7*7}}<script>alert(1)</script>'; --"
    dossier.establishment.save()
    assert squeeze(dossier.establishment.name) in squeeze(read(document(checked(dossier), "proforma")))


@pytest.mark.parametrize("name", ["Ateliers Morel", "Société d’exploitation des établissements Morel et associés " * 2])
def test_fits_on_one_page_with_every_line(operator, pdf, checked, name):
    dossier = dossier_with("SI", "SIA", "SIR")
    dossier.establishment.name = name[:150]
    dossier.establishment.save()
    with pypdfium2.PdfDocument(pdf(document(checked(dossier), "proforma"))) as file:
        assert len(file) == 1


# --- The code that a bank's application scans ------------------------------------------------------------------------


@pytest.mark.req("D-18", "M-12")
def test_payment_code_says_whom_how_much_and_what_for():
    assert payment_code.payload("PA-2026-000127", Decimal("667.8")).split("\n") == [
        "BCD", "002", "1", "SCT", "AGRIFRPP", "Sante Travail Val d'Orge", "FR7630006000011234567890189",
        "EUR667.80", "", "", "PA-2026-000127",
    ]  # fmt: skip


@pytest.mark.parametrize("amount", ["0", "0.001", "-1", "1000000000"])
def test_payment_code_refuses_an_amount_that_no_bank_takes(amount):
    with pytest.raises(ValueError, match="EPC"):
        payment_code.payload("PA-2026-000127", Decimal(amount))


@pytest.mark.req("D-18")
def test_the_printed_code_holds_that_payload(operator, pdf, checked):
    """Each square of the page's code is compared with the code of the expected payload."""
    dossier = checked(dossier_with("SI", "SIR"))
    with pypdfium2.PdfDocument(pdf(document(dossier, "proforma"))) as file:
        picture = file[0].render(scale=6).to_pil().convert("L")
    wanted = segno.make(
        payment_code.payload(dossier.reference, dossier.proforma.total), error="m", boost_error=False, micro=False
    )
    assert squares(code_of(picture), len(wanted.matrix)) == [[bool(dark) for dark in row] for row in wanted.matrix]


def code_of(page: Image.Image) -> Image.Image:
    """The QR code, cut to its squares: they alone are black, text is ink."""
    black = page.point(lambda grey: 255 if grey < 10 else 0)
    return ImageOps.invert(black.crop(black.getbbox()))


def squares(code: Image.Image, size: int) -> list[list[bool]]:
    side = code.width / size
    return [
        [code.getpixel((int((x + 0.5) * side), int((y + 0.5) * side))) < 128 for x in range(size)] for y in range(size)
    ]


@pytest.mark.req("D-18")
def test_payment_code_of_the_page_is_a_picture_the_csp_allows():
    assert payment_code.image("PA-2026-000127", Decimal("12.30")).startswith("data:image/svg+xml")


# --- Amounts: screen, PDF and database say the same ------------------------------------------------------------------

money = st.decimals(min_value="0.01", max_value="9999.99", places=2)
rates = st.decimals(min_value="0", max_value="30", places=2)


@pytest.mark.req("M-12")
@given(
    counts=st.lists(st.integers(1, 2000), min_size=1, max_size=3),
    units=st.lists(money, min_size=3, max_size=3),
    fee=money,
    rate=rates,
)
def test_totals_add_up_to_the_cent(counts, units, fee, rate):
    lines = [Line("Cotisation", count, unit) for count, unit in zip(counts, units, strict=False)]
    lines.append(Line("Droit d’entrée", sum(counts), fee))
    quote = totals(lines, rate)
    exact = sum((count * unit for count, unit in zip(counts, units, strict=False)), sum(counts) * fee)
    assert quote.net == exact, "amounts of two decimals times a headcount are exact"
    assert abs(quote.vat - exact * rate / 100) <= Decimal("0.005")
    assert quote.total == quote.net + quote.vat
    assert quote.total == cents(quote.total)


@pytest.mark.req("M-12")
@settings(
    max_examples=6,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # each example makes a PDF: looking for a smaller one takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@example(categories=["SI"], unit=Decimal("0.10"), fee=Decimal("116.27"), rate=Decimal("0.01"))
@given(
    categories=st.lists(st.sampled_from(["SI", "SIA", "SIR"]), min_size=1, max_size=5),
    unit=money,
    fee=money,
    rate=rates,
)
def test_screen_pdf_and_database_say_the_same(operator, read, checked, categories, unit, fee, rate):
    tariff = make_operator().tariff
    TariffYear.objects.filter(pk=tariff.pk).update(entry_fee=fee, vat_rate=rate)
    tariff.tariffs.update(amount=unit)
    draft = dossier_with(*categories)
    estimate = pricing.quote(draft.establishment, NOW.year)
    dossier = checked(draft)
    stored = dossier.proforma
    assert (estimate.net, estimate.vat, estimate.total) == (stored.net, stored.vat, stored.total)
    assert sum(Decimal(line["amount"]) for line in stored.lines) == stored.net
    text = squeeze(read(stored.document))
    for label, amount in [("Total HT", stored.net), ("Total TTC à régler", stored.total)]:
        assert squeeze(f"{label} {euros(amount)}") in text
    assert squeeze(f"% {euros(stored.vat)}") in text
    for line in stored.lines:
        assert squeeze(f"{line['quantity']} {euros(Decimal(line['unit']))} {euros(Decimal(line['amount']))}") in text
