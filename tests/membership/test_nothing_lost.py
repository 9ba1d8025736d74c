"""What people do in the middle of a step, and what must still be there afterwards."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from core.transitions import Refused
from documents.models import Upload
from membership import drafts, workflow
from membership.models import Application, UnpaidInvoice
from notifications.models import Message
from tests.factories import COMPANY, ApplicationFactory, UnpaidInvoiceFactory, make_operator, pdf_file

pytestmark = pytest.mark.django_db


@pytest.fixture
def visitor(client: Client) -> Client:
    """A browser that has begun a request."""
    client.post(reverse("membership:start"))
    return client


def step(name: str, dossier: Application) -> str:
    return reverse("membership:step", args=[dossier.pk, name])


def opened(client: Client, dossier: Application) -> Client:
    client.get(drafts.dossier_url(dossier))
    return client


@pytest.mark.req("B-01")
def test_leaving_before_an_address_is_known_keeps_the_dossier_open_here(visitor: Client) -> None:
    dossier = Application.objects.get()
    visitor.post(step("eligibilite", dossier), {"action": "save", "siret": "732 829"}, follow=True)
    answer = visitor.get(reverse("membership:dossier", args=[dossier.pk]), follow=True)
    assert answer.status_code == 200
    assert 'value="732 829"' in answer.content.decode()


@pytest.mark.req("B-01")
def test_an_address_typed_in_an_unfinished_first_step_gets_the_link(visitor: Client) -> None:
    dossier = Application.objects.get()
    answer = visitor.post(
        step("eligibilite", dossier), {"action": "save", "contact_email": "claire@morel.example"}, follow=True
    )
    assert "claire@morel.example" in answer.content.decode()
    assert Message.objects.about(dossier).get().to == "claire@morel.example"
    assert visitor.get(reverse("membership:dossier", args=[dossier.pk])).status_code == 404


@pytest.mark.req("B-01")
@pytest.mark.fault("B11")
def test_who_leaves_too_often_is_not_told_of_a_mail_that_does_not_leave(client: Client) -> None:
    make_operator()
    dossier = ApplicationFactory()

    def leave():
        opened(client, dossier)
        return client.post(step("eligibilite", dossier), {"action": "save"}, follow=True)

    assert all("part à l’adresse" in leave().content.decode() for _ in range(5))
    sent = Message.objects.count()
    page = leave().content.decode()
    assert "n’est pas parti" in page
    assert "part à l’adresse" not in page
    assert Message.objects.count() == sent == 5
    home = reverse("membership:dossier", args=[dossier.pk])
    assert client.get(home).status_code == 302, "this browser still opens it"
    closed = client.get(reverse("membership:left", args=[dossier.pk]) + "?lien=ferme").content.decode()
    assert "n’y a plus accès" in closed
    assert "part à l’adresse" not in closed
    assert client.get(home).status_code == 404


@pytest.mark.req("B-01")
def test_a_session_that_ended_while_typing_keeps_the_entry(visitor: Client) -> None:
    dossier = Application.objects.get()
    visitor.cookies.clear()
    typed = {"action": "next", "siret": "732 829 320 00074", "contact_email": "claire@morel.example"}
    answer = visitor.post(step("eligibilite", dossier), typed, headers={"Sec-Fetch-Site": "same-origin"})
    page = answer.content.decode()
    assert answer.status_code == 403
    assert "Renvoyer ma saisie" in page
    assert 'value="732 829 320 00074"' in page
    assert reverse("membership:way-back") in page
    dossier.refresh_from_db()
    assert dossier.typed == {}


@pytest.mark.fault("A2")
def test_a_form_sent_from_another_site_gets_nothing_to_send_again(visitor: Client) -> None:
    dossier = Application.objects.get()
    visitor.cookies.clear()
    answer = visitor.post(step("eligibilite", dossier), {"siret": "1"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 404


@pytest.mark.req("B-01")
def test_back_keeps_what_was_typed(client: Client) -> None:
    make_operator()
    dossier = ApplicationFactory(confirmed_steps=["eligibilite"])
    opened(client, dossier)
    answer = client.post(step("etablissement", dossier), {"action": "back", "name": "Morel et fils", "phone": "12"})
    assert answer["Location"] == step("eligibilite", dossier)
    assert "Morel et fils" in client.get(step("etablissement", dossier)).content.decode()


@pytest.mark.req("B-01")
def test_back_from_an_untouched_step_writes_nothing(client: Client) -> None:
    make_operator()
    dossier = ApplicationFactory(confirmed_steps=["eligibilite"])
    opened(client, dossier)
    page = client.get(step("etablissement", dossier))
    same = {bound.html_name: bound.value() or "" for bound in page.context["form"]}
    client.post(step("etablissement", dossier), {**same, "action": "back"})
    dossier.refresh_from_db()
    assert dossier.typed == {}
    assert dossier.confirmed_steps == ["eligibilite"]


@pytest.mark.req("B-01", "M-07")
def test_a_file_chosen_but_not_sent_goes_with_next(client: Client) -> None:
    make_operator()
    steps = ["eligibilite", "etablissement", "contacts", "adresses", "salaries"]
    dossier = ApplicationFactory(confirmed_steps=steps)
    opened(client, dossier)
    answer = client.post(step("documents", dossier), {"action": "next", "kind": "kbis", "files": [pdf_file()]})
    assert answer["Location"] == step("finalisation", dossier)
    assert Upload.objects.about(dossier).get().kind == "kbis"
    without_kind = client.post(
        step("documents", dossier), {"action": "next", "files": [pdf_file("b.pdf")]}, follow=True
    )
    assert "Dites quel document vous envoyez" in without_kind.content.decode()
    assert without_kind.redirect_chain[-1][0] == step("documents", dossier)


@pytest.mark.fault("G1")
def test_a_document_is_not_taken_out_of_a_request_validated_meanwhile() -> None:
    make_operator()
    dossier = ApplicationFactory()
    upload = drafts.uploads.accept(dossier, "kbis", pdf_file())
    workflow.submit(dossier, by=COMPANY)
    with pytest.raises(Refused):
        drafts.remove_upload(dossier, upload)
    assert Upload.objects.about(dossier).count() == 1


@pytest.mark.req("B-02")
def test_a_suspended_company_reads_which_invoices_to_pay(client: Client) -> None:
    make_operator()
    dossier = ApplicationFactory(unpaid=True)
    opened(client, dossier)
    number = UnpaidInvoice.objects.get().number
    UnpaidInvoiceFactory(member=UnpaidInvoice.objects.get().member, number="F2022-ZZ", due_on=date(2022, 9, 30))
    page = client.get(reverse("membership:dossier", args=[dossier.pk])).content.decode()
    assert f"<strong>{number}, F2022-ZZ</strong>" in page, "the reference of the transfer, as the mail says it"
    assert f"<strong>{dossier.reference}</strong>" not in page
    assert "Factures à régler" in page
    assert "240,00" in page
    assert "À vous d’agir" in page
