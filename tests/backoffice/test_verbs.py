"""The buttons of a dossier: what each does, when it shows, what happens when it cannot be done."""

from __future__ import annotations

import threading
from decimal import Decimal
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client
from django.urls import reverse

from core import kept
from core.dates import add_months, today
from core.models import JournalEntry, Naf
from core.money import euros
from core.transitions import Refused
from documents.models import Document, Upload
from membership import corrections, drafts, payments, workflow
from membership.admin.verbs import VERBS
from membership.models import Application, Member, Payment, PieceRequest, Proforma
from membership.states import Queue, State
from notifications.models import Message
from tests.backoffice.conftest import page, post, url
from tests.documents.samples import texts_of
from tests.factories import (
    CLERK,
    ApplicationFactory,
    EmployeeFactory,
    UnpaidInvoiceFactory,
    UserFactory,
    add_pieces,
    luhn,
    make_operator,
    pay,
    sign_in,
)
from tests.reading import read_page

pytestmark = pytest.mark.django_db


def owing(dossier: Application) -> None:
    """A past membership of the same company left an invoice unpaid."""
    UnpaidInvoiceFactory(member__establishment__siret=luhn(f"{dossier.siret[:9]}0099"))


def offered(client: Client, dossier: Application) -> set[str]:
    """The verbs that the page offers, by their address."""
    text = client.get(page(dossier)).content.decode()
    return {verb.slug for verb in VERBS if f'"{url(dossier, verb.slug)}"' in text}


# --- The whole way ----------------------------------------------------------------------------------------------------


@pytest.mark.req("M-10", "M-12", "M-13", "M-14", "M-17", "M-18", "M-20", "M-24", "M-25", "M-26")
def test_from_the_request_to_the_member_number(operator, manager, accountant):
    dossier = ApplicationFactory(submitted=True, employees=3)
    shown = manager.get(url(dossier, "proforma")).content.decode()
    assert "Total TTC" in shown
    assert post(manager, dossier, "proforma").status_code == 302
    dossier.refresh_from_db()
    proforma = Proforma.objects.get(application=dossier)
    assert dossier.state == State.AWAITING
    assert proforma.total > 0
    mail = Message.objects.about(dossier).get(dedupe_key=f"proforma:{proforma.number}")
    assert {document.kind for document in mail.attachments.all()} == {"proforma", "bordereau"}
    assert not Member.objects.exists()

    typed = accountant.get(url(dossier, "reglement")).context_data["form"].initial
    assert typed["amount"] == proforma.total
    data = {
        "mode": "transfer",
        "amount": str(proforma.total).replace(".", ","),
        "received_on": f"{today():%d/%m/%Y}",
        "reference": "VIR 123",
        "payer_iban": "FR76 3000 6000 0112 3456 7890 189",
    }
    assert post(accountant, dossier, "reglement", **data).status_code == 302
    payment = Payment.objects.get()
    assert (payment.state, payment.recorded_by) == (Payment.State.HELD, accountant.user)
    dossier.refresh_from_db()
    assert "accepter" not in offered(manager, dossier)

    add_pieces(dossier)
    for upload in Upload.objects.about(dossier):
        dossier.refresh_from_db()
        assert post(manager, dossier, "accept_piece", upload.pk).status_code == 302
    dossier.refresh_from_db()
    assert dossier.queue == Queue.READY
    assert "Dr Anne Leroy" in manager.get(url(dossier, "accepter")).content.decode()
    assert post(manager, dossier, "accepter").status_code == 302
    member = Member.objects.get(establishment=dossier.establishment)
    payment.refresh_from_db()
    assert payment.state == Payment.State.CASHED
    text = manager.get(page(dossier)).content.decode()
    assert member.number in text
    assert "Dr Anne Leroy" in text
    assert Document.objects.about(dossier).count() == 3


@pytest.mark.req("M-10", "M-11")
def test_unpaid_invoices_are_an_alert_and_bar_the_proforma(operator, manager):
    dossier = ApplicationFactory(submitted=True)
    owing(dossier)
    assert "1 facture impayée" in manager.get(page(dossier)).content.decode()
    assert "suspendre" in offered(manager, dossier)
    assert "proforma" not in offered(manager, dossier)
    assert post(manager, dossier, "proforma").status_code == 409
    assert "240,00" in manager.get(url(dossier, "suspendre")).content.decode()
    assert post(manager, dossier, "suspendre").status_code == 302
    dossier.refresh_from_db()
    assert dossier.state == State.UNPAID
    assert not Proforma.objects.exists()


@pytest.mark.req("M-15", "B-04")
def test_asking_for_pieces_proposes_the_missing_ones(operator, manager):
    dossier = ApplicationFactory(awaiting=True)
    add_pieces(dossier, "kbis")
    dossier.refresh_from_db()
    form = manager.get(url(dossier, "demander")).context_data["form"]
    assert form.initial["kinds"] == ["rib", "bordereau", "payment"]
    assert [kind for kind, _ in form.fields["kinds"].choices] == ["kbis", "rib", "bordereau", "payment", "other"]
    workflow.review_piece(dossier, Upload.objects.about(dossier).get(), accepted=True, by=CLERK)
    dossier.refresh_from_db()
    form = manager.get(url(dossier, "demander")).context_data["form"]
    assert [kind for kind, _ in form.fields["kinds"].choices] == ["rib", "bordereau", "payment", "other"]
    assert "Déjà reçu et vérifié : Extrait Kbis" in form.fields["kinds"].help_text
    assert post(manager, dossier, "demander", kinds=["rib"], message="Votre RIB, svp").status_code == 302
    asked = PieceRequest.objects.get()
    assert (asked.pieces, asked.message, asked.asked_by) == (["rib"], "Votre RIB, svp", manager.user)
    assert asked.answer_by == add_months(today(), 2)
    text = manager.get(page(dossier)).content.decode()
    assert "Votre RIB, svp" in text


@pytest.mark.req("B-04")
def test_a_document_is_refused_with_a_reason(operator, manager):
    dossier = ApplicationFactory(awaiting=True)
    add_pieces(dossier, "kbis")
    upload = Upload.objects.about(dossier).get()
    dossier.refresh_from_db()
    empty = post(manager, dossier, "refuse_piece", upload.pk, reason="  ")
    assert empty.status_code == 422
    assert "Erreur" in empty.content.decode()
    assert post(manager, dossier, "refuse_piece", upload.pk, reason="Page 2 illisible").status_code == 302
    upload.refresh_from_db()
    assert (upload.review, upload.refusal_reason, upload.reviewed_by) == ("refused", "Page 2 illisible", manager.user)
    assert "Page 2 illisible" in manager.get(page(dossier)).content.decode()
    mail = Message.objects.about(dossier).get(dedupe_key__startswith=f"piece-refused:{upload.pk}")
    assert "Motif : Page 2 illisible" in mail.content["paragraphs"]


@pytest.mark.req("M-16", "M-19")
def test_a_dossier_sent_back_is_refunded(operator, manager, accountant):
    dossier = ApplicationFactory(awaiting=True)
    payment = pay(dossier)
    dossier.refresh_from_db()
    assert post(manager, dossier, "renvoyer").status_code == 422  # a reason is asked
    assert post(manager, dossier, "renvoyer", reason="Pièces jamais reçues").status_code == 302
    dossier.refresh_from_db()
    assert (dossier.state, dossier.queue) == (State.RETURNED, Queue.REFUND)
    assert offered(accountant, dossier) == {"rembourser", "annuler", "reglement-tardif"}
    assert "rembourser" not in offered(manager, dossier)
    form = accountant.get(url(dossier, "rembourser")).context_data["form"]
    assert form.initial["payment"] == payment
    assert post(accountant, dossier, "rembourser", payment=payment.pk).status_code == 302
    payment.refresh_from_db()
    dossier.refresh_from_db()
    assert (payment.state, dossier.queue) == (Payment.State.REFUNDED, Queue.NONE)


def test_withdrawing_assigning_noting_and_sending_the_link(operator, manager):
    dossier = ApplicationFactory(submitted=True)
    mails = Message.objects.about(dossier).count()
    post(manager, dossier, "lien")
    assert Message.objects.about(dossier).count() == mails + 1
    assert post(manager, dossier, "lien").status_code == 409  # the second click
    assert Message.objects.about(dossier).count() == mails + 1
    dossier.refresh_from_db()
    post(manager, dossier, "attribuer", to=str(manager.user.pk))
    dossier.refresh_from_db()
    assert dossier.assigned_to == manager.user
    post(manager, dossier, "noter", text="Le gérant rappelle lundi.")
    entry = JournalEntry.objects.about(dossier).latest("pk")
    assert (entry.internal, entry.reason) == (True, "Le gérant rappelle lundi.")
    assert "Le gérant rappelle lundi." in manager.get(page(dossier)).content.decode()
    dossier.refresh_from_db()
    post(manager, dossier, "retirer")
    dossier.refresh_from_db()
    assert dossier.state == State.WITHDRAWN


@pytest.mark.req("B-01")
@pytest.mark.parametrize("until", ["returned", "withdrawn"])
def test_a_dossier_that_came_to_nothing_is_found_again_by_a_new_link(operator, manager, client, until):
    dossier = ApplicationFactory(until=until)
    assert post(manager, dossier, "lien").status_code == 302
    mail = Message.objects.about(dossier).get(dedupe_key__startswith="way-back:")
    assert mail.content["button"] == "Retrouver mon dossier et mes documents"
    shown = client.get(urlsplit(str(mail.secret)).path, follow=True)
    assert f'Mon dossier <span class="num">{dossier.reference}</span>' in shown.content.decode()
    dossier.refresh_from_db()
    assert dossier.state == (State.RETURNED if until == "returned" else State.WITHDRAWN)


@pytest.mark.req("B-01")
def test_an_accepted_dossier_has_no_link_to_send(operator, manager):
    dossier = ApplicationFactory(accepted=True)
    assert "lien" not in offered(manager, dossier)
    with pytest.raises(Refused, match="espace adhérent"):
        corrections.resend_link(dossier, by=CLERK)


@pytest.mark.req("D-16", "B-01")
def test_a_draft_that_bars_its_siret_is_deleted(operator, manager, client):
    """Somebody mistyped his address at step 1, cannot come back, and begins again."""
    lost = ApplicationFactory(contact_email="clair@morel.example")
    Naf.objects.get_or_create(code="6201Z", defaults={"label": "Programmation informatique"})
    client.post(reverse("membership:start"))
    again = Application.objects.exclude(pk=lost.pk).get()
    first = {
        "siret": lost.siret,
        "naf": "62.01Z",
        "postcode": "91220",
        "commune": "91103",
        "headcount": "3",
        "agricultural": "non",
        "contact_email": "claire@morel.example",
        "action": "next",
    }
    step = reverse("membership:step", args=[again.pk, "eligibilite"])
    assert client.post(step, first).status_code == 422
    asked = read_page(manager.get(url(lost, "supprimer")))
    assert "Confirmer : supprimer ce brouillon" in asked
    assert Application.objects.filter(pk=lost.pk).exists(), "it is asked first"
    gone = post(manager, lost, "supprimer")
    assert gone["Location"] == reverse("admin:index")
    assert not Application.objects.filter(pk=lost.pk).exists()
    assert client.post(step, first).status_code == 302


def test_a_draft_validated_a_moment_before_is_not_deleted(operator, manager):
    dossier = ApplicationFactory()
    workflow.submit(dossier, by=CLERK)
    assert post(manager, dossier, "supprimer").status_code == 409
    with pytest.raises(Refused, match="ne peut plus être supprimée"):
        drafts.discard(dossier, by=CLERK)
    assert Application.objects.get(pk=dossier.pk).state == State.SUBMITTED


# --- Which buttons ----------------------------------------------------------------------------------------------------

ALWAYS = {"attribuer", "noter"}
OFFERED = {
    "draft": ALWAYS | {"lien", "adresse", "supprimer"},
    "submitted": ALWAYS | {"lien", "adresse", "proforma", "demander", "rouvrir", "renvoyer", "retirer"},
    "unpaid": ALWAYS | {"lien", "adresse", "renvoyer", "retirer"},
    "awaiting": ALWAYS | {"lien", "adresse", "reglement", "demander", "renvoyer", "retirer"},
    "complete": ALWAYS | {"lien", "adresse", "reglement", "annuler", "demander", "renvoyer", "retirer", "accepter"},
    "accepted": ALWAYS,
    "returned": ALWAYS | {"lien", "reglement-tardif"},
    "refund": ALWAYS | {"lien", "rembourser", "annuler", "reglement-tardif"},
    "withdrawn": ALWAYS | {"lien", "reglement-tardif"},
}


@pytest.mark.req("M-17")
@pytest.mark.parametrize("until", OFFERED)
def test_buttons_are_those_of_the_moment(operator, login, until):
    client = login(superuser=True)
    dossier = ApplicationFactory(until=until)
    assert offered(client, dossier) == OFFERED[until]
    for verb in VERBS:
        if verb.slug in OFFERED[until] or not verb.page:
            continue
        assert client.get(url(dossier, verb.slug)).status_code == 302  # back to the dossier, with a word
        before = (dossier.state, dossier.version, Message.objects.count())
        refused = post(
            client, dossier, verb.slug, reason="x", kinds=["rib"], mode="cash", amount="1", received_on="01/01/2026"
        )
        assert refused.status_code in (409, 422)
        dossier.refresh_from_db()
        assert (dossier.state, dossier.version, Message.objects.count()) == before


@pytest.mark.fault("A10")
@pytest.mark.parametrize("verb", [verb.slug for verb in VERBS])
def test_another_method_does_nothing(operator, login, verb):
    client = login(superuser=True)
    dossier = ApplicationFactory(complete=True)
    before = (dossier.version, Message.objects.count())
    with_page = next(each for each in VERBS if each.slug == verb).page
    methods = ["put", "delete", "patch", *([] if with_page else ["get", "head"])]
    for method in methods:
        assert getattr(client, method)(url(dossier, verb)).status_code == 405
    client.get(url(dossier, verb))
    dossier.refresh_from_db()
    assert (dossier.version, Message.objects.count()) == before


@pytest.mark.fault("A10")
def test_the_page_of_a_dossier_takes_no_post(operator, login):
    dossier = ApplicationFactory(submitted=True)
    assert login(superuser=True).post(page(dossier), {"state": "accepted"}).status_code == 405


@pytest.mark.fault("A6")
def test_fields_that_are_not_asked_are_ignored(operator, accountant):
    dossier, other = ApplicationFactory(awaiting=True), ApplicationFactory(awaiting=True)
    post(
        accountant,
        dossier,
        "reglement",
        mode="cash",
        amount="10",
        received_on=f"{today():%d/%m/%Y}",
        state="cashed",
        application=other.pk,
        recorded_by="",
        company_id="1",
    )
    payment = Payment.objects.get()
    assert (payment.application, payment.state, payment.recorded_by) == (dossier, "held", accountant.user)
    dossier.refresh_from_db()
    assert dossier.state == State.AWAITING


# --- Wrong, late, twice ----------------------------------------------------------------------------------------------


@pytest.mark.fault("F4")
@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("amount", "-5"),
        ("amount", "0"),
        ("amount", "NaN"),
        ("amount", "1e9"),
        ("amount", "12,345"),
        ("amount", "99999999999"),
        ("received_on", "31/02/2026"),
        ("received_on", "01/01/2999"),
        ("received_on", "01/01/1900"),
        ("payer_iban", "FR76 3000 6000 0112 3456 7890 188"),
        ("reference", "a\x00b"),
        ("reference", "x" * 61),
        ("mode", "crypto"),
    ],
)
def test_a_wrong_payment_is_explained_and_kept_on_the_page(operator, accountant, field, typed):
    dossier = ApplicationFactory(awaiting=True)
    good = {
        "mode": "cheque",
        "amount": "12,50",
        "received_on": f"{today():%d/%m/%Y}",
        "reference": "Chèque 42",
        "payer_iban": "",
    }
    response = post(accountant, dossier, "reglement", **{**good, field: typed})
    assert response.status_code == 422
    assert response.context_data["form"].errors.keys() == {field}
    assert not Payment.objects.exists()
    text = response.content.decode()
    assert field == "reference" or "Chèque 42" in text
    assert "Erreur" in text


@pytest.mark.fault("G1", "G3")
def test_the_second_click_is_told_and_nothing_is_done_twice(operator, manager):
    dossier = ApplicationFactory(submitted=True)
    assert post(manager, dossier, "proforma").status_code == 302
    again = post(manager, dossier, "proforma")
    assert again.status_code == 409
    assert manager.user.get_full_name() in again.content.decode()
    assert Proforma.objects.count() == 1


@pytest.mark.fault("G3")
def test_what_was_typed_stays_when_somebody_was_faster(operator, manager):
    dossier = ApplicationFactory(awaiting=True)
    workflow.add_note(dossier, by=CLERK, text="vu")
    response = post(manager, dossier, "renvoyer", reason="Un long motif bien écrit")
    text = response.content.decode()
    assert response.status_code == 409
    assert CLERK.name in text
    assert "Un long motif bien écrit" in text
    dossier.refresh_from_db()
    assert dossier.state == State.AWAITING
    assert f'name="version" value="{dossier.version}"' in text  # having read it, one may confirm
    assert post(manager, dossier, "renvoyer", reason="Un long motif bien écrit").status_code == 302


@pytest.mark.parametrize("version", ["", "abc", "-1", "9" * 30, "²"])
def test_a_page_without_its_version_does_nothing(operator, manager, version):
    dossier = ApplicationFactory(submitted=True)
    response = manager.post(url(dossier, "proforma"), {"version": version})
    assert response.status_code == 409
    dossier.refresh_from_db()
    assert dossier.state == State.SUBMITTED


def test_an_obstacle_is_said_before_one_confirms(operator, manager):
    dossier = ApplicationFactory(submitted=True)
    operator.tariff.delete()
    text = manager.get(url(dossier, "proforma")).content.decode()
    assert f"Le tarif {today().year} n’est pas saisi" in text
    assert 'class="bo-btn bo-main"' not in text
    assert post(manager, dossier, "proforma").status_code == 409


@pytest.mark.fault("A2")
def test_a_document_of_another_dossier_is_not_there(operator, manager):
    dossier, other = ApplicationFactory(submitted=True), ApplicationFactory(submitted=True)
    add_pieces(other, "kbis")
    upload, document = Upload.objects.about(other).get(), Document.objects.about(other).first()
    assert post(manager, dossier, "accept_piece", upload.pk).status_code == 404
    assert manager.get(url(dossier, "piece", upload.pk)).status_code == 404
    assert manager.get(url(dossier, "preview", upload.pk)).status_code == 404
    assert manager.get(url(dossier, "document", document.pk)).status_code == 404
    upload.refresh_from_db()
    assert upload.review == "pending"


@pytest.mark.fault("A2")
def test_a_payment_of_another_dossier_is_not_refunded(operator, accountant):
    dossier, other = ApplicationFactory(refund=True), ApplicationFactory(refund=True)
    payment = Payment.objects.get(application=other)
    assert post(accountant, dossier, "rembourser", payment=payment.pk).status_code == 422
    payment.refresh_from_db()
    assert payment.state == Payment.State.TO_REFUND


@pytest.mark.fault("D1")
def test_a_button_needs_its_csrf_token(operator, manager):
    dossier = ApplicationFactory(submitted=True)
    client = Client(enforce_csrf_checks=True)
    sign_in(client, manager.user)
    assert post(client, dossier, "proforma").status_code == 403


@pytest.mark.fault("G3")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(3))
def test_two_members_of_staff_at_once_make_one_transition(round_):
    make_operator()
    dossier = ApplicationFactory(submitted=True)
    acts = [("proforma", {}), ("renvoyer", {"reason": "Hors zone"})]
    clients = []
    for _ in acts:
        clients.append(Client())
        sign_in(clients[-1], UserFactory(manager=True))
    together, statuses = threading.Barrier(len(acts)), {}

    def press(client: Client, verb: str, data: dict) -> None:
        together.wait()
        try:
            statuses[verb] = post(client, dossier, verb, **data)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=press, args=(client, *act)) for client, act in zip(clients, acts, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(response.status_code for response in statuses.values()) == [302, 409]
    won = next(verb for verb, response in statuses.items() if response.status_code == 302)
    lost = next(response for response in statuses.values() if response.status_code == 409)
    entries = JournalEntry.objects.about(dossier).filter(from_state="submitted")
    assert entries.count() == 1
    assert entries[0].actor_name in lost.content.decode()
    dossier.refresh_from_db()
    assert dossier.state == {"proforma": State.AWAITING, "renvoyer": State.RETURNED}[won]


# --- The page ---------------------------------------------------------------------------------------------------------


@pytest.mark.req("B-02")
def test_everything_at_a_glance(operator, manager):
    dossier = ApplicationFactory(awaiting=True, employees=4)
    add_pieces(dossier, "kbis", "rib")
    pay(dossier, Decimal("10.00"))
    text = read_page(manager.get(page(dossier)))
    for expected in (
        dossier.reference,
        "4 salariés à suivre",
        "Claire Morel",
        "Adresse de facturation",
        "4 rue des Lilas",
        "kbis.pdf",
        "Facture proforma",
        f"Règlement de {euros(Decimal(10))} reçu",
        "10,00",
        "Reste à régler",
        "Demande de pré-adhésion validée.",
        "À nous : vérifier les pièces reçues",
    ):
        assert expected in text


@pytest.mark.parametrize("until", list(OFFERED))
def test_the_page_costs_the_same_for_a_large_company(operator, manager, until, django_assert_max_num_queries):
    small = ApplicationFactory(until=until)
    manager.get(page(small))
    with django_assert_max_num_queries(40) as few:
        manager.get(page(small))
    EmployeeFactory.create_batch(120, establishment=small.establishment)
    for number in range(10):
        workflow.add_note(small, by=CLERK, text=f"note {number}")
    with django_assert_max_num_queries(len(few.captured_queries)):
        text = manager.get(page(small)).content.decode()
    assert text.count("Menuisier") == 50
    assert "Page 1 sur 3" in text


@pytest.mark.parametrize("number", ["2", "3", "99", "0", "-1", "²", "x\x00", "9" * 40])
def test_the_list_of_employees_by_pages(operator, manager, number):
    dossier = ApplicationFactory(submitted=True, employees=101)
    response = manager.get(page(dossier), {"salaries": number})
    assert response.status_code == 200
    assert len(response.context_data["employees"]) in (1, 50)


@pytest.mark.fault("A5", "E7")
def test_documents_open_and_download(operator, manager, login):
    dossier = ApplicationFactory(submitted=True)
    add_pieces(dossier, "kbis")
    upload, document = Upload.objects.about(dossier).get(), Document.objects.about(dossier).get()
    for address, kind in (
        (url(dossier, "piece", upload.pk), "application/pdf"),
        (url(dossier, "document", document.pk), "application/pdf"),
        (url(dossier, "preview", upload.pk), "image/png"),
    ):
        response = manager.get(address)
        assert response.status_code == 200
        assert (response["Content-Type"], response["X-Content-Type-Options"]) == (kind, "nosniff")
        assert response["Content-Disposition"].startswith("inline")
        assert Client().get(address).status_code == 302
        assert login(is_staff=True).get(address).status_code == 403
    response = manager.get(url(dossier, "piece", upload.pk) + "?telecharger=1")
    assert response["Content-Disposition"].startswith("attachment")


@pytest.mark.req("M-07", "D-17")
@pytest.mark.fault("A5", "E7")
def test_all_documents_received_open_as_one_pdf(operator, login):
    reader = login(reader=True)
    dossier = ApplicationFactory(awaiting=True)
    address = url(dossier, "merged")
    assert reader.get(address).status_code == 404, "nothing has come"
    add_pieces(dossier, "kbis")
    assert f'"{address}"' not in reader.get(page(dossier)).content.decode(), "there is but one"
    add_pieces(dossier, "rib", "bordereau")
    assert f'"{address}"' in reader.get(page(dossier)).content.decode()
    shown = reader.get(address)
    assert [text.split()[0] for text in texts_of(shown.content)] == ["kbis", "rib", "bordereau"]
    name = f'filename="documents-{dossier.reference}.pdf"'
    assert shown["Content-Disposition"] == f"inline; {name}"
    assert reader.get(f"{address}?telecharger=1")["Content-Disposition"] == f"attachment; {name}"
    assert shown["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in shown["Cache-Control"]
    assert Client().get(address).status_code == 302
    assert login(is_staff=True).get(address).status_code == 403


def test_an_iban_is_masked_on_the_page_and_shown_to_refund(operator, accountant):
    dossier = ApplicationFactory(awaiting=True)
    iban = "FR7630006000011234567890189"
    payment = Payment(mode="transfer", amount=Decimal(10), received_on=today(), payer_iban=iban)
    payments.record_payment(dossier, payment, by=CLERK)
    workflow.send_back(dossier, by=CLERK, reason="x")
    assert "0112 3456" not in accountant.get(page(dossier)).content.decode()
    assert "FR76 3000 6000 0112 3456 7890 189" in accountant.get(url(dossier, "rembourser")).content.decode()


@pytest.mark.parametrize("address", ["x", "00000000-0000-0000-0000-000000000000", "1;DROP"])
def test_a_dossier_that_does_not_exist(operator, manager, address):
    assert manager.get(f"/admin/membership/application/{address}/change/").status_code == 302
    for verb in VERBS:
        assert manager.post(f"/admin/membership/application/{address}/{verb.slug}/").status_code in (302, 403, 404)


@pytest.mark.req("B-01")
def test_what_staff_typed_before_the_session_ended_comes_back_for_them_alone(operator, manager, login):
    dossier = ApplicationFactory(submitted=True)
    address = url(dossier, "renvoyer")
    manager.get(address)
    manager.session.flush()
    del manager.cookies[settings.SESSION_COOKIE_NAME]
    assert post(manager, dossier, "renvoyer", reason="Le SIRET est celui d’un autre").status_code == 302
    other = login(manager=True).user
    sign_in(manager, other)
    assert "celui d’un autre" not in manager.get(address).content.decode()
    sign_in(manager, manager.user)
    text = read_page(manager.get(address))
    assert "celui d’un autre" in text
    assert kept.ENDED in text
    dossier.refresh_from_db()
    assert dossier.state == State.SUBMITTED
