"""Two people, two windows, two clicks at the same moment; and drafts that nobody comes back to."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from core import deadlines
from core.journal import Actor
from core.transitions import AlreadyDone
from documents import uploads
from documents.models import Upload
from notifications.models import Message
from space import requests
from space.models import MemberRequest, RequestMessage
from space.models.requests import DRAFT_DAYS
from space.request_states import State
from tests.core.threads import at_once
from tests.factories import UserFactory, pdf_file
from tests.factories_requests import make_draft, make_employer, make_request, make_theme

pytestmark = pytest.mark.django_db(transaction=True)
BY = Actor.person("Claire Morel")


@pytest.mark.fault("G2", "G1")
def test_of_eight_who_send_one_draft_one_wins():
    user, member = make_employer()
    draft = make_draft(user, member)
    results = at_once(8, lambda _: requests.send(MemberRequest.objects.get(pk=draft.request_id), by=BY))
    assert sum(isinstance(result, requests.AlreadySent) for result in results) == 7
    sent = MemberRequest.objects.get()
    assert sent.reference.endswith("-000001")
    assert Message.objects.count() == 2


@pytest.mark.fault("G1")
def test_of_eight_first_clicks_on_one_page_one_draft_is_made():
    user, member = make_employer()
    theme, key = make_theme(), uuid4()

    def keep(number: int) -> RequestMessage:
        return requests.keep_draft(
            key, member, author=user, by=BY, theme=theme, subject=f"Objet {number}", text=f"Texte {number}"
        )

    results = at_once(8, keep)
    assert all(isinstance(result, RequestMessage) for result in results)
    assert MemberRequest.objects.count() == RequestMessage.objects.count() == 1


@pytest.mark.fault("G3")
def test_of_two_clerks_who_answer_at_once_one_is_told():
    user, member = make_employer()
    sent = make_request(user, member)
    clerks = [UserFactory(manager=True, first_name=name) for name in ("Nadia", "Marc")]
    drafts = [
        requests.draft_answer(sent, uuid4(), author=clerk, by=Actor.staff(clerk), text="Réponse", from_staff=True)
        for clerk in clerks
    ]

    def act(number: int) -> MemberRequest:
        verb = (requests.close, requests.ask)[number]
        message = RequestMessage.objects.select_related("request").get(pk=drafts[number].pk)
        return verb(message, by=Actor.staff(clerks[number]), seen=sent.version)

    results = at_once(2, act)
    told = [result for result in results if isinstance(result, AlreadyDone)]
    assert len(told) == 1
    winner = clerks[1 - results.index(told[0])]
    assert winner.get_full_name() in str(told[0])
    assert RequestMessage.objects.filter(from_staff=True, sent_at__isnull=False).count() == 1
    assert Message.objects.filter(dedupe_key__startswith="request-answer").count() == 1


@pytest.mark.fault("G3")
def test_a_cancellation_and_a_closing_at_once_end_in_one_state():
    user, member = make_employer()
    sent = make_request(user, member)
    clerk = UserFactory(manager=True)
    draft = requests.draft_answer(
        sent, uuid4(), author=clerk, by=Actor.staff(clerk), text="C’est fait", from_staff=True
    )

    def act(number: int) -> MemberRequest:
        if number:
            return requests.cancel(MemberRequest.objects.get(pk=sent.pk), by=BY)
        return requests.close(draft, by=Actor.staff(clerk), seen=sent.version)

    results = at_once(2, act)
    assert sum(isinstance(result, AlreadyDone) for result in results) == 1
    sent.refresh_from_db()
    assert sent.state in (State.CLOSED, State.CANCELLED)
    assert RequestMessage.objects.filter(from_staff=True, sent_at__isnull=False).count() == (
        1 if sent.state == State.CLOSED else 0
    )


def test_a_draft_nobody_comes_back_to_goes_with_its_files(media):
    user, member = make_employer()
    old, recent = make_draft(user, member), make_draft(user, member)
    sent = make_request(user, member)
    uploads.accept(old, "request", pdf_file())
    long_ago = timezone.now() - timedelta(days=DRAFT_DAYS)
    MemberRequest.objects.filter(pk__in=[old.request_id, sent.pk]).update(last_at=long_ago)
    assert deadlines.run(timezone.now())["request-drafts"] == 1
    assert set(MemberRequest.objects.values_list("pk", flat=True)) == {recent.request_id, sent.pk}
    assert not Upload.objects.exists()
    assert not list(media.rglob("*.pdf"))
