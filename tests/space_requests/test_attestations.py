"""Attestations on demand, and the public page by which anyone checks one."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

import pikepdf
import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from billing.models import Invoice
from core.dates import add_months, french_date, today
from core.journal import Actor
from core.transitions import Refused
from documents.issuing import ensure_rendered
from documents.models import Document
from membership.models import UnpaidInvoice
from space import attestations
from space.models import Attestation
from tests.core.threads import at_once
from tests.factories import sign_in
from tests.factories_requests import make_employer, make_invoice, make_member

KIND = Attestation.Kind
BY = Actor.person("Claire Morel")


def url(employer, name: str, *args) -> str:
    return reverse(f"space:{name}", args=[employer.member.pk, *args])


def check(code: str, client: Client | None = None):
    return (client or Client()).get(reverse("space:verify-code", args=[code]))


def text_of(response) -> str:
    return re.sub(r"[ \n]+", " ", response.content.decode())


@pytest.mark.req("B-13")
def test_an_attestation_of_membership_is_asked_for_downloaded_and_checked(employer):
    response = employer.client.post(url(employer, "attestation-ask", "adhesion"), follow=True)
    made = Attestation.objects.get()
    html = text_of(response)
    assert "Votre attestation est prête" in html
    assert attestations.shaped(made.code) in html
    served = employer.client.get(url(employer, "document-download", made.document_id))
    assert served.content.startswith(b"%PDF")
    assert made.number in text_of(employer.client.get(url(employer, "documents")))
    public = check(attestations.shaped(made.code))
    assert public.status_code == 200
    html = text_of(public)
    for words in (
        *("Cette attestation est authentique", str(employer.member.establishment), made.number),
        *(employer.member.number, french_date(made.issued_on), french_date(made.valid_until), "Toujours valable"),
        employer.member.siret[:3],
    ):
        assert words in html, words


@pytest.mark.req("B-13")
def test_the_paper_shows_what_is_attested_the_code_and_a_qr_that_leads_to_the_page(employer, settings):
    made = attestations.ask(employer.member, KIND.UP_TO_DATE, by=BY)
    shown = made.document.snapshot
    assert shown["code"] == attestations.shaped(made.code)
    assert shown["qr"].startswith("data:image/svg+xml")
    document = ensure_rendered(made.document)
    with document.file.open("rb") as file, pikepdf.open(file) as pdf:
        assert len(pdf.pages) == 1
        assert str(pdf.docinfo["/Title"]).startswith("Attestation de cotisations à jour")


@pytest.mark.req("B-13")
def test_up_to_date_is_refused_while_an_invoice_is_overdue_and_says_which(employer):
    late = make_invoice(employer.member, "F2026-000007", due_on=today() - timedelta(days=1))
    UnpaidInvoice.objects.create(
        member=employer.member, number="ANC-12", amount=Decimal("80.00"), due_on=date(2024, 5, 1)
    )
    html = text_of(employer.client.get(url(employer, "attestations")))
    for words in ("F2026-000007", "120,00\u00a0€", "ANC-12", "80,00\u00a0€", french_date(late.due_on)):
        assert words in html, words
    assert url(employer, "attestation-ask", "cotisation") not in html
    assert url(employer, "attestation-ask", "adhesion") in html
    response = employer.client.post(url(employer, "attestation-ask", "cotisation"))
    assert response.status_code == 409
    assert "F2026-000007" in response.content.decode()
    assert not Attestation.objects.exists()
    late.settled_on = today()
    late.save()
    UnpaidInvoice.objects.update(paid_on=today())
    assert employer.client.post(url(employer, "attestation-ask", "cotisation")).status_code == 302


def test_up_to_date_is_valid_until_the_next_invoice_falls_due(employer):
    assert attestations.ask(employer.member, KIND.MEMBERSHIP, by=BY).valid_until == add_months(today(), 3)
    invoice = make_invoice(employer.member, "F2026-000007", due_on=today() + timedelta(days=5))
    assert attestations.ask(employer.member, KIND.UP_TO_DATE, by=BY).valid_until == invoice.due_on


def test_who_left_gets_none(db):
    member = make_member(left_on=today() - timedelta(days=1))
    for kind in KIND:
        with pytest.raises(Refused, match="a pris fin"):
            attestations.ask(member, kind, by=BY)
    leaving = make_member(left_on=today() + timedelta(days=3))
    assert attestations.ask(leaving, KIND.MEMBERSHIP, by=BY).valid_until == leaving.left_on


@pytest.mark.fault("G1")
def test_one_of_a_kind_a_day_is_made_and_given_again(employer):
    answers = {employer.client.post(url(employer, "attestation-ask", "adhesion"))["Location"] for _ in range(3)}
    assert len(answers) == 1
    assert Attestation.objects.count() == Document.objects.count() == 1
    with time_machine.travel(today() + timedelta(days=1)):
        attestations.ask(employer.member, KIND.MEMBERSHIP, by=BY)
    assert Attestation.objects.count() == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.fault("G2")
def test_eight_at_once_make_one():
    member = make_member()
    results = at_once(8, lambda _: attestations.ask(member, KIND.MEMBERSHIP, by=BY))
    assert {result.pk for result in results} == {Attestation.objects.get().pk}
    assert Document.objects.count() == 1


@pytest.mark.fault("C4")
def test_an_altered_truncated_or_encoded_code_is_unknown_in_words(employer):
    made = attestations.ask(employer.member, KIND.MEMBERSHIP, by=BY)
    code = attestations.shaped(made.code)
    other = "A" if code[0] != "A" else "B"
    for wrong in (f"{other}{code[1:]}", code[:-1], f"{code}0", "%00", "é" * 12, "A" * 3000, "' OR 1=1", "\u202e"):
        response = check(wrong)
        assert response.status_code == 404, wrong
        html = text_of(response)
        assert "aucune attestation avec ce code" in html
        assert str(employer.member.establishment) not in html


@pytest.mark.req("B-13")
def test_the_code_is_typed_as_people_type(employer):
    made = attestations.ask(employer.member, KIND.MEMBERSHIP, by=BY)
    Attestation.objects.filter(pk=made.pk).update(code="01AB23CD45EF")
    page, client = reverse("space:verify"), Client()
    assert "Vérifier une attestation" in text_of(client.get(page))
    for typed in ("01AB-23CD-45EF", "o1ab 23cd 45ef", " OIAB23CD45EF ", "0lab.23cd.45ef"):
        assert client.get(page, {"code": typed}, follow=True).status_code == 200, typed
    for typed in ("", "01AB", "\x00", "x" * 5000, "UUUUUUUUUUUU"):
        response = client.get(page, {"code": typed})
        assert response.status_code == 422, typed
        assert 'id="id_code_error"' in text_of(response)


@pytest.mark.fault("C4")
def test_trying_codes_is_stopped(employer, settings):
    made = attestations.ask(employer.member, KIND.MEMBERSHIP, by=BY)
    client = Client()
    codes = {check(f"{number:012d}", client).status_code for number in range(60)}
    assert codes == {404}
    assert check(made.code, client).status_code == 429
    assert client.get(reverse("space:verify-code", args=[made.code]), REMOTE_ADDR="198.51.100.7").status_code == 200


def test_codes_cannot_be_guessed(employer):
    codes = {attestations._fresh_code() for _ in range(500)}
    assert len(codes) == 500
    assert all(attestations.read_code(code) == code for code in codes)
    assert set("".join(codes)) == set(attestations.ALPHABET)


@pytest.mark.req("B-13")
def test_the_page_says_whether_it_still_stands_and_nothing_that_the_paper_does_not(employer):
    member = employer.member
    made = attestations.ask(member, KIND.UP_TO_DATE, by=BY)
    make_invoice(member, "F2026-000099", due_on=today() - timedelta(days=40))
    html = text_of(check(made.code))
    assert "Toujours valable" in html
    for private in ("F2026-000099", "F2026", employer.user.email, "120,00", "retard"):
        assert private not in html, private
    with time_machine.travel(today() + timedelta(days=1)):
        newer = attestations.ask(make_member(), KIND.UP_TO_DATE, by=BY)
        assert "Toujours valable" in text_of(check(newer.code))
        attestations.ask(member, KIND.MEMBERSHIP, by=BY)
        assert "Toujours valable" in text_of(check(made.code))
    member.invoices.all().delete()
    Invoice.objects.update(settled_on=today())
    with time_machine.travel(today() + timedelta(days=2)):
        attestations.ask(member, KIND.UP_TO_DATE, by=BY)
        assert "Remplacée" in text_of(check(made.code))
    with time_machine.travel(made.valid_until + timedelta(days=2)):
        assert "Validité dépassée" in text_of(check(made.code))
    member.left_on = today() - timedelta(days=1)
    member.save()
    assert "N’est plus adhérente" in text_of(check(made.code))


@pytest.mark.fault("C5")
def test_the_verdict_is_kept_by_nobody(employer):
    made = attestations.ask(employer.member, KIND.MEMBERSHIP, by=BY)
    response = check(made.code)
    assert "no-store" in response["Cache-Control"]
    assert response["X-Robots-Tag"] == "noindex"


@pytest.mark.fault("A2", "A10")
def test_an_attestation_is_for_its_company_alone(employer):
    made = attestations.ask(employer.member, KIND.MEMBERSHIP, by=BY)
    other_user, other = make_employer()
    stranger = Client()
    sign_in(stranger, other_user)
    assert stranger.post(url(employer, "attestation-ask", "adhesion")).status_code == 404
    assert stranger.get(reverse("space:attestation", args=[other.pk, made.pk])).status_code == 404
    assert stranger.get(reverse("space:document-download", args=[other.pk, made.document_id])).status_code == 404
    assert employer.client.get(url(employer, "attestation-ask", "adhesion")).status_code == 405
    assert employer.client.post(url(employer, "attestation-ask", "autre")).status_code == 404


@pytest.mark.fault("F1", "F2")
def test_a_name_that_holds_html_stays_text_on_the_paper_and_the_page(employer, http_server):
    place = employer.member.establishment
    place.name = f'<img src="{http_server.url}/x">{{{{7*7}}}}'
    place.save()
    made = attestations.ask(employer.member, KIND.MEMBERSHIP, by=BY)
    ensure_rendered(made.document)
    html = check(made.code).content.decode()
    assert "<img src=&quot;" in html or "&lt;img" in html
    assert "{{7*7}}" in html
    assert http_server.asked == []
