"""Who answers for a member where his money is concerned: what `billing.addressees` asks."""

from __future__ import annotations

from uuid import UUID

from django.db import models
from django.db.models import Q

from accounts.models import normalise_email
from membership.models import Access, Establishment


def answering(member: UUID) -> list[str]:
    """The addresses of those who may pay or sign for the company today."""
    return _addresses(Access.objects.answering().filter(member=member))


def to_tell(member: UUID, signer: models.Model | None) -> list[str]:
    """Those who manage the space of the company for good, unless the signer is one of them: he decided for himself."""
    managing = Access.objects.lasting_managers().filter(member=member)
    if signer is not None and managing.filter(user=signer.pk).exists():
        return []
    return _addresses(managing)


def billed(member: UUID, address: str) -> list[str]:
    """Whom to write to about an invoice that was sent to `address`: that one, unless who logs in with it may not pay
    or sign for the company any more; then those who may, else the company's own address."""
    if not has_left(member, address):
        return [address]
    sites = Establishment.objects.filter(member=member).exclude(email="")
    return answering(member) or list(sites.values_list("email", flat=True))


def has_left(member: UUID, address: str) -> bool:
    """Whether it is the address of an account that had a right on the company, and may not pay or sign for it today.
    Of an account that was never given any, nothing was taken back."""
    theirs = Access.objects.filter(member=member, user__email=normalise_email(address))
    may = Q(manages=True) | Q(declares=True)
    return theirs.exists() and not theirs.alive().filter(may, user__is_active=True).exists()


def _addresses(found: models.QuerySet[Access]) -> list[str]:
    return list(found.order_by("created_at", "pk").values_list("user__email", flat=True))
