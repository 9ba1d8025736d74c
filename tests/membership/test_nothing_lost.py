"""What people do in the middle of a step, and what must still be there afterwards."""

from __future__ import annotations

import html
import re
from datetime import date
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from core.transitions import Refused
from documents.models import Upload
from membership import drafts, workflow
from membership.models import Application, UnpaidInvoice
from notifications.models import Message
from tests.factories import COMPANY, ApplicationFactory, UnpaidInvoiceFactory, make_operator, pdf_file
from tests.reading import read_page

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


def session_over(client: Client, address: str, data: dict[str, object]) -> str:
    """The page that answers a form sent after the access ended: twelve hours, or « Quitter » in another tab."""
    client.cookies.clear()
    answer = client.post(address, data, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 403
    page = html.unescape(answer.content.decode())
    assert "Votre session est terminée" in page
    assert reverse("membership:way-back") in page
    return page


@pytest.mark.req("B-01")
@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("contacts-add", {"last_name": "D’Almeida", "email": "ines@"}),
        ("employees-add", {"last_name": "D’Almeida", "birth_date": "3 mars"}),
        ("employees-import", {"pasted": "Nom\tPrénom\r\nD’Almeida\tInès"}),
        ("look-up", {"siret": "732 829"}),
    ],
)
def test_what_is_typed_in_lists_outlives_the_session(client: Client, name: str, typed: dict[str, str]) -> None:
    """Contacts, employees, a pasted list: given back on the page, to be sent again once the link is opened anew."""
    dossier = ApplicationFactory(employees=0)
    address = reverse(f"membership:{name}", args=[dossier.pk])
    page = session_over(client, address, typed)
    assert "Renvoyer ma saisie" in page
    assert f'action="{address}"' in page
    for field, value in typed.items():
        assert f'name="{field}" value="{value}"' in page


@pytest.mark.req("B-01")
def test_two_thousand_pasted_rows_outlive_the_session_and_are_taken_once_back(client: Client) -> None:
    make_operator()
    dossier = ApplicationFactory(employees=0, confirmed_steps=["eligibilite", "etablissement", "contacts", "adresses"])
    line = "Nom{:04d}\tJean-Baptiste Emmanuel\t03/05/1994\t15/06/2025\tCDI\t{}\t543d\tSimple (SI)"
    job = "Technicien de maintenance des équipements industriels"
    head = "Nom\tPrénom\tDate de naissance\tDate d’embauche\tType de contrat\tPoste\tCode PCS-ESE\tType de suivi"
    pasted = "\r\n".join([head, *(line.format(number, job) for number in range(2000))])
    address = reverse("membership:employees-import", args=[dossier.pk])
    page = session_over(client, address, {"pasted": pasted})
    again = re.search(r'name="pasted" value="([^"]*)"', page)
    assert again is not None
    assert again[1] == pasted
    answer = opened(client, dossier).post(address, {"pasted": again[1]})
    assert answer.status_code == 200
    assert "2000 salariés" in answer.content.decode()


@pytest.mark.req("B-01", "M-07")
def test_files_sent_after_the_session_are_told_not_to_have_arrived(client: Client) -> None:
    dossier = ApplicationFactory()
    address = reverse("membership:upload-add", args=[dossier.pk])
    page = session_over(client, address, {"kind": "kbis", "files": [pdf_file()]})
    assert "Vos fichiers ne nous sont pas parvenus" in page
    assert "Choisissez à nouveau vos fichiers" in page
    assert "Renvoyer ma saisie" not in page  # without its files it would be refused
    assert not Upload.objects.exists()


@pytest.mark.req("B-01")
def test_a_button_pressed_after_the_session_says_how_to_come_back(client: Client) -> None:
    dossier = ApplicationFactory()
    upload = drafts.uploads.accept(dossier, "kbis", pdf_file())
    page = session_over(client, reverse("membership:upload-remove", args=[dossier.pk, upload.pk]), {})
    assert "Recommencez depuis votre dossier" in page
    assert Upload.objects.count() == 1


@pytest.mark.fault("A2")
def test_whether_a_dossier_exists_does_not_show(client: Client) -> None:
    dossier = ApplicationFactory()
    there, nowhere = (reverse("membership:contacts-add", args=[pk]) for pk in (dossier.pk, uuid4()))
    token = re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"')
    pages = [token.sub("", session_over(client, address, {"last_name": "X"})) for address in (there, nowhere)]
    assert pages[0].replace(there, "") == pages[1].replace(nowhere, "")
    assert client.get(there).status_code == client.get(nowhere).status_code == 404


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


@pytest.mark.req("B-01")
@pytest.mark.fault("A2")
def test_the_page_of_a_dossier_that_was_left_offers_the_way_back_whether_it_exists_or_not(client: Client) -> None:
    """« Enregistrer et quitter », then « Précédent » or a bookmark."""
    dossier = ApplicationFactory()
    opened(client, dossier)
    client.get(reverse("membership:left", args=[dossier.pk]))
    pages = []
    for name, *more in (("dossier",), ("step", "eligibilite"), ("answers",)):
        for pk in (dossier.pk, uuid4()):
            answer = client.get(reverse(f"membership:{name}", args=[pk, *more]))
            assert answer.status_code == 404
            pages.append(answer.content.decode())
    assert len(set(pages)) == 1, "one page for all, which tells nothing"
    assert f'href="{reverse("membership:way-back")}">Reprendre mon dossier' in pages[0]


@pytest.mark.req("M-07")
def test_more_files_at_once_than_a_dossier_takes_are_told_in_our_own_words(client: Client, settings) -> None:
    """Thirty-one files chosen at once: those that fit are kept, the others named with what to do."""
    settings.UPLOAD_MAX_FILES = 2
    dossier = ApplicationFactory()
    files = [pdf_file(f"page {number}.pdf") for number in range(31)]
    address = reverse("membership:upload-add", args=[dossier.pk])
    answer = opened(client, dossier).post(address, {"kind": "kbis", "files": files}, follow=True)
    assert answer.status_code == 200
    assert Upload.objects.about(dossier).count() == 2
    page = html.unescape(read_page(answer))
    assert "« page 30.pdf » : Vous avez déjà envoyé 2 fichiers, le maximum pour un dossier" in page


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
