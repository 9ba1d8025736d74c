"""A document refused by staff: the company gets the reason by mail, and its page says what to send (B-02, B-04)."""

from __future__ import annotations

import pytest
from django.urls import reverse

from core.dates import french_date
from documents.models import Upload
from membership import workflow
from membership.models import Application
from notifications.models import Message
from tests.core.threads import at_once
from tests.factories import CLERK, COMPANY, ApplicationFactory, add_pieces, make_operator, pdf_file
from tests.reading import read_page

pytestmark = [pytest.mark.django_db, pytest.mark.req("B-02", "B-04")]

NOTHING_TO_DO = "Rien à faire pour l’instant"


def refuse(dossier: Application, upload: Upload, reason: str = "De plus de trois mois.") -> Application:
    return workflow.review_piece(dossier, upload, accepted=False, by=CLERK, reason=reason)


def sent(dossier: Application, kind: str = "kbis", text: str = "un") -> Upload:
    return workflow.add_piece(dossier, kind, pdf_file(f"{text}.pdf", text), by=COMPANY)


def told(dossier: Application) -> list[Message]:
    found = Message.objects.about(dossier).filter(dedupe_key__startswith="piece-refused:")
    return list(found.order_by("created_at", "pk"))


def page(holder, dossier: Application) -> str:
    return read_page(holder(dossier).get(reverse("membership:dossier", args=[dossier.pk])))


def test_the_mail_names_the_piece_the_reason_and_the_way_back(operator, clock):
    dossier = ApplicationFactory(awaiting=True)
    dossier = refuse(dossier, sent(dossier))
    (mail,) = told(dossier)
    assert mail.to == dossier.mail_to
    assert mail.subject_line == f"Un de vos documents a été refusé ({dossier.reference})"
    text = " ".join(mail.content["paragraphs"])
    assert "« Extrait Kbis ou équivalent" in text
    assert "Motif : De plus de trois mois." in text
    assert f"envoyez-en un autre depuis votre dossier, si possible avant le {french_date(dossier.relance_on)}" in text
    assert mail.content["button"] == "Suivre mon dossier"
    assert "/adhesion/reprendre/" in mail.secret


def test_it_says_the_last_day_of_the_relance_that_runs(operator, clock):
    dossier = ApplicationFactory(submitted=True)
    workflow.ask_for_missing(dossier, by=CLERK, kinds=["kbis"])
    clock.shift(60)
    dossier = refuse(dossier, sent(dossier, "bordereau"))
    assert "au plus tard le 23 janvier 2027" in str(told(dossier)[0].content)


@pytest.mark.req("M-11")
def test_the_day_for_the_invoices_that_hold_the_dossier_is_not_one_for_the_document(operator, clock):
    dossier = ApplicationFactory(unpaid=True)
    dossier = refuse(dossier, sent(dossier))
    text = " ".join(told(dossier)[0].content["paragraphs"])
    assert "envoyez-en un autre depuis votre dossier. Rien d’autre n’est perdu." in text
    assert dossier.answer_by, "the invoices have their day"
    assert french_date(dossier.answer_by) not in text


@pytest.mark.parametrize(
    ("accepted", "words"), [(True, "pour cette pièce convient"), (False, "nous vérifions l’autre document")]
)
def test_who_sent_another_one_that_counts_has_nothing_to_do(operator, clock, accepted, words):
    dossier = ApplicationFactory(awaiting=True)
    first, second = sent(dossier), sent(dossier, text="deux")
    if accepted:
        workflow.review_piece(dossier, second, accepted=True, by=CLERK)
    refuse(dossier, first)
    text = str(told(dossier)[0].content)
    assert "Vous n’avez rien à faire" in text
    assert words in text
    assert "C’est à vous d’agir" not in text


def test_a_paper_nobody_asked_for_is_sent_again_only_if_it_is_useful(operator):
    dossier = ApplicationFactory(awaiting=True)
    refuse(dossier, sent(dossier, "other"))
    assert "S’il est utile à votre demande" in str(told(dossier)[0].content)


@pytest.mark.fault("G1")
def test_refusing_the_same_document_twice_tells_it_once_and_again_after_it_was_accepted(operator):
    dossier = ApplicationFactory(awaiting=True)
    upload = sent(dossier)
    refuse(dossier, upload)
    refuse(dossier, upload, "Illisible.")
    assert len(told(dossier)) == 1
    workflow.review_piece(dossier, upload, accepted=True, by=CLERK)
    assert len(told(dossier)) == 1, "an acceptance is read on the page"
    refuse(dossier, upload, "Périmé depuis.")
    assert ["Périmé depuis." in str(mail.content) for mail in told(dossier)] == [False, True]


@pytest.mark.fault("G3")
@pytest.mark.django_db(transaction=True)
def test_two_clerks_who_refuse_at_once_send_one_mail():
    make_operator()
    dossier = ApplicationFactory(awaiting=True)
    add_pieces(dossier, "kbis")
    key = Upload.objects.about(dossier).get().pk
    at_once(2, lambda _: refuse(Application.objects.get(pk=dossier.pk), Upload.objects.get(pk=key)))
    assert len(told(dossier)) == 1


def test_refused_before_the_proforma_it_is_asked_for_on_the_page_and_the_rest_is_not(operator, clock, holder):
    dossier = ApplicationFactory(submitted=True)
    upload = sent(dossier)
    assert NOTHING_TO_DO in page(holder, dossier)
    refuse(dossier, upload)
    shown = page(holder, dossier)
    assert NOTHING_TO_DO not in shown
    assert "À vous d’agir&nbsp;: envoyez à nouveau les documents marqués «&nbsp;À envoyer à nouveau&nbsp;»." in shown
    assert "Ce qui manque" in shown
    assert shown.count("À envoyer à nouveau</span>") == 1
    assert "Manquant" not in shown, "the RIB and the bordereau are not asked for yet"
    coming = shown[shown.index("Ce qui s’est passé") :]
    assert "Extrait Kbis" in coming
    assert "À vous d’agir" in coming
    sent(dossier, text="deux")
    shown = page(holder, dossier)
    assert NOTHING_TO_DO in shown
    assert "À vous d’agir" not in shown
