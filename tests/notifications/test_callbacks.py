"""« Demandez à être rappelé »."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

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


@pytest.mark.req("B-25")
def test_asked_again_the_row_takes_what_is_new_and_keeps_what_was_asked(client: Client, settings) -> None:
    client.post(reverse("callback"), ANSWERS)
    first = CallbackRequest.objects.get()
    again = {**ANSWERS, "phone": "+33 6 12 34 56 78", "slot": "afternoon", "topic": "Ma facture"}
    assert "C’est noté" in client.post(reverse("callback"), again, follow=True).content.decode()
    asked = CallbackRequest.objects.get()
    assert (asked.slot, asked.topic, asked.asked_at) == ("afternoon", "Ma facture", first.asked_at)
    assert asked.earlier.endswith("Claire Morel, le matin, « Mon Kbis »")
    told = Message.objects.about(asked).order_by("created_at").last()
    assert told.to == settings.OPERATOR["email"]
    assert "Ma facture" in str(told.content)
    assert "Mon Kbis" in str(told.content)
    sign_in(client, UserFactory(manager=True))
    text = client.get(reverse("admin:notifications_callbackrequest_changelist")).content.decode()
    assert "Ma facture" in text
    assert "Mon Kbis" in text


@pytest.mark.req("B-25")
def test_once_called_the_next_request_is_another(client: Client) -> None:
    client.post(reverse("callback"), ANSWERS)
    CallbackRequest.objects.update(done_at=timezone.now())
    client.post(reverse("callback"), {**ANSWERS, "topic": "Ma facture"})
    assert CallbackRequest.objects.filter(done_at=None).get().earlier == ""


@pytest.mark.fault("B11")
def test_however_often_strangers_change_a_request_it_stays_small(client: Client) -> None:
    """From as many addresses as they like: one row, one more mail that day, the last requests only."""
    client.post(reverse("callback"), ANSWERS)
    for number in range(12):
        typed = {**ANSWERS, "topic": f"Sujet {number}"}
        assert client.post(reverse("callback"), typed, REMOTE_ADDR=f"192.0.2.{number}").status_code == 302
    asked = CallbackRequest.objects.get()
    assert asked.topic == "Sujet 11"
    kept = [line.split("« ")[1] for line in asked.earlier.splitlines()]
    assert kept == [f"Sujet {number} »" for number in (10, 9, 8, 7, 6)]
    assert Message.objects.count() == 2


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
