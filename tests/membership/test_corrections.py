"""What staff put right at the company's request: a wrong address, a mistake in what was typed."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from core.journal import timeline
from core.models import AccessLink, Naf
from core.transitions import AlreadyDone, Refused
from documents.models import Document, Upload
from membership import closing, corrections, drafts, pieces, workflow
from membership.models import Application
from membership.models.application import LINK
from membership.states import Queue, State
from membership.tasks import send_links
from notifications.models import Message
from tests.factories import CLERK, COMPANY, ApplicationFactory, add_pieces

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("operator", "clock")]

STEPS = ["eligibilite", "etablissement", "contacts", "adresses", "salaries", "documents"]
WRONG, RIGHT = "clair@morel.example", "claire@morel.example"


def page(dossier: Application) -> str:
    return reverse("membership:dossier", args=[dossier.pk])


def step(dossier: Application, slug: str) -> str:
    return reverse("membership:step", args=[dossier.pk, slug])


def last_mail(dossier: Application) -> Message:
    return Message.objects.about(dossier).order_by("created_at", "pk").last()


# --- The address ------------------------------------------------------------------------------------------------------


@pytest.mark.req("M-12", "B-01")
@pytest.mark.fault("C3")
@pytest.mark.parametrize("until", ["draft", "submitted", "unpaid", "awaiting"])
def test_a_wrong_address_is_put_right_and_opens_nothing_any_more(holder, until):
    dossier = ApplicationFactory(until=until, contact_email=WRONG, representative_email=WRONG.upper())
    stranger = holder(dossier)
    dossier = corrections.correct_address(dossier, email=RIGHT, by=CLERK)
    assert (dossier.contact_email, dossier.representative_email) == (RIGHT, RIGHT)
    assert stranger.get(page(dossier)).status_code == 404
    mail = last_mail(dossier)
    assert (mail.to, mail.content["title"]) == (RIGHT, "Votre adresse électronique est corrigée")
    assert Client().get(urlsplit(mail.secret).path, follow=True).status_code == 200
    assert AccessLink.objects.about(dossier).filter(purpose=LINK, revoked_at=None).count() == 1
    entry = timeline(dossier).last()
    assert (entry.actor_name, entry.message) == ("Nadia Benali", "Adresse électronique corrigée.")
    assert RIGHT in entry.reason
    count = Message.objects.count()
    Client().post(reverse("membership:way-back"), {"email": WRONG})
    send_links()
    assert Message.objects.count() == count, "the wrong address asks for no link any more"


def test_another_address_on_the_dossier_stays(operator):
    dossier = ApplicationFactory(submitted=True, contact_email="comptable@cabinet.example", representative_email=WRONG)
    dossier = corrections.correct_address(dossier, email=RIGHT, by=CLERK)
    assert (dossier.contact_email, dossier.representative_email) == ("comptable@cabinet.example", RIGHT)


@pytest.mark.req("B-01")
def test_the_address_of_a_draft_is_put_right_also_where_it_is_kept_word_for_word():
    typed = {"eligibilite": {"siret": ["732 829"], "contact_email": [f" {WRONG} "]}}
    dossier = ApplicationFactory(contact_email=WRONG, representative_email="", typed=typed)
    dossier = corrections.correct_address(dossier, email=RIGHT, by=CLERK)
    assert (dossier.contact_email, dossier.representative_email) == (RIGHT, "")
    assert dossier.typed == {"eligibilite": {"siret": ["732 829"], "contact_email": [RIGHT]}}


def test_a_draft_without_an_address_gets_one():
    dossier = ApplicationFactory(contact_email="", representative_email="")
    corrections.correct_address(dossier, email=RIGHT, by=CLERK)
    assert last_mail(dossier).to == RIGHT


def test_the_address_of_a_closed_dossier_or_the_same_one_is_refused():
    with pytest.raises(Refused, match="clos"):
        corrections.correct_address(ApplicationFactory(returned=True), email=RIGHT, by=CLERK)
    dossier = ApplicationFactory(submitted=True, representative_email=RIGHT)
    with pytest.raises(Refused, match="déjà l’adresse"):
        corrections.correct_address(dossier, email=RIGHT, by=CLERK)
    with pytest.raises(AlreadyDone):
        corrections.correct_address(dossier, email=WRONG, by=CLERK, seen=dossier.version - 1)


# --- What was typed ---------------------------------------------------------------------------------------------------


def reopened(**fields: object) -> Application:
    dossier = ApplicationFactory(submitted=True, confirmed_steps=[*STEPS, "finalisation"], **fields)
    return corrections.reopen(dossier, reason="Le code postal est faux.", by=CLERK)


@pytest.mark.req("B-01", "B-02")
def test_what_was_typed_is_reopened_whole_and_the_company_reads_why(holder):
    dossier = reopened()
    assert (dossier.state, dossier.queue, dossier.due_on, dossier.waiting_since) == (
        State.DRAFT,
        Queue.NONE,
        None,
        None,
    )
    assert (dossier.remind_on, dossier.purge_on) == (date(2026, 11, 30), date(2027, 1, 22))
    mail = last_mail(dossier)
    assert mail.to == dossier.representative_email
    assert "Le code postal est faux." in str(mail.content)
    client = Client()
    answer = client.get(urlsplit(mail.secret).path, follow=True)
    assert answer.redirect_chain[-1][0] == step(dossier, "finalisation"), "all the other steps are still confirmed"
    shown = answer.content.decode()
    assert "Le code postal est faux." in shown
    assert dossier.establishment.name in shown
    assert 'value="Morel"' in shown
    assert dossier.establishment.employees.count() == 2


@pytest.mark.req("M-09", "M-10")
def test_validated_again_it_keeps_its_reference_and_the_bordereau_is_the_next_version(clock, holder):
    Naf.objects.get_or_create(code="6201Z", defaults={"label": "Programmation informatique"})
    dossier = reopened()
    reference = dossier.reference
    clock.move_to("2026-11-27T10:00:00+01:00")
    names = {
        "representative_last_name": "Morel",
        "representative_first_name": "Claude",
        "representative_function": "Gérant",
        "representative_email": RIGHT,
    }
    client = holder(dossier)
    assert client.post(step(dossier, "finalisation"), {**names, "action": "next"}).status_code == 302
    dossier.refresh_from_db()
    assert (dossier.state, dossier.reference) == (State.SUBMITTED, reference)
    assert (dossier.queue, dossier.due_on) == (Queue.CHECK, date(2026, 12, 1))
    assert (dossier.remind_on, dossier.purge_on) == (None, None)
    first, second = Document.objects.about(dossier).order_by("version")
    assert (second.version, second.replaces, second.number) == (2, first, reference)
    assert first.snapshot["representative"]["name"] == "Claire Morel"
    assert second.snapshot["representative"]["name"] == "Claude Morel"
    mail = last_mail(dossier)
    assert (mail.to, [document.pk for document in mail.documents()]) == (RIGHT, [second.pk])
    assert "Il remplace le bordereau" in str(mail.content)
    shown = client.get(page(dossier)).content.decode()
    assert str(second.pk) in shown
    assert str(first.pk) not in shown, "the one that is replaced is not to be signed"
    dossier = workflow.send_proforma(dossier, by=CLERK)
    assert second in last_mail(dossier).documents()


@pytest.mark.req("M-15", "M-16")
def test_reopening_stops_the_clocks_and_keeps_what_was_accepted():
    dossier = ApplicationFactory(submitted=True)
    workflow.ask_for_missing(dossier, by=CLERK, kinds=["kbis", "bordereau"])
    add_pieces(dossier, "bordereau", "rib", accepted=True)
    dossier.refresh_from_db()
    assert dossier.answer_by is not None
    dossier = corrections.reopen(dossier, reason="Un salarié manque.", by=CLERK)
    assert (dossier.answer_by, dossier.last_call_on, dossier.relance_on) == (None, None, None)
    rib = Upload.objects.about(dossier).get(kind="rib")
    with pytest.raises(Refused, match="déjà été accepté"):
        drafts.remove_upload(dossier, rib)
    dossier = workflow.submit(dossier, by=COMPANY)
    found = {piece.kind: (piece.status, piece.note) for piece in pieces.pieces(dossier)}
    assert found["rib"] == ("accepted", "")
    assert found["bordereau"] == ("refused", pieces.SIGN_AGAIN), "it was signed before the correction"


@pytest.mark.parametrize("until", ["draft", "unpaid", "awaiting", "accepted", "returned"])
def test_only_a_request_to_check_is_reopened(until):
    dossier = ApplicationFactory(until=until)
    with pytest.raises(Refused):
        corrections.reopen(dossier, reason="Une erreur.", by=CLERK)


def test_nobody_reopens_without_saying_why():
    dossier = ApplicationFactory(submitted=True)
    with pytest.raises(Refused, match="à corriger"):
        corrections.reopen(dossier, reason="  ", by=CLERK)
    assert Application.objects.get(pk=dossier.pk).state == State.SUBMITTED


def test_a_dossier_with_two_bordereaux_is_deleted_whole():
    dossier = workflow.submit(reopened(), by=COMPANY)
    closing.delete(dossier)
    assert not Document.objects.exists()
    assert not Application.objects.exists()
