"""Accounts and groups in the back office: nobody gets there what a superuser did not give him."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission
from django.urls import reverse

from accounts.activation import ACTIVATION
from accounts.models import User
from accounts.passwords import RESET
from core.models import AccessLink
from notifications.models import Message
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.req("D-02")
def test_a_new_account_gets_a_link_and_no_password(login):
    client = login(superuser=True)
    data = {"email": "Nouvelle@Guichet.example", "first_name": "Lea", "last_name": "Roy", "is_staff": "on"}
    assert client.post(reverse("admin:accounts_user_add"), data).status_code == 302
    user = User.objects.get(email="nouvelle@guichet.example")
    assert not user.has_usable_password()
    mail = Message.objects.about(user).get()
    assert (mail.to, mail.is_private) == (user.email, True)
    twice = client.post(reverse("admin:accounts_user_add"), {**data, "email": "NOUVELLE@guichet.example"})
    assert twice.status_code == 200
    assert User.objects.filter(email__iexact=user.email).count() == 1


@pytest.mark.fault("A6")
def test_who_edits_accounts_does_not_give_himself_rights(login):
    client = login(is_staff=True)
    client.user.user_permissions.set(Permission.objects.filter(codename__in=["view_user", "change_user"]))
    employer = UserFactory()
    address = reverse("admin:accounts_user_change", args=[employer.pk])
    data = {"email": "corrigee@morel.example", "is_superuser": "on", "is_staff": "on", "is_active": "on", "groups": []}
    assert client.post(address, data).status_code == 302
    employer.refresh_from_db()
    assert (employer.email, employer.is_staff, employer.is_superuser) == ("corrigee@morel.example", False, False)


@pytest.mark.fault("A6", "B13")
@pytest.mark.parametrize("whose", ["himself", "superuser", "manager"])
def test_who_edits_accounts_takes_over_none_of_the_team(login, whose):
    """Another address, no second factor and a link: the account would be his, with all its rights."""
    client = login(is_staff=True)
    rights = ["view_user", "change_user", "view_group", "add_group", "change_group", "delete_group"]
    client.user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    one = client.user if whose == "himself" else UserFactory(**{whose: True}, phone="+33612345678")
    before = (one.email, one.phone)
    page = reverse("admin:accounts_user_change", args=[one.pk])
    assert client.post(page, {"email": "x@y.example"}).status_code == 403
    assert client.get(page).status_code == 200
    for action in ("send_link", "reset_factor"):
        client.post(reverse("admin:accounts_user_changelist"), {"action": action, "_selected_action": [one.pk]})
    one.refresh_from_db()
    assert (one.email, one.phone) == before
    assert not Message.objects.about(one).exists()


@pytest.mark.req("D-02")
@pytest.mark.fault("B12")
def test_a_link_that_replaces_a_password_lives_five_minutes(login):
    client = login(superuser=True)
    known, new = UserFactory(), User.objects.create_user("nouvelle@guichet.example")
    data = {"action": "send_link", "_selected_action": [known.pk, new.pk]}
    page = client.post(reverse("admin:accounts_user_changelist"), data, follow=True).content.decode()
    for user, purpose, life, told in (
        (known, RESET, 5 * 60, "cinq minutes"),
        (new, ACTIVATION, 14 * 86400, "quatorze"),
    ):
        link = AccessLink.objects.about(user).get()
        assert (link.purpose, (link.expires_at - link.created_at).total_seconds()) == (purpose, life)
        assert Message.objects.about(user).get().is_private
        assert f"Un lien valable {told}" in page


@pytest.mark.fault("A6", "A8")
def test_only_a_superuser_says_what_a_group_may_do(login):
    client, group = login(is_staff=True), Group.objects.create(name="Essai")
    rights = ["view_group", "add_group", "change_group", "delete_group"]
    client.user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    pages = [
        reverse("admin:auth_group_add"),
        reverse("admin:auth_group_change", args=[group.pk]),
        reverse("admin:auth_group_delete", args=[group.pk]),
    ]
    assert [client.post(page, {"name": "Autre", "post": "yes"}).status_code for page in pages] == [403] * 3
    boss = login(superuser=True)
    assert [boss.post(page, {"name": "Autre", "post": "yes"}).status_code for page in reversed(pages)] == [302] * 3


@pytest.mark.fault("A8", "H4")
def test_no_list_is_searched_by_a_secret_letter_after_letter(login):
    """A filter of the address bar that fits tells one letter of a column that no page shows."""
    boss = login(superuser=True)
    start = boss.user.password[:8]
    for lookup in ("password__startswith", "password", "password__regex"):
        for list_of in ("changelist", "export"):
            args = ["csv"] if list_of == "export" else []
            address = reverse(f"admin:accounts_user_{list_of}", args=args)
            assert boss.get(address, {lookup: start}).status_code == 400, (lookup, list_of)
    assert boss.get(reverse("admin:space_attestation_changelist"), {"code__startswith": "A"}).status_code == 400
    assert boss.get(reverse("admin:accounts_user_changelist"), {"is_staff__exact": "1"}).status_code == 200
