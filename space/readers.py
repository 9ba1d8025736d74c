"""Who reads what the team answers to a company: whoever asked, as long as he may come."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from accounts.models import User
from membership.models import Access


def readers(member: UUID, asked: Any) -> list[User]:
    """Of the accounts `asked`, those that may still see the company; else those who manage its space."""
    accesses = Access.objects.alive().filter(member=member, user__is_active=True)
    people = User.objects.filter(pk__in=accesses.filter(user__in=asked).values("user"))
    return list(people) or list(User.objects.filter(pk__in=accesses.filter(manages=True).values("user")))
