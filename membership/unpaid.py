"""Past memberships of a company and what they left unpaid (M-10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Concat, Substr

from billing.models import Invoice
from core.dates import today
from membership.models import Application, Member, UnpaidInvoice
from membership.states import Queue, State

SIREN = 9  # digits


@dataclass(frozen=True)
class Unpaid:
    """An invoice of a member that nobody has paid, whether we issued it or the accounting system told of it."""

    member: Member
    number: str
    due_on: date
    amount: Decimal


def past_members(dossier: Application) -> list[Member]:
    """Members, present or past, of the same company (same SIREN)."""
    if not dossier.siret:
        return []
    members = Member.objects.filter(siret__startswith=dossier.siret[:SIREN]).exclude(
        establishment=dossier.establishment_id
    )
    return list(members.select_related("establishment").order_by("-joined_on"))


def unpaid_invoices(dossier: Application) -> list[Unpaid]:
    """Invoices of those members that nobody has paid."""
    if not dossier.siret:
        return []
    return unpaid_of(list(Member.objects.filter(siret__startswith=dossier.siret[:SIREN])))


def unpaid_of(members: Sequence[Member]) -> list[Unpaid]:
    """What these members have not paid, the oldest first. What we invoiced counts once it is overdue."""
    by_key = {member.pk: member for member in members}
    if not by_key:
        return []
    told = UnpaidInvoice.objects.filter(member__in=by_key, paid_on=None)
    found = [Unpaid(by_key[one.member_id], one.number, one.due_on, one.amount) for one in told]
    ours = _overdue(today()).filter(subject_id__in=by_key)
    found += [Unpaid(by_key[one.subject_id], one.number, one.due_on, one.left) for one in ours]
    return sorted(found, key=lambda one: (one.due_on, one.number))


def how_many() -> Combinable:
    """How many invoices a member has not paid, by the rule of `unpaid_of`: for a queryset of members."""
    told = UnpaidInvoice.objects.filter(member=OuterRef("pk"), paid_on=None)
    ours = _overdue(today()).filter(subject_id=OuterRef("pk"))
    return _count(told, "member") + _count(ours, "subject_id")


def _count(found: QuerySet[Any], key: str) -> Combinable:
    return Coalesce(Subquery(found.order_by().values(key).annotate(n=Count("pk")).values("n")), 0)


def settled_meanwhile(moment: datetime) -> QuerySet[Application]:
    """Dossiers on hold that nothing holds any more: the last of their invoices was paid."""
    told = UnpaidInvoice.objects.filter(paid_on=None, **_of_company("member__siret", OuterRef("siret")))
    members = Member.objects.filter(**_of_company("siret", OuterRef(OuterRef("siret"))))
    ours = _overdue(today(moment)).filter(subject_id__in=members.values("pk"))
    held = Application.objects.filter(state=State.UNPAID, queue=Queue.COMPANY)
    return held.filter(~Exists(told), ~Exists(ours))


def _of_company(column: str, siret: OuterRef) -> dict[str, Any]:
    """Conditions: `column` has the SIREN of `siret`. As a range, which the index of the column serves for each row."""
    siren = Substr(siret, 1, SIREN)
    return {f"{column}__gte": siren, f"{column}__lt": Concat(siren, Value("A"))}  # a letter comes after all digits


def _overdue(day: date) -> QuerySet[Invoice]:
    return Invoice.objects.unsettled().filter(subject_type=Member._meta.label_lower, due_on__lt=day)
