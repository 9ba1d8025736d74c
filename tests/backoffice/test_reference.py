"""Reference data: zone by many communes, tariff and its corridor, doctors' load, former members and their invoices."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from core.dates import today
from core.journal import timeline
from core.models import Commune, Sequence
from membership import former
from membership.admin.reference import outside_corridor
from membership.models import HelpText, MedicalCentre, Member, Secretary, TariffYear, UnpaidInvoice, ZoneCommune
from membership.states import Queue, State
from tests.backoffice.conftest import page
from tests.factories import CLERK, ApplicationFactory, MemberFactory, UnpaidInvoiceFactory, make_siret
from tests.reading import read_page

pytestmark = pytest.mark.django_db

MANY = "admin:membership_zonecommune_many"


@pytest.fixture
def communes(operator) -> None:
    ZoneCommune.objects.all().delete()
    for code, name, department, postcode in (
        ("91700", "Villiers-sur-Orge", "91", "91700"),
        ("2A004", "Ajaccio", "2A", "20000"),
        ("97105", "Basse-Terre", "971", "97100"),
    ):
        Commune.objects.create(code=code, name=name, department=department).postcodes.create(code=postcode)


@pytest.mark.req("M-02", "D-16")
@pytest.mark.parametrize(
    ("typed", "added"),
    [
        ("91220", {"91103", "91494"}),
        ("91220, 91700;\n20000", {"91103", "91494", "91700", "2A004"}),
        ("91", {"91103", "91494", "91228", "91700"}),
        ("2a 971", {"2A004", "97105"}),
        (" 91220\t91220 ,", {"91103", "91494"}),
    ],
)
def test_many_communes_at_once(communes, operator, manager, typed, added):
    response = manager.post(reverse(MANY), {"codes": typed, "centre": operator.centres[0].pk})
    assert response.status_code == 302
    assert set(ZoneCommune.objects.values_list("commune_id", flat=True)) == added


@pytest.mark.parametrize("typed", ["", "99999", "91220 abc", "<script>", "1" * 6000, "é", "91220 00", "a\x00"])
def test_codes_nobody_knows_are_named_and_nothing_is_added(communes, operator, manager, typed):
    response = manager.post(reverse(MANY), {"codes": typed, "centre": operator.centres[0].pk})
    assert response.status_code == 422
    assert not ZoneCommune.objects.exists()
    assert "<script>" not in response.content.decode()


def test_communes_already_there_stay_or_move(communes, operator, manager):
    first, second = operator.centres
    manager.post(reverse(MANY), {"codes": "91220", "centre": first.pk})
    manager.post(reverse(MANY), {"codes": "91220 91700", "centre": second.pk})
    assert ZoneCommune.objects.filter(centre=first).count() == 2
    manager.post(reverse(MANY), {"codes": "91220 91700", "centre": second.pk, "move": "on"})
    assert ZoneCommune.objects.filter(centre=second).count() == 3


def test_a_tariff_outside_the_corridor_is_saved_with_a_warning(operator, accountant):
    year = today().year + 1  # the operator's own tariff is this year's
    data = {
        "year": str(year),
        "entry_fee": "20",
        "vat_rate": "20",
        "national_average": "116",
        "tariffs-TOTAL_FORMS": "2",
        "tariffs-INITIAL_FORMS": "0",
        "tariffs-0-monitoring": "SI",
        "tariffs-0-amount": "92,80",
        "tariffs-1-monitoring": "SIR",
        "tariffs-1-amount": "150",
    }
    response = accountant.post(reverse("admin:membership_tariffyear_add"), data, follow=True)
    text = read_page(response)
    assert f"sort de la fourchette légale {year}" in text
    assert "Renforcé (SIR)" in text
    assert "Simple (SI) : 92,80" not in text
    assert TariffYear.objects.get(year=year).tariffs.count() == 2


@pytest.mark.parametrize(("amount", "warned"), [("92.80", False), ("92.79", True), ("139.20", False), ("139.21", True)])
def test_the_bounds_of_the_corridor(operator, amount, warned):
    year = TariffYear.objects.create(year=today().year + 1, entry_fee=0, national_average=Decimal("116"))
    year.tariffs.create(monitoring="SI", amount=Decimal(amount))
    assert bool(outside_corridor(year)) is warned
    year.national_average = None
    assert outside_corridor(year) == []


def test_the_load_of_each_doctor_is_shown(operator, manager):
    ApplicationFactory(accepted=True, employees=3)
    text = manager.get(reverse("admin:membership_doctor_changelist")).content.decode()
    assert "3 sur 5000 (0 %)" in text


def test_a_help_text_keeps_its_key(operator, manager):
    text = HelpText.objects.create(slug="aide", title="Aide", body="Bonjour")
    address = reverse("admin:membership_helptext_change", args=[text.pk])
    manager.post(address, {"slug": "autre", "title": "Nouvelle aide", "body": "{{7*7}}"})
    text.refresh_from_db()
    assert (text.slug, text.title, text.body) == ("aide", "Nouvelle aide", "{{7*7}}")


def test_a_help_text_neither_comes_nor_goes_by_hand(operator, login):
    """A page finds it by its key, which nobody could guess; without it the page would lose its help."""
    text = HelpText.objects.create(slug="aide", title="Aide", body="Bonjour")
    boss = login(superuser=True)
    assert boss.get(reverse("admin:membership_helptext_add")).status_code == 403
    assert boss.post(reverse("admin:membership_helptext_delete", args=[text.pk]), {"post": "yes"}).status_code == 403
    bulk = {"action": "delete_selected", "_selected_action": [text.pk], "post": "yes"}
    boss.post(reverse("admin:membership_helptext_changelist"), bulk)
    assert HelpText.objects.filter(pk=text.pk).exists()


# --- Members ----------------------------------------------------------------------------------------------------------


def entered(**changes: str) -> dict[str, str]:
    return {
        "siret": f" {make_siret(77)[:3]} {make_siret(77)[3:]}",
        "name": "Ancienne Menuiserie",
        "number": "Z000123",
        "joined_on": "01/01/2015",
        "left_on": "31/12/2020",
        "invoices-TOTAL_FORMS": "1",
        "invoices-INITIAL_FORMS": "0",
        "invoices-0-number": "F-2020-9",
        "invoices-0-amount": "120,50",
        "invoices-0-due_on": "31/12/2020",
        **changes,
    }


@pytest.mark.req("M-10")
def test_a_former_member_is_entered_with_what_he_owes(operator, accountant):
    response = accountant.post(reverse("admin:membership_member_add"), entered())
    assert response.status_code == 302
    member = Member.objects.get()
    assert (member.siret, member.establishment.name, member.left_on) == (
        make_siret(77),
        "Ancienne Menuiserie",
        date(2020, 12, 31),
    )
    assert UnpaidInvoice.objects.get().amount == Decimal("120.50")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"siret": "123"}, "siret"),
        ({"siret": ""}, "siret"),
        ({"left_on": "31/12/2014"}, "left_on"),
        ({"number": "B-TAKEN"}, "number"),
        ({"siret": make_siret(78), "left_on": ""}, "siret"),
    ],
)
def test_a_former_member_that_cannot_be(operator, accountant, changes, field):
    MemberFactory(number="B-TAKEN", establishment__siret=make_siret(78), left_on=None)
    response = accountant.post(reverse("admin:membership_member_add"), entered(**changes))
    assert response.status_code == 200
    assert field in response.context_data["adminform"].form.errors
    assert Member.objects.count() == 1


@pytest.mark.req("M-17")
def test_a_number_that_the_portal_will_give_is_not_entered_by_hand(operator, accountant):
    Sequence.objects.create(name="member", last=11)
    add = reverse("admin:membership_member_add")
    for number in ("A000012", "a000012", "A1000000"):
        response = accountant.post(add, entered(number=number))
        assert "pas encore donné" in str(response.context_data["adminform"].form.errors["number"])
    assert accountant.post(add, entered(number="A000011")).status_code == 302, "given before, to who left since"


def departure(member: Member, left_on: str) -> dict[str, str]:
    """What the page of a member posts."""
    return {
        "left_on": left_on,
        "centre": str(member.centre_id or ""),
        "doctor": str(member.doctor_id or ""),
        "invoices-TOTAL_FORMS": "0",
        "invoices-INITIAL_FORMS": "0",
    }


@pytest.mark.parametrize(
    ("left_on", "sentence"),
    [
        ("31/12/2017", "Cette date doit suivre celle de l’adhésion."),
        ("", "Cet établissement est de nouveau adhérent (B-BACK) : gardez la date."),
    ],
)
def test_a_departure_that_cannot_be_is_said_on_the_page(operator, manager, left_on, sentence):
    """SIRET and first day are not changed there; the database refuses all the same."""
    gone = MemberFactory(number="B-GONE", establishment__siret=make_siret(79))
    MemberFactory(number="B-BACK", establishment__siret=make_siret(79), joined_on=date(2024, 1, 1), left_on=None)
    page = reverse("admin:membership_member_change", args=[gone.pk])
    response = manager.post(page, departure(gone, left_on))
    assert response.status_code == 200
    assert sentence in read_page(response)
    gone.refresh_from_db()
    assert gone.left_on == date(2022, 12, 31)
    assert manager.post(page, departure(gone, "01/01/2018")).status_code == 302
    gone.refresh_from_db()
    assert gone.left_on == date(2018, 1, 1), "the first day may be the last"


def test_a_departure_entered_by_mistake_is_taken_back(operator, manager):
    member = MemberFactory(establishment__siret=make_siret(79))
    page = reverse("admin:membership_member_change", args=[member.pk])
    assert manager.post(page, departure(member, "")).status_code == 302
    member.refresh_from_db()
    assert member.left_on is None


def test_members_are_found_by_number_siret_and_name(operator, manager):
    member = MemberFactory(establishment__name="Garage Duval")
    MemberFactory(establishment__name="Autre")
    listing = reverse("admin:membership_member_changelist")
    siret = member.siret
    for typed in (member.number, siret, f"{siret[:3]} {siret[3:6]} {siret[6:9]} {siret[9:]}", "duval"):
        results = manager.get(listing, {"q": typed}).context_data["cl"].result_list
        assert [each.pk for each in results] == [member.pk], typed


@pytest.mark.req("M-11")
def test_paying_the_invoices_takes_the_dossier_up_again(operator, accountant, manager):
    dossier = ApplicationFactory(unpaid=True)
    assert (dossier.state, dossier.queue) == (State.UNPAID, Queue.COMPANY)
    invoice = UnpaidInvoice.objects.get()
    listing = reverse("admin:membership_unpaidinvoice_changelist")
    data = {"action": "mark_paid", "_selected_action": [invoice.pk]}
    assert "1 facture notée" in accountant.post(listing, data, follow=True).content.decode()
    invoice.refresh_from_db()
    dossier.refresh_from_db()
    assert invoice.paid_on == today()
    assert dossier.queue == Queue.CHECK
    assert f"Factures passées réglées : {invoice.number}." in [entry.message for entry in timeline(dossier)]
    assert "envoyer la proforma" in manager.get(page(dossier)).content.decode()
    assert "déjà réglées" in accountant.post(listing, data, follow=True).content.decode()


@pytest.mark.req("M-11")
def test_one_invoice_of_two_is_not_enough(operator):
    dossier = ApplicationFactory(unpaid=True)
    first = UnpaidInvoice.objects.get()
    second = UnpaidInvoiceFactory(member=first.member)
    assert former.mark_paid([first], by=CLERK) == 1
    dossier.refresh_from_db()
    assert dossier.queue == Queue.COMPANY
    former.mark_paid([first, second], by=CLERK)
    dossier.refresh_from_db()
    assert dossier.queue == Queue.CHECK


def test_invoices_of_another_company_change_nothing(operator):
    dossier = ApplicationFactory(unpaid=True)
    former.mark_paid([UnpaidInvoiceFactory()], by=CLERK)
    version = dossier.version
    dossier.refresh_from_db()
    assert (dossier.queue, dossier.version) == (Queue.COMPANY, version)


@pytest.mark.fault("F2")
@pytest.mark.parametrize(
    "model", ["member", "unpaidinvoice", "doctor", "medicalcentre", "zonecommune", "tariffyear", "secretary"]
)
def test_lists_cost_the_same_for_many_rows_and_show_text_as_text(operator, login, model, django_assert_max_num_queries):
    client = login(superuser=True)
    listing = reverse(f"admin:membership_{model}_changelist")
    UnpaidInvoiceFactory(member__establishment__name="<script>alert(1)</script>")
    with django_assert_max_num_queries(14) as few:
        assert "<script>alert" not in client.get(listing).content.decode()
    for _ in range(20):
        UnpaidInvoiceFactory(member__doctor=operator.doctors[0], member__centre=operator.centres[0])
    with django_assert_max_num_queries(len(few.captured_queries)):
        client.get(listing)


@pytest.mark.parametrize("phone", ["abc", "12", "01 23 45 67"])
def test_a_number_that_nobody_can_call_never_gets_to_the_recepisse(operator, manager, phone):
    centre = operator.centres[0]
    data = {"name": "Secrétariat", "centre": centre.pk, "phone": phone, "email": "s@exemple.fr"}
    response = manager.post(reverse("admin:membership_secretary_add"), data)
    assert "Exemple : 01 23 45 67 89" in read_page(response)
    assert not Secretary.objects.filter(name="Secrétariat").exists()
    data = {"name": "Centre", "street": "1 rue", "postcode": "9122", "commune_name": "Évry", "phone": phone}
    page = read_page(manager.post(reverse("admin:membership_medicalcentre_add"), data))
    assert "Le code postal compte cinq chiffres" in page
    assert "Exemple : 01 23 45 67 89" in page
    assert not MedicalCentre.objects.filter(name="Centre").exists()


def test_numbers_are_stored_in_one_form_however_they_were_typed(operator, manager):
    data = {
        "name": "Centre",
        "street": "1 rue",
        "postcode": "91 220",
        "commune_name": "Évry",
        "phone": "01.60 85-00.01",
    }
    manager.post(reverse("admin:membership_medicalcentre_add"), data)
    centre = MedicalCentre.objects.get(name="Centre")
    assert (centre.postcode, centre.phone) == ("91220", "+33160850001")
    page = manager.get(reverse("admin:membership_medicalcentre_change", args=[centre.pk])).content.decode()
    assert 'value="01 60 85 00 01"' in page.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("rate", "taken"), [("200", False), ("-1", False), ("30,01", False), ("0", True), ("5,5", True)]
)
def test_a_rate_of_vat_that_does_not_exist_is_told(operator, accountant, rate, taken):
    data = {"year": "2031", "entry_fee": "30", "vat_rate": rate, "national_average": ""}
    data |= {"tariffs-TOTAL_FORMS": "0", "tariffs-INITIAL_FORMS": "0"}
    page = accountant.post(reverse("admin:membership_tariffyear_add"), data).content.decode()
    assert ("compris entre 0 et 30" in page) is not taken
    assert TariffYear.objects.filter(year=2031).exists() is taken
