"""The outbox in the back office."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from accounts.models import User
from core import deadlines
from core.journal import Actor
from core.models import JournalEntry
from notifications import sender
from notifications.mail import Sms
from notifications.models import Message
from notifications.outbox import set_aside, withdraw
from tests.factories import sign_in
from tests.harness.processes import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.req("B-24")]
LIST = "admin:notifications_message_changelist"


def staff(*permissions: str) -> User:
    user = User.objects.create_user("lea.petit@guichet.example", is_staff=True, first_name="Léa", last_name="Petit")
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return user


def page_of(message: Message) -> str:
    return reverse("admin:notifications_message_change", args=[message.pk])


def resend_url(message: Message) -> str:
    return reverse("admin:notifications_message_resend", args=[message.pk])


@pytest.fixture
def failed(post, smtp, bordereau) -> Message:
    smtp.answer("550 5.1.1 <script>No such user</script>", to="perdu@exemple.fr")
    message = post(
        "perdu@exemple.fr",
        paragraphs=["Bonjour <b>Morel</b> {{7*7}}"],
        button=("Ouvrir mon dossier", "https://guichet.example/l/tres-secret"),
        private_button=True,
        attachments=[bordereau("PA-1")],
    )
    sender.drain()
    return message


@pytest.mark.fault("G6")
def test_failures_are_found_by_state_address_and_subject(client, failed, post):
    post("autre@exemple.fr")
    sender.drain()
    sign_in(client, staff("view_message"))
    for query in ({"state__exact": "failed"}, {"q": "perdu@"}):
        page = client.get(reverse(LIST), query).content.decode()
        assert "perdu@exemple.fr" in page
        assert "Échec définitif" in page
        assert "autre@exemple.fr" not in page


@pytest.mark.fault("F2", "H4")
def test_the_detail_shows_what_was_written_but_no_personal_link(client, failed):
    sign_in(client, staff("view_message"))
    page = client.get(page_of(failed)).content.decode()
    assert "Bonjour &lt;b&gt;Morel&lt;/b&gt; {{7*7}}" in page
    assert "550 : 5.1.1 &lt;script&gt;" in page
    assert "PA-1.pdf" in page
    assert "Ouvrir mon dossier" in page
    assert "tres-secret" not in page
    assert 'name="to"' not in page  # nothing can be edited
    assert "Envoyer à nouveau" not in page  # who may only look gets no button


@pytest.mark.fault("H4")
def test_a_code_is_not_shown(client, post):
    message = post(Sms("0612345678", "Votre code est 481516", private=True), key="k")
    sign_in(client, staff("view_message"))
    assert "481516" not in client.get(page_of(message)).content.decode()


def test_the_button_sends_again_and_comes_back(client, failed, smtp):
    sign_in(client, staff("change_message"))
    assert "Envoyer à nouveau" in client.get(page_of(failed)).content.decode()
    page = client.post(resend_url(failed), follow=True).content.decode()
    assert "repart vers perdu@exemple.fr" in page
    sender.drain()
    assert len(smtp.to("perdu@exemple.fr")) == 1
    page = client.post(resend_url(failed), follow=True).content.decode()
    assert "effacé après l’envoi" in page  # its link was wiped meanwhile


@pytest.mark.fault("H4")
def test_the_link_of_a_mail_that_never_left_is_kept_while_staff_may_send_it_again_and_no_longer(client, failed):
    def wiped(days: int) -> int:
        return deadlines.run_one("secret-wipe", failed.created_at + timedelta(days=days))

    assert wiped(8) == 0
    failed.refresh_from_db()
    assert failed.secret
    assert [wiped(10), wiped(10)] == [1, 0]
    failed.refresh_from_db()
    assert (failed.state, failed.secret) == ("failed", None)
    sign_in(client, staff("change_message"))
    page = client.post(resend_url(failed), follow=True).content.decode()
    assert "une semaine après son échec" in page
    assert "Envoyez un nouveau lien depuis le dossier" in page
    assert Message.objects.get().state == "failed"


@pytest.mark.fault("G5")
@pytest.mark.timeout(30, func_only=True)  # a publish without time-outs of its own is frozen for longer
def test_a_broker_that_hangs_holds_no_page_up(client, failed, broker_at, broken_tcp):
    broker = broken_tcp("hang")
    broker_at(f"redis://127.0.0.1:{broker.port}")
    sign_in(client, staff("change_message"))
    assert client.post(resend_url(failed)).status_code == 302
    wait_until(lambda: broker.connections == 1)  # one try, cut short (notifications.wake)
    failed.refresh_from_db()
    assert failed.state == Message.State.QUEUED


def test_the_action_sends_several_again(client, post, smtp):
    smtp.answer("550 No", "550 No")
    messages = [post(f"a{number}@exemple.fr") for number in range(2)]
    sender.drain()
    sign_in(client, staff("change_message"))
    form = {"action": "resend_selected", "_selected_action": [message.pk for message in messages]}
    client.post(reverse(LIST), form)
    sender.drain()
    assert len(smtp.messages) == 2


@pytest.mark.fault("A8", "A10")
def test_sending_again_needs_the_permission_and_a_post(client, failed, smtp):
    sign_in(client, staff("view_message"))
    assert client.post(resend_url(failed)).status_code == 403
    form = {"action": "resend_selected", "_selected_action": [failed.pk]}
    client.post(reverse(LIST), form)
    sign_in(client, User.objects.create_superuser("chef@guichet.example"))
    assert client.get(resend_url(failed)).status_code == 405
    failed.refresh_from_db()
    assert failed.state == Message.State.FAILED


@pytest.mark.fault("A8")
def test_nobody_adds_changes_or_deletes_a_message(client, failed):
    sign_in(client, User.objects.create_superuser("chef@guichet.example"))
    assert client.get(reverse("admin:notifications_message_add")).status_code == 403
    assert client.post(page_of(failed), {"to": "x@exemple.fr"}).status_code == 403
    assert client.post(reverse("admin:notifications_message_delete", args=[failed.pk])).status_code == 403
    failed.refresh_from_db()
    assert failed.to == "perdu@exemple.fr"


def test_the_list_costs_the_same_however_long(client, post, django_assert_max_num_queries):
    for number in range(30):
        post(f"a{number}@exemple.fr")
    sign_in(client, User.objects.create_superuser("chef@guichet.example"))
    client.get(reverse(LIST))
    with django_assert_max_num_queries(10):
        assert client.get(reverse(LIST)).content.count(b"@exemple.fr") >= 30


HOME = reverse("admin:index")
TOLD = "1 message n’a pas pu être remis"
LEFT = "?state__exact=failed&amp;handled_at__isempty=1"


@pytest.mark.fault("G6")
def test_a_message_refused_for_good_is_told_on_the_home_page_until_it_leaves(client, failed, smtp):
    sign_in(client, staff("change_message"))
    home = client.get(HOME).content.decode()
    assert TOLD in home
    assert reverse(LIST) + LEFT in home
    client.post(resend_url(failed))
    assert TOLD not in client.get(HOME).content.decode()
    smtp.answer("550 No", to="perdu@exemple.fr")
    sender.drain()
    assert TOLD in client.get(HOME).content.decode()


@pytest.mark.fault("G6")
def test_a_failure_dealt_with_otherwise_is_set_aside_once(client, failed, dossier):
    user = staff("change_message")
    sign_in(client, user)
    address = reverse("admin:notifications_message_set_aside", args=[failed.pk])
    assert "Classer : plus rien à faire" in client.get(page_of(failed)).content.decode()
    answer = client.post(address, follow=True)
    assert "1 échec d’envoi classé" in answer.content.decode()
    assert "perdu@exemple.fr" not in answer.content.decode()
    assert TOLD not in client.get(HOME).content.decode()
    failed.refresh_from_db()
    assert (failed.state, failed.handled_by) == (Message.State.FAILED, user)
    assert failed.handled_at
    form = {"action": "set_aside_selected", "_selected_action": [failed.pk]}
    assert "0 échec d’envoi classé" in client.post(reverse(LIST), form, follow=True).content.decode()
    entry = JournalEntry.objects.about(dossier).get()
    assert (entry.message, entry.actor_name) == (f"Échec d’envoi classé : {failed}", "Léa Petit")
    client.post(resend_url(failed))  # somebody thinks better of it
    failed.refresh_from_db()
    assert (failed.state, failed.handled_at, failed.handled_by) == (Message.State.QUEUED, None, None)


@pytest.mark.fault("A8", "A10")
def test_setting_aside_needs_the_permission_and_a_post(client, failed):
    sign_in(client, staff("view_message"))
    address = reverse("admin:notifications_message_set_aside", args=[failed.pk])
    assert TOLD not in client.get(HOME).content.decode()
    assert client.post(address).status_code == 403
    client.post(reverse(LIST), {"action": "set_aside_selected", "_selected_action": [failed.pk]})
    sign_in(client, User.objects.create_superuser("chef@guichet.example"))
    assert client.get(address).status_code == 405
    failed.refresh_from_db()
    assert failed.needs_somebody


def test_what_was_sent_or_given_up_on_purpose_is_no_failure(client, post, smtp):
    sent, code = post("a@exemple.fr"), post(Sms("0612345678", "Votre code est 481516", private=True), key="code")
    withdraw("code")
    sender.drain()
    sign_in(client, staff("change_message"))
    assert "pu être remis" not in client.get(HOME).content.decode()
    assert not set_aside(sent, Actor("Léa Petit"))
    code.refresh_from_db()
    assert not code.needs_somebody
