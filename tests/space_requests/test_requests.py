"""« Mes demandes », of the company: sending, following, answering, cancelling."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from core.templatetags.guichet import french_moment
from documents.models import Upload
from notifications.mail import as_text
from notifications.models import Message
from space import requests
from space.models import MemberRequest, RequestMessage
from space.request_states import State
from tests.factories import UserFactory, give_access, pdf_file, sign_in
from tests.factories_requests import (
    company_writes,
    make_draft,
    make_employer,
    make_request,
    make_theme,
    staff_writes,
)


def url(employer, name: str, *args) -> str:
    return reverse(f"space:{name}", args=[employer.member.pk, *args])


def typed(**changes) -> dict:
    return {
        "theme": make_theme().pk,
        "subject": "Erreur sur la facture",
        "text": "Le montant est faux.",
        "action": "send",
        **changes,
    }


def text_of(response) -> str:
    return re.sub(r"[ \n]+", " ", response.content.decode())


@pytest.mark.req("A-42", "B-05")
def test_a_request_with_files_is_sent_and_the_page_says_what_happens_next(employer):
    theme = make_theme("cotisation")
    page = employer.client.get(url(employer, "request-new") + "?theme=cotisation")
    assert f'<option value="{theme.pk}" selected>' in page.content.decode()
    action = re.search(r'action="([^"]+brouillon[^"]+)"', page.content.decode())[1]
    files = [pdf_file("facture.pdf"), pdf_file("effectif.pdf")]
    response = employer.client.post(action, typed(theme=theme.pk, files=files), follow=True)
    sent = MemberRequest.objects.get()
    assert sent.state == State.OPEN
    assert re.fullmatch(r"D\d{4}-\d{6}", sent.reference)
    assert sent.reference in text_of(response)
    assert "Et maintenant" in text_of(response)
    message = sent.messages.get()
    assert {upload.name for upload in Upload.objects.about(message)} == {"facture.pdf", "effectif.pdf"}
    page = employer.client.get(url(employer, "request", sent.pk))
    assert "Le montant est faux." in text_of(page)
    assert "facture.pdf" in text_of(page)
    assert "Demande envoyée." in text_of(page)


@pytest.mark.req("B-05")
def test_the_team_and_the_author_are_told_by_mail_without_what_the_request_says(employer):
    sent = make_request(employer.user, employer.member, text="Un détail privé")
    mails = {mail.to: mail for mail in Message.objects.all()}
    assert set(mails) == {"adherents@guichet.example", employer.user.email}
    for mail in mails.values():
        body = as_text(mail)
        assert sent.reference in body
        assert "Un détail privé" not in body
        assert "Erreur sur ma facture" not in body
    assert f"/demandes/{sent.pk}/" in mails[employer.user.email].content["url"]
    assert f"/admin/space/memberrequest/{sent.pk}/change/" in mails["adherents@guichet.example"].content["url"]


@pytest.mark.fault("G1")
def test_a_double_click_a_refresh_or_a_way_back_sends_one_request(employer):
    address = url(employer, "request-draft", uuid4())
    answers = [employer.client.post(address, typed()) for _ in range(3)]
    assert len({answer["Location"] for answer in answers}) == 1
    assert MemberRequest.objects.count() == 1
    assert Message.objects.count() == 2
    assert employer.client.get(address)["Location"] == url(employer, "request", MemberRequest.objects.get().pk)


def test_what_a_second_window_typed_is_not_lost_when_the_first_has_sent(employer):
    address = url(employer, "request-draft", uuid4())
    employer.client.post(address, typed())
    response = employer.client.post(address, typed(text="Tout autre chose."))
    assert response.status_code == 409
    assert "Tout autre chose." in response.content.decode()
    assert MemberRequest.objects.count() == 1
    action = re.search(r'action="([^"]+brouillon[^"]+)"', response.content.decode())[1]
    assert employer.client.post(action, typed(text="Tout autre chose.")).status_code == 302
    assert MemberRequest.objects.count() == 2


@pytest.mark.req("B-01")
def test_what_is_typed_is_kept_as_a_draft_whatever_is_wrong_with_it(employer):
    key = uuid4()
    response = employer.client.post(url(employer, "request-draft", key), typed(theme="", subject=""))
    assert response.status_code == 422
    assert "Le montant est faux." in response.content.decode()
    assert "<title>Erreur : Envoyer une demande" in response.content.decode()
    listed = text_of(employer.client.get(url(employer, "requests")))
    assert "Un brouillon n’est pas envoyé" in listed
    again = employer.client.get(url(employer, "request-draft", key))
    assert "Le montant est faux." in again.content.decode()
    assert "reprendre" in text_of(employer.client.get(url(employer, "request-new")))


@pytest.mark.req("B-01")
def test_the_page_keeps_the_draft_by_itself_and_the_person_may_throw_it_away(employer, media):
    key = uuid4()
    kept = employer.client.post(url(employer, "request-draft-keep", key), typed(text="Commencé"))
    assert "Brouillon enregistré" in kept.content.decode()
    response = employer.client.post(
        url(employer, "request-draft", key), typed(action="keep", files=[pdf_file()]), follow=True
    )
    assert "Votre brouillon est enregistré" in text_of(response)
    assert MemberRequest.objects.get().state == State.DRAFT
    assert len(list(media.rglob("*.pdf"))) == 1


def test_a_thrown_away_draft_leaves_no_file(employer, media, django_capture_on_commit_callbacks):
    key = uuid4()
    employer.client.post(url(employer, "request-draft", key), typed(action="keep", files=[pdf_file()]))
    with django_capture_on_commit_callbacks(execute=True):
        employer.client.post(url(employer, "request-draft-discard", key))
    assert not MemberRequest.objects.exists()
    assert not Upload.objects.exists()
    assert not list(media.rglob("*.pdf"))
    sent = make_request(employer.user, employer.member)
    employer.client.post(url(employer, "request-draft-discard", sent.pk))
    assert MemberRequest.objects.filter(pk=sent.pk).exists()


@pytest.mark.fault("E1", "E3", "E5", "E6")
@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("virus.pdf", b"MZ\x90\x00" + b"x" * 100, "virus.pdf"),
        ("page.pdf", b"<html>%PDF-1.4</html>", "page.pdf"),
        ("vide.pdf", b"", "vide.pdf"),
        ("../../etc/passwd\u202e.pdf", b"not a pdf", "passwd.pdf"),
    ],
)
def test_a_refused_file_loses_neither_the_text_nor_the_other_files(employer, name, content, words):
    key = uuid4()
    bad = SimpleUploadedFile(name, content, content_type="application/pdf")
    response = employer.client.post(url(employer, "request-draft", key), typed(files=[pdf_file("bon.pdf"), bad]))
    page = response.content.decode()
    assert response.status_code == 422
    assert words in page
    assert "Le montant est faux." in page
    assert "bon.pdf" in page
    assert MemberRequest.objects.get().state == State.DRAFT
    employer.client.post(url(employer, "request-draft", key), typed())
    sent = MemberRequest.objects.get()
    assert sent.state == State.OPEN
    assert [upload.name for upload in Upload.objects.about(sent.messages.get())] == ["bon.pdf"]


@pytest.mark.fault("E6")
def test_a_file_over_the_limit_is_refused_and_told(employer, settings):
    settings.UPLOAD_MAX_BYTES = 2000
    big = SimpleUploadedFile("gros.pdf", b"%PDF" + b"x" * 3000, content_type="application/pdf")
    response = employer.client.post(url(employer, "request-draft", uuid4()), typed(files=[big]))
    assert response.status_code == 422
    assert "dépasse" in response.content.decode()


def test_a_file_may_be_taken_off_before_sending_and_what_was_typed_stays(employer):
    key = uuid4()
    employer.client.post(url(employer, "request-draft", key), typed(action="keep", files=[pdf_file()]))
    upload = Upload.objects.get()
    response = employer.client.post(url(employer, "request-draft", key), typed(remove=str(upload.pk), text="Changé"))
    assert response.status_code == 200
    assert "Changé" in response.content.decode()
    assert not Upload.objects.exists()
    assert MemberRequest.objects.get().state == State.DRAFT


@pytest.mark.fault("E7", "A5")
def test_a_file_is_served_to_the_company_alone_so_that_nothing_in_it_acts(employer):
    key = uuid4()
    employer.client.post(url(employer, "request-draft", key), typed(files=[pdf_file()]))
    address = url(employer, "request-file", key, Upload.objects.get().pk)
    served = employer.client.get(address)
    assert served.status_code == 200
    assert served["Content-Type"] == "application/pdf"
    assert served["X-Content-Type-Options"] == "nosniff"
    assert served["Content-Security-Policy"].startswith("sandbox")
    assert "no-store" in served["Cache-Control"]
    other, _ = make_employer()
    stranger = Client()
    sign_in(stranger, other)
    assert stranger.get(address).status_code == 404
    assert Client().get(address).status_code == 302


@pytest.mark.fault("A2")
def test_somebody_elses_company_request_draft_or_file_is_not_there(employer):
    sent = make_request(employer.user, employer.member)
    draft = make_draft(employer.user, employer.member)
    other_user, other_member = make_employer()
    stranger = Client()
    sign_in(stranger, other_user)
    names = [
        ("requests", []),
        ("request", [sent.pk]),
        ("request-sent", [sent.pk]),
        ("request-draft", [draft.request.pk]),
    ]
    for name, args in names:
        assert stranger.get(reverse(f"space:{name}", args=[employer.member.pk, *args])).status_code == 404
        if args:
            assert stranger.get(reverse(f"space:{name}", args=[other_member.pk, *args])).status_code == 404
    own = reverse("space:request-draft", args=[other_member.pk, draft.request.pk])
    assert stranger.post(own, typed(text="pris")).status_code == 404
    assert stranger.post(reverse("space:request-cancel", args=[other_member.pk, sent.pk])).status_code == 404
    answer = reverse("space:request-answer", args=[other_member.pk, sent.pk, uuid4()])
    assert stranger.post(answer, {"text": "pris"}).status_code == 404
    draft.refresh_from_db()
    assert draft.text != "pris"


@pytest.mark.fault("A2")
def test_a_draft_is_its_authors_alone_and_a_sent_request_every_colleagues(employer):
    draft = make_draft(employer.user, employer.member, subject="Brouillon secret")
    sent = make_request(employer.user, employer.member, subject="Demande partagée")
    colleague = UserFactory()
    give_access(colleague, employer.member, "employees")
    client = Client()
    sign_in(client, colleague)
    page = text_of(client.get(url(employer, "requests")))
    assert "Demande partagée" in page
    assert "Brouillon secret" not in page
    assert client.get(url(employer, "request-draft", draft.request.pk)).status_code == 404
    assert client.post(url(employer, "request-draft", draft.request.pk), typed()).status_code == 404
    assert client.get(url(employer, "request", sent.pk)).status_code == 200


@pytest.mark.req("A-28")
def test_the_list_says_state_date_and_time_and_is_searched_and_filtered(employer):
    one = make_request(employer.user, employer.member, subject="Facture erronée", text="Élève embauchée en mars")
    two = make_request(employer.user, employer.member, theme="salaries", subject="Départ d’un salarié")
    staff_writes(two, "ask")
    page = text_of(employer.client.get(url(employer, "requests")))
    for word in ("En cours", "En attente", one.reference, two.reference, french_moment(one.last_at)):
        assert word in page
    found = {
        "?q=eleve+EMBAUCHEE": [one],
        f"?q={two.reference}": [two],
        "?etat=waiting": [two],
        "?etat=draft": [two, one],
        "?theme=facture": [one],
        "?theme=facture&etat=waiting": [],
        "?q=introuvable": [],
        "?q=%25": [two, one],
        "?q=%00&etat=%00&theme=%00&page=zz": [two, one],
    }
    for query, expected in found.items():
        response = employer.client.get(url(employer, "requests") + query)
        assert re.findall(r"muted num\">(D\d{4}-\d{6})<", response.content.decode()) == [
            row.reference for row in expected
        ], query


def test_the_list_costs_the_same_whatever_its_length(employer, django_assert_max_num_queries):
    first = make_request(employer.user, employer.member)
    now = timezone.now()
    MemberRequest.objects.bulk_create(
        MemberRequest(
            member=employer.member,
            theme=first.theme,
            subject=f"Demande {n}",
            reference=f"D2020-{n:06d}",
            state=State.OPEN,
            sent_at=now,
            author=employer.user,
        )
        for n in range(60)
    )
    with django_assert_max_num_queries(10):
        page = employer.client.get(url(employer, "requests"))
    assert len(re.findall(r'<th scope="row">', page.content.decode())) == 50
    assert 'rel="next"' in page.content.decode()


@pytest.mark.req("B-05", "B-02")
def test_the_thread_goes_on_until_the_precision_is_given(employer):
    sent = make_request(employer.user, employer.member)
    Message.objects.all().delete()
    staff_writes(sent, "ask", text="Quel est le numéro de la facture ?")
    assert sent.state == State.WAITING
    mail = Message.objects.get(to=employer.user.email)
    assert "C’est à vous d’agir" in as_text(mail)
    assert "numéro de la facture" not in as_text(mail)
    page = text_of(employer.client.get(url(employer, "request", sent.pk)))
    assert "Quel est le numéro de la facture ?" in page
    assert "En attente" in page
    assert "À vous d’agir" in page
    key = re.search(r"repondre/([0-9a-f-]{36})/", page)[1]
    response = employer.client.post(
        url(employer, "request-answer", sent.pk, key), {"text": "F2027-12", "files": [pdf_file()]}, follow=True
    )
    assert "Votre message est envoyé" in text_of(response)
    sent.refresh_from_db()
    assert sent.state == State.OPEN
    assert sent.due_on is not None
    assert Message.objects.filter(to="adherents@guichet.example").count() == 1
    employer.client.post(url(employer, "request-answer", sent.pk, key), {"text": "F2027-12"})
    assert sent.messages.count() == 3


@pytest.mark.fault("E1")
def test_a_refused_file_keeps_the_answer_and_it_waits_on_the_page(employer):
    sent = make_request(employer.user, employer.member)
    bad = SimpleUploadedFile("faux.pdf", b"rien", content_type="application/pdf")
    address = url(employer, "request-answer", sent.pk, uuid4())
    response = employer.client.post(address, {"text": "Ma réponse", "files": [pdf_file("bon.pdf"), bad]})
    assert response.status_code == 422
    for word in ("Ma réponse", "bon.pdf", "faux.pdf"):
        assert word in response.content.decode()
    later = employer.client.get(url(employer, "request", sent.pk)).content.decode()
    assert "Ma réponse" in later
    assert address in later
    employer.client.post(address, {"text": "Ma réponse"})
    assert sent.messages.filter(sent_at__isnull=False).count() == 2


def test_a_closed_request_is_opened_again_by_answering_within_thirty_days(employer):
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        sent = make_request(employer.user, employer.member)
        staff_writes(sent, "close", text="C’est corrigé.")
        assert sent.state == State.CLOSED
        clock.move_to(start + timedelta(days=30))
        sign_in(employer.client, employer.user)
        response = employer.client.post(url(employer, "request-answer", sent.pk, uuid4()), {"text": "Pas tout à fait."})
        assert response.status_code == 302
        sent.refresh_from_db()
        assert (sent.state, sent.closed_at) == (State.OPEN, None)
        staff_writes(sent, "close")
        clock.move_to(start + timedelta(days=61))
        sign_in(employer.client, employer.user)
        page = text_of(employer.client.get(url(employer, "request", sent.pk)))
        assert "Envoyer une nouvelle demande" in page
        late = employer.client.post(url(employer, "request-answer", sent.pk, uuid4()), {"text": "Trop tard ?"})
        assert late.status_code == 422
        assert "envoyez une nouvelle demande" in late.content.decode()
        sent.refresh_from_db()
        assert sent.state == State.CLOSED


def test_the_company_cancels_once_and_the_thread_stays(employer):
    sent = make_request(employer.user, employer.member)
    address = url(employer, "request-cancel", sent.pk)
    assert "Annuler ma demande" in text_of(employer.client.get(address))
    response = employer.client.post(address, {"reason": "Réglé par téléphone"}, follow=True)
    sent.refresh_from_db()
    assert sent.state == State.CANCELLED
    assert "Annulée" in text_of(response)
    assert "Réglé par téléphone" in text_of(response)
    assert employer.client.post(address).status_code == 409
    answer = employer.client.post(url(employer, "request-answer", sent.pk, uuid4()), {"text": "Encore"})
    assert answer.status_code == 422
    assert "annulée" in answer.content.decode()
    assert "Encore" in answer.content.decode()


@pytest.mark.fault("F2", "F3", "F4", "A6")
@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "{{7*7}}{% load x %}",
        "' OR 1=1 --",
        "👩‍👩‍👧‍👦 é́́",
        "a\x00b",
        "abc\u202edef",
        "x" * 12_000,
    ],
)
def test_any_text_is_shown_as_text_or_refused_in_words(employer, text):
    key = uuid4()
    data = typed(text=text, subject=text, state="closed", assigned_to=str(employer.user.pk), reference="D1")
    response = employer.client.post(url(employer, "request-draft", key), data, follow=True)
    assert response.status_code in (200, 422)
    page = response.content.decode()
    assert "<script>alert" not in page
    made = MemberRequest.objects.get()
    if made.state == State.OPEN:
        assert escape(text) in employer.client.get(url(employer, "request", key)).content.decode()
    assert made.state in (State.DRAFT, State.OPEN)
    assert made.reference != "D1"
    assert made.assigned_to is None
    assert employer.client.post(url(employer, "request-draft-keep", key), data).status_code == 200


@pytest.mark.fault("F3")
def test_a_line_end_in_the_subject_is_refused(employer):
    response = employer.client.post(url(employer, "request-draft", uuid4()), typed(subject="a\r\nBcc: x@y.fr"))
    assert response.status_code == 422
    assert not Message.objects.exists()


@pytest.mark.fault("A10")
def test_what_changes_something_is_never_done_by_a_link(employer):
    sent = make_request(employer.user, employer.member)
    for name, args in (
        ("request-draft-keep", [uuid4()]),
        ("request-draft-discard", [uuid4()]),
        ("request-answer", [sent.pk, uuid4()]),
    ):
        assert employer.client.get(url(employer, name, *args)).status_code == 405


@pytest.mark.fault("D7")
def test_no_page_of_the_requests_is_kept_by_the_browser(employer):
    sent = make_request(employer.user, employer.member)
    for name, args in (("requests", []), ("request", [sent.pk]), ("request-new", [])):
        assert "no-store" in employer.client.get(url(employer, name, *args))["Cache-Control"]


def test_a_mail_goes_to_who_wrote_and_may_still_see_it(employer):
    sent = make_request(employer.user, employer.member)
    colleague = UserFactory()
    access = give_access(colleague, employer.member, "employees")
    company_writes(sent, colleague)
    Message.objects.all().delete()
    staff_writes(sent)
    assert set(Message.objects.values_list("to", flat=True)) == {employer.user.email, colleague.email}
    access.revoked_at = timezone.now()
    access.save()
    Message.objects.all().delete()
    staff_writes(sent)
    assert set(Message.objects.values_list("to", flat=True)) == {employer.user.email}


def test_one_person_keeps_a_limited_number_of_drafts(employer):
    for _ in range(requests.MAX_DRAFTS):
        make_draft(employer.user, employer.member)
    response = employer.client.post(url(employer, "request-draft", uuid4()), typed(text="Un de trop"))
    assert response.status_code == 422
    assert "Un de trop" in response.content.decode()
    assert RequestMessage.objects.count() == requests.MAX_DRAFTS


@pytest.mark.req("A-05")
def test_the_home_page_shows_the_last_requests_with_a_link_to_all(employer):
    empty = text_of(employer.client.get(url(employer, "home")))
    assert "Mes dernières demandes" in empty
    for number in range(4):
        make_request(employer.user, employer.member, subject=f"Demande {number}")
    page = text_of(employer.client.get(url(employer, "home")))
    assert "Demande 3" in page
    assert "Demande 0" not in page
    assert url(employer, "requests") in page
