"""Rows of the member's space: a company with all that its pages show, and people who may come into it."""

from __future__ import annotations

from typing import Any

from django.test import Client

from accounts.models import User
from membership.models import RIGHTS, Access, Address, Member
from tests.factories import (
    AddressFactory,
    ContactFactory,
    MemberFactory,
    UserFactory,
    give_access,
    make_operator,
    sign_in,
)


def make_member(**columns: Any) -> Member:
    """A present member with its medical team, a head to write to and its three addresses."""
    operator = make_operator()
    columns = {"left_on": None, "centre": operator.centres[0], "doctor": operator.doctors[0], **columns}
    member = MemberFactory(**columns)
    ContactFactory(establishment=member.establishment)
    for kind in Address.Kind:
        AddressFactory(establishment=member.establishment, kind=kind)
    return member


def make_manager(member: Member, **columns: Any) -> User:
    """Somebody who manages the company's space and has his password."""
    user = UserFactory(**columns)
    give_access(user, member, *RIGHTS)
    return user


def browser(user: User | None = None) -> Client:
    """A browser, logged in as `user`."""
    client = Client()
    if user is not None:
        sign_in(client, user)
    return client


def access_of(user: User, member: Member) -> Access:
    """The living access of somebody on a company."""
    return Access.objects.alive().get(user=user, member=member)
