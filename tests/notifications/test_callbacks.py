"""« Demandez à être rappelé »."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from notifications.models import CallbackRequest, Message
from tests.factories import UserFactory, sign_in

pytestmark = pytest.mark.django_db
ANSWERS = {"name": "Claire Morel", "phone": "06 12 34 56 78", "slot": "morning", "topic": "Mon Kbis"}


@pytest.mark.req("B-25")
def test_a_request_is_kept_and_the_team_is_told(client: Client, settings, django_capture_on_commit_callbacks) -> None:
    answer = client.post(reverse("callback"), ANSWERS, follow=True)
    assert "C’est noté" in answer.content.decode()
    asked = CallbackRequest.objects.get()
    assert (asked.name, asked.phone, asked.slot, asked.done_at) == ("Claire Morel", "+33612345678", "morning", None)
    message = Message.objects.about(asked).get()
    assert message.to == settings.OPERATOR["email"]
    assert ["Téléphone", "06 12 34 56 78"] in message.content["facts"]


@pytest.mark.req("B-25")
@pytest.mark.fault("G1")
def test_the_same_request_twice_is_one(client: Client) -> None:
    for _ in range(2):
        assert client.post(reverse("callback"), ANSWERS).status_code == 302
    assert CallbackRequest.objects.count() == Message.objects.count() == 1


@pytest.mark.parametrize("phone", ["", "12", "pas un numéro", "0612345678\0"])
def test_a_wrong_number_is_explained_and_nothing_is_lost(client: Client, phone: str) -> None:
    answer = client.post(reverse("callback"), {**ANSWERS, "phone": phone})
    assert answer.status_code == 422
    assert "Claire Morel" in answer.content.decode()
    assert answer.context["form"].errors["phone"]
    assert not CallbackRequest.objects.exists()


def test_too_many_requests_from_one_place_are_refused(client: Client) -> None:
    codes = [client.post(reverse("callback"), {**ANSWERS, "phone": f"06123456{n:02d}"}).status_code for n in range(11)]
    assert codes == [302] * 10 + [429]


@pytest.mark.req("B-25")
def test_every_page_offers_it(client: Client) -> None:
    assert f'href="{reverse("callback")}"' in client.get(reverse("membership:start")).content.decode()


def test_staff_mark_a_call_as_made(client: Client) -> None:
    client.post(reverse("callback"), ANSWERS)
    asked = CallbackRequest.objects.get()
    manager = UserFactory(manager=True)
    sign_in(client, manager)
    page = reverse("admin:notifications_callbackrequest_changelist")
    client.post(page, {"action": "mark_done", "_selected_action": [str(asked.pk)]})
    asked.refresh_from_db()
    assert asked.done_by == manager
    assert asked.done_at is not None


def test_a_reader_sees_the_list_but_marks_nothing(client: Client) -> None:
    client.post(reverse("callback"), ANSWERS)
    asked = CallbackRequest.objects.get()
    sign_in(client, UserFactory(reader=True))
    page = reverse("admin:notifications_callbackrequest_changelist")
    assert "Claire Morel" in client.get(page).content.decode()
    client.post(page, {"action": "mark_done", "_selected_action": [str(asked.pk)]})
    asked.refresh_from_db()
    assert asked.done_at is None
