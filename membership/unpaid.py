"""Past memberships of a company and what they left unpaid (M-10)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, DateField, DecimalField, Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Concat, Substr

from billing import collections
from billing.amounts import NOTHING, balance
from billing.models import Invoice
from core.dates import french_date, today
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
    debited_on: date | None = None  # the day of the debit under way: nothing to do but wait

    @property
    def since(self) -> str:
        """« échue le 12 janvier 2027 », or when it will be debited: it is not late then."""
        if self.debited_on is None:
            return f"échue le {french_date(self.due_on)}"
        words = "sera prélevée le" if self.debited_on >= today() else "prélèvement en cours, présenté le"
        return f"{words} {french_date(self.debited_on)}"


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
    """What these members have not paid, the oldest first, in one query. What we invoiced counts once it is overdue."""
    by_key = {member.pk: member for member in members}
    if not by_key:
        return []
    nothing, never = Value(NOTHING, output_field=DecimalField()), Value(None, output_field=DateField())
    told = UnpaidInvoice.objects.filter(member__in=by_key, paid_on=None).order_by()
    ours = collections.with_debit_day(_overdue(today()).filter(subject_id__in=by_key)).order_by()
    rows = ours.values_list("subject_id", "number", "due_on", "total", "paid", "credited", "debited_on").union(
        told.values_list("member_id", "number", "due_on", "amount", nothing, nothing, never), all=True
    )
    found = [
        Unpaid(by_key[key], number, due_on, balance(total, paid, credited), debited_on)
        for key, number, due_on, total, paid, credited, debited_on in rows
    ]
    return sorted(found, key=lambda one: (one.due_on, one.number))


def to_pay(invoices: Iterable[Unpaid]) -> list[Unpaid]:
    """Those that somebody has to pay: no debit of them is under way, which would take the amount a second time."""
    return [one for one in invoices if one.debited_on is None]


def overdue_of(member: Member) -> list[Unpaid]:
    """What of it was due before today."""
    return [one for one in unpaid_of([member]) if one.due_on < today()]


def how_many() -> Combinable:
    """How many invoices a member has not paid, by the rule of `unpaid_of`: for a queryset of members."""
    told = UnpaidInvoice.objects.filter(member=OuterRef("pk"), paid_on=None)
    ours = _overdue(today()).filter(subject_id=OuterRef("pk"))
    return _count(told, "member") + _count(ours, "subject_id")


def _count(found: QuerySet[Any], key: str) -> Combinable:
    return Coalesce(Subquery(found.order_by().values(key).annotate(n=Count("pk")).values("n")), 0)


def settled_meanwhile(moment: datetime) -> QuerySet[Application]:
    """Dossiers on hold that nothing holds any more: the last of their invoices was paid."""
    held = Application.objects.filter(state=State.UNPAID, queue=Queue.COMPANY)
    return held.filter(~_told_of(), ~_among(_overdue(today(moment))))


def nothing_to_do(moment: datetime) -> Q:
    """Dossiers on hold whose company has but to wait: what holds them is paid, or being debited."""
    late = _overdue(today(moment)).exclude(collections.being_debited())
    return Q(state=State.UNPAID) & ~_told_of() & ~_among(late)


def _told_of() -> Exists:
    """Whether the accounting system told of an unpaid invoice of the dossier's company."""
    return Exists(UnpaidInvoice.objects.filter(paid_on=None, **_of_company("member__siret", OuterRef("siret"))))


def _among(invoices: QuerySet[Invoice]) -> Exists:
    """Whether one of these is of the dossier's company."""
    members = Member.objects.filter(**_of_company("siret", OuterRef(OuterRef("siret"))))
    return Exists(invoices.filter(subject_id__in=members.values("pk")))


def _of_company(column: str, siret: OuterRef) -> dict[str, Any]:
    """Conditions: `column` has the SIREN of `siret`. As a range, which the index of the column serves for each row."""
    siren = Substr(siret, 1, SIREN)
    return {f"{column}__gte": siren, f"{column}__lt": Concat(siren, Value("A"))}  # a letter comes after all digits


def _overdue(day: date) -> QuerySet[Invoice]:
    return Invoice.objects.unsettled().filter(subject_type=Member._meta.label_lower, due_on__lt=day)
