"""Who answers for a member where his money is concerned: what `billing.addressees` asks."""

from __future__ import annotations

from uuid import UUID

from django.db import models

from membership.models import Access


def answering(member: UUID) -> list[str]:
    """The addresses of those who may pay or sign for the company today."""
    return _addresses(Access.objects.answering().filter(member=member))


def to_tell(member: UUID, signer: models.Model | None) -> list[str]:
    """Those who manage the space of the company for good, unless the signer is one of them: he decided for himself."""
    managing = Access.objects.lasting_managers().filter(member=member)
    if signer is not None and managing.filter(user=signer.pk).exists():
        return []
    return _addresses(managing)


def _addresses(found: models.QuerySet[Access]) -> list[str]:
    return list(found.order_by("created_at", "pk").values_list("user__email", flat=True))
