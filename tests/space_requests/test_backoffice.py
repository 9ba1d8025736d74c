"""Requests in the back office: the queue, answers, ready replies, two members of staff at once."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from core.dates import today
from core.models import JournalEntry
from core.sheets import read
from documents.models import Upload
from notifications.mail import as_text
from notifications.models import Message
from space import canned
from space.models import CannedReply, MemberRequest
from space.request_states import State
from tests.factories import pdf_file
from tests.factories_requests import company_writes, make_request, make_theme, staff_writes
from tests.reading import read_page

LIST = "/admin/space/memberrequest/"


def admin(name: str, *args) -> str:
    return reverse(f"admin:space_memberrequest_{name}", args=args)


def page(request: MemberRequest) -> str:
    return admin("change", request.pk)


def shown(response) -> list[str]:
    return re.findall(r"field-numbered[^>]*><a [^>]*>(D[\d-]+)<", response.content.decode())


def reply(client, request: MemberRequest, do: str = "reply", key=None, **data):
    request.refresh_from_db()
    return client.post(
        admin("answer", request.pk, key or uuid4()),
        {"text": "Bonjour, voici.", "version": request.version, "do": do, **data},
    )


@pytest.mark.req("B-21")
def test_the_queue_has_a_tab_for_each_kind_of_work(employer, staff):
    client = staff()
    made = [
        make_request(employer.user, employer.member, subject=f"Demande {n}") for n in ("zéro", "un", "deux", "trois")
    ]
    waiting, late, mine, fresh = made
    staff_writes(waiting, "ask")
    MemberRequest.objects.filter(pk=late.pk).update(
        due_on=today() - timedelta(days=3), waiting_since=timezone.now() - timedelta(days=9)
    )
    MemberRequest.objects.filter(pk=mine.pk).update(assigned_to=client.user)
    expected = {
        "": {late, mine, fresh},
        "?vue=a-traiter": {late, mine, fresh},
        "?vue=retard": {late},
        "?vue=miennes": {mine},
        "?vue=libres": {waiting, late, fresh},
        "?vue=attente": {waiting},
        "?vue=toutes": {waiting, late, mine, fresh},
        "?q=demande+zero": {waiting},
        "?state__exact=waiting": {waiting},
    }
    for query, rows in expected.items():
        assert set(shown(client.get(LIST + query))) == {row.reference for row in rows}, query
    html = client.get(LIST).content.decode()
    assert "en retard de 3 jours" in html
    assert '<span class="bo-age bad">depuis 9 jours</span>' in html
    counts = {tab["label"]: tab["count"] for tab in client.get(LIST).context_data["tabs"]}
    assert counts == {
        "À traiter": 3,
        "En retard": 1,
        "Les miennes": 1,
        "Non attribuées": 3,
        "En attente de l’entreprise": 1,
        "Toutes": None,
    }


@pytest.mark.req("B-21")
def test_requests_are_found_by_company_number_siret_reference_and_words(employer, staff):
    client = staff()
    sent = make_request(employer.user, employer.member, text="Élagage à prévoir")
    siret = employer.member.siret
    for text in (
        *(str(employer.member.establishment), employer.member.number, siret[:9], f"{siret[:3]} {siret[3:9]}"),
        *(sent.reference, sent.reference.lower(), "ELAGAGE prevoir"),
    ):
        assert shown(client.get(LIST, {"q": text})) == [sent.reference], text
    for text in ("introuvable", "%", "\x00", "!!", "' OR 1=1 --", "x" * 5000):
        assert shown(client.get(LIST, {"q": text})) in ([], [sent.reference] if text == "\x00" else []), text


@pytest.mark.req("B-21")
def test_ticked_requests_are_given_to_a_colleague_but_not_those_somebody_took_meanwhile(employer, staff):
    client, colleague = staff(), staff()
    one, two = (make_request(employer.user, employer.member) for _ in range(2))
    seen = {f"v-{row.pk}": row.version for row in (one, two)}
    ticked = {"action": "assign_selected", "_selected_action": [one.pk, two.pk], **seen}
    colleague.post(admin("assign", two.pk), {"to": "moi", "version": two.version})
    response = client.post(LIST, {**ticked, "to": "moi"}, follow=True)
    one.refresh_from_db()
    two.refresh_from_db()
    assert one.assigned_to == client.user
    assert two.assigned_to == colleague.user
    assert "1 demande confiée" in response.content.decode()
    assert colleague.user.get_full_name() in response.content.decode()


@pytest.mark.fault("G3", "E11")
@pytest.mark.parametrize("version", [None, "x", "9" * 5000], ids=["none", "letter", "long"])
def test_a_ticked_request_without_the_version_that_was_seen_is_given_to_nobody(employer, staff, version):
    one = make_request(employer.user, employer.member)
    seen = {} if version is None else {f"v-{one.pk}": version}
    ticked = {"action": "assign_selected", "_selected_action": [one.pk], "to": "moi", **seen}
    response = staff().post(LIST, ticked, follow=True)
    assert f"{one.reference} : La page envoyée était incomplète." in read_page(response)
    one.refresh_from_db()
    assert one.assigned_to is None


@pytest.mark.req("B-21")
@pytest.mark.fault("E10")
@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_the_list_is_exported_as_it_is_filtered(employer, staff, kind):
    client = staff()
    sent = make_request(employer.user, employer.member, subject="=cmd|' /C calc'!A0")
    other = make_request(employer.user, employer.member)
    staff_writes(other, "ask")
    address = re.search(rf'href="([^"]*export\.{kind}[^"]*)"', client.get(LIST).content.decode())[1]
    response = client.get(address.replace("&amp;", "&"))
    content = b"".join(response.streaming_content)
    rows = [[str(cell) for cell in row] for row in read(BytesIO(content), f"liste.{kind}").rows]
    text = str(rows)
    assert sent.reference in text
    assert other.reference not in text


def test_the_queue_and_a_page_cost_the_same_whatever_there_is(employer, staff, django_assert_max_num_queries):
    client = staff()
    for _ in range(12):
        sent = make_request(employer.user, employer.member)
    for _ in range(5):
        staff_writes(sent)
        company_writes(sent, employer.user)
    with django_assert_max_num_queries(10):
        client.get(LIST)
    with django_assert_max_num_queries(13):
        client.get(page(sent))


@pytest.mark.req("B-05")
@pytest.mark.parametrize(
    ("do", "state", "subject"),
    [
        ("reply", State.OPEN, "Nous avons répondu à votre demande"),
        ("ask", State.WAITING, "Nous avons besoin d’une précision"),
        ("close", State.CLOSED, "Votre demande est traitée"),
    ],
)
def test_staff_answer_ask_or_close_and_the_company_is_told(employer, staff, do, state, subject):
    client = staff()
    sent = make_request(employer.user, employer.member)
    Message.objects.all().delete()
    response = reply(client, sent, do, files=[pdf_file("releve.pdf")])
    assert response.status_code == 302
    sent.refresh_from_db()
    assert sent.state == state
    message = sent.messages.get(from_staff=True)
    assert message.text == "Bonjour, voici."
    assert Upload.objects.about(message).get().name == "releve.pdf"
    mail = Message.objects.get()
    assert (mail.to, mail.subject_line) == (employer.user.email, f"{subject} ({sent.reference})")
    assert "Bonjour, voici." not in as_text(mail)
    html = employer.client.get(reverse("space:request", args=[employer.member.pk, sent.pk])).content.decode()
    assert "Bonjour, voici." in html
    assert "releve.pdf" in html


@pytest.mark.fault("G3")
def test_of_two_who_answer_one_wins_and_the_other_is_told_and_keeps_his_text(employer, staff):
    first, second = staff(), staff()
    sent = make_request(employer.user, employer.member)
    seen = sent.version
    reply(first, sent, "close")
    response = second.post(
        admin("answer", sent.pk, uuid4()), {"text": "Ma longue réponse", "version": seen, "do": "reply"}
    )
    assert response.status_code == 409
    html = response.content.decode()
    assert f"Cette demande a déjà été traitée par {first.user.get_full_name()}" in html
    assert "Relisez-la avant de continuer." in html
    assert "Ma longue réponse" in html
    sent.refresh_from_db()
    assert sent.state == State.CLOSED
    assert sent.messages.filter(from_staff=True, sent_at__isnull=False).count() == 1
    company_writes(sent, employer.user)
    assert "Ma longue réponse" in second.get(page(sent)).content.decode()


@pytest.mark.fault("G3")
def test_an_answer_written_while_the_company_adds_a_message_is_held_back(employer, staff):
    client = staff()
    sent = make_request(employer.user, employer.member)
    seen = sent.version
    company_writes(sent, employer.user, "Oubliez ce que j’ai dit.")
    response = client.post(admin("answer", sent.pk, uuid4()), {"text": "Réponse", "version": seen, "do": "reply"})
    assert response.status_code == 409
    html = response.content.decode()
    assert "Oubliez ce que j’ai dit." in html
    assert f'name="version" value="{sent.version}"' in html


@pytest.mark.fault("G1")
def test_a_double_click_answers_once(employer, staff):
    client = staff()
    sent = make_request(employer.user, employer.member)
    key = uuid4()
    assert reply(client, sent, key=key).status_code == 302
    assert reply(client, sent, key=key).status_code == 409
    assert sent.messages.filter(from_staff=True).count() == 1


def test_a_ready_reply_is_filled_in_and_corrected_before_it_is_sent(employer, staff):
    client = staff()
    sent = make_request(employer.user, employer.member)
    ready = CannedReply.objects.create(title="Reçu", text="Bonjour {prénom}, {référence} pour {entreprise}.")
    other = CannedReply.objects.create(title="Pour d’autres", text="…", theme=make_theme("salaries"))
    html = client.get(page(sent)).content.decode()
    assert f'<option value="{ready.pk}">' in html
    assert f'<option value="{other.pk}">' not in html
    response = reply(client, sent, text="Déjà tapé.", insert="1", canned=ready.pk)
    html = response.content.decode()
    assert "Déjà tapé." in html
    assert f"Bonjour Claire, {sent.reference} pour {employer.member.establishment}." in html
    assert not sent.messages.filter(from_staff=True, sent_at__isnull=False).exists()
    assert "Déjà tapé." in reply(client, sent, text="Déjà tapé.", insert="1", canned=other.pk).content.decode()


@pytest.mark.fault("F2")
def test_what_fills_a_ready_reply_is_text(employer):
    employer.user.first_name = "{entreprise}{{7*7}}"
    employer.user.save()
    sent = make_request(employer.user, employer.member)
    ready = CannedReply(text="{prénom} {inconnu}")
    assert canned.filled(ready, sent) == "{entreprise}{{7*7}} {inconnu}"
    with pytest.raises(ValidationError, match="inconnu"):
        ready.clean()


@pytest.mark.fault("E1")
def test_a_refused_file_keeps_the_answer_of_staff(employer, staff):
    client = staff()
    sent = make_request(employer.user, employer.member)
    bad = SimpleUploadedFile("faux.pdf", b"rien", content_type="application/pdf")
    response = reply(client, sent, files=[pdf_file("bon.pdf"), bad])
    html = response.content.decode()
    assert response.status_code == 422
    for word in ("faux.pdf", "bon.pdf", "Bonjour, voici."):
        assert word in html
    upload = Upload.objects.get()
    key = sent.messages.get(from_staff=True).pk
    assert reply(client, sent, key=key, remove=str(upload.pk)).status_code == 200
    assert not Upload.objects.exists()


def test_a_note_stays_between_us(employer, staff):
    client = staff()
    sent = make_request(employer.user, employer.member)
    client.post(admin("note", sent.pk), {"note": "Client difficile"})
    assert "Client difficile" in client.get(page(sent)).content.decode()
    html = employer.client.get(reverse("space:request", args=[employer.member.pk, sent.pk])).content.decode()
    assert "Client difficile" not in html
    assert client.post(admin("note", sent.pk), {"note": ""}).status_code == 422


@pytest.mark.fault("A8", "A10")
def test_who_may_only_read_answers_nothing(employer, staff):
    reader = staff(reader=True)
    sent = make_request(employer.user, employer.member)
    html = reader.get(page(sent)).content.decode()
    assert "Le montant ne correspond pas" in html
    assert "Envoyer la réponse" not in html
    assert reply(reader, sent).status_code == 403
    assert reader.post(admin("assign", sent.pk), {"to": "moi", "version": 1}).status_code == 403
    assert reader.post(admin("note", sent.pk), {"note": "x"}).status_code == 403
    ticked = {"action": "assign_selected", "_selected_action": [sent.pk], "to": "moi"}
    reader.post(LIST, ticked)
    sent.refresh_from_db()
    assert sent.assigned_to is None
    assert not JournalEntry.objects.about(sent).filter(internal=True).exists()
    manager = staff()
    assert manager.post(page(sent)).status_code == 405
    for name in ("answer", "assign", "note"):
        args = [sent.pk, uuid4()] if name == "answer" else [sent.pk]
        assert manager.get(admin(name, *args)).status_code == 405
    assert employer.client.get(page(sent)).status_code == 403


@pytest.mark.fault("A5")
def test_a_draft_is_not_shown_in_the_back_office_and_a_colleagues_answer_neither(employer, staff):
    client, colleague = staff(), staff()
    sent = make_request(employer.user, employer.member)
    reply(colleague, sent, "", text="À relire", files=[pdf_file()])
    html = client.get(page(sent)).content.decode()
    assert "À relire" not in html
    upload = Upload.objects.get()
    assert client.get(admin("file", sent.pk, upload.pk)).status_code == 404
    assert colleague.get(admin("file", sent.pk, upload.pk)).status_code == 200
    MemberRequest.objects.filter(pk=sent.pk).update(state=State.DRAFT, reference=None, sent_at=None)
    assert shown(client.get(LIST, {"vue": "toutes"})) == []
    assert client.get(page(sent)).status_code == 302
