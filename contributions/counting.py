"""Who counts in a declaration: the member's own list as it stood on 1 January (C-04, D-21), against last year's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import CharField, Count, F, FilteredRelation, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from contributions.models import Declaration, DeclaredEmployee
from core.models import PendingRow
from core.transitions import lock
from membership.models import EarlierStay, Employee, Establishment, Member
from membership.models.establishment import EmployeeQuerySet, was_there

PENDING_KIND = "employees"  # of the rows of an import that are still to correct
NAMED = 100  # people whom a correction changes
UNUSUAL = 30  # per cent more or fewer employees than last year: a question, never a refusal
MANY = 3  # employees more or fewer, from which the question has a title that alarms


def lock_with_list(declaration: Declaration) -> Declaration:
    """Read the declaration again and keep it, and the list that it counts, as they are until the transaction ends.

    The establishment first: each change of the list holds it (membership/employees.py) and then notes on the
    declaration that it was worked on. In the other order the two would wait for each other.
    """
    lock(Establishment(pk=declaration.member.establishment_id))
    return lock(declaration)


def everybody(declaration: Declaration) -> EmployeeQuerySet:
    """The whole list of the member, who left and who came later with it."""
    return Employee.objects.filter(establishment=declaration.member.establishment_id)


def people(declaration: Declaration) -> EmployeeQuerySet:
    """The employees there on 1 January, whatever became of them since."""
    return everybody(declaration).present(declaration.campaign.reference_day)


def counts_in(declaration: Declaration, employee: UUID) -> bool:
    """Whether somebody of the list was there on 1 January."""
    return people(declaration).filter(pk=employee).exists()


def arrived_since(declaration: Declaration) -> QuerySet[Employee]:
    """Those hired after 1 January, and not again: they do not count this year, and the page says so."""
    day = declaration.campaign.reference_day
    return everybody(declaration).filter(~was_there(day), hired_on__gt=day)


def gone_before(declaration: Declaration) -> QuerySet[Employee]:
    """Those who had left by 1 January, and whom a mistake may have put there."""
    return everybody(declaration).filter(left_on__lt=declaration.campaign.reference_day)


def earlier_stays(declaration: Declaration) -> QuerySet[EarlierStay]:
    """The stays by which those count who left after 1 January and were hired again since."""
    site = declaration.member.establishment_id
    return EarlierStay.objects.on(declaration.campaign.reference_day).filter(employee__establishment=site)


def with_return(rows: QuerySet[Employee], declaration: Declaration) -> QuerySet[Employee]:
    """Each with `there_until`: the last day of the stay by which he counts, where he was hired again since."""
    return rows.annotate(there_until=_there_until(declaration.campaign.reference_day))


@lru_cache(maxsize=64)
def _there_until(day: date) -> Subquery:
    return Subquery(EarlierStay.objects.on(day).filter(employee=OuterRef("pk")).values("left_on")[:1])


def pending(declaration: Declaration) -> QuerySet[PendingRow]:
    """Rows of an import into this declaration that are still to correct."""
    return PendingRow.objects.about(declaration).filter(kind=PENDING_KIND)


def with_left_over(rows: QuerySet[Declaration]) -> QuerySet[Declaration]:
    """Each with what `left_over` says, so that it needs no query of its own."""
    theirs = PendingRow.objects.filter(
        kind=PENDING_KIND, subject_type=Member._meta.label_lower, subject_id=OuterRef("member_id")
    )
    count = theirs.order_by().values("kind").annotate(count=Count("pk")).values("count")
    return rows.annotate(rows_left_over=Coalesce(Subquery(count), 0))


def left_over(declaration: Declaration) -> int:
    """How many rows of an import into « Mes salariés » are still to correct: people the declaration may lack.

    Counted once a page.
    """
    if "rows_left_over" not in declaration.__dict__:
        rows = PendingRow.objects.about(declaration.member).filter(kind=PENDING_KIND)
        declaration.__dict__["rows_left_over"] = rows.count()
    found: int = declaration.__dict__["rows_left_over"]
    return found


def with_last(rows: QuerySet[Employee], last: Declaration | None) -> QuerySet[Employee]:
    """Each with `was`: the category declared last year, "" for who is new, None when there was no last year.

    A join, for thousands of rows are counted by it: a subquery for each of them took five times as long.
    """
    if last is None:
        return rows.annotate(was=Value(None, output_field=CharField()))
    before = FilteredRelation("declared", condition=Q(declared__declaration=last))
    return rows.annotate(before=before, was=Coalesce("before__monitoring", Value("")))


NEW, MOVED = Q(was=""), ~Q(was="") & ~Q(monitoring=F("was"))
SAME = Q(monitoring=F("was"))


@dataclass(frozen=True)
class Changes:
    """What changed since last year's declaration."""

    now: int
    before: int
    new: int
    moved: int
    gone: int

    @property
    def any(self) -> bool:
        return bool(self.new or self.moved or self.gone)

    @property
    def percent(self) -> int:
        """By how much the headcount moved, rounded to the nearest whole number."""
        return round(100 * (self.now - self.before) / self.before) if self.before else 0

    @property
    def unusual(self) -> bool:
        return self.before > 0 and abs(self.now - self.before) * 100 > UNUSUAL * self.before

    @property
    def few(self) -> bool:
        """Among three employees, one more is +33 %: still told, for the bound is of per cent, but in a lower voice."""
        return abs(self.now - self.before) < MANY


def gone(declaration: Declaration, last: Declaration) -> QuerySet[DeclaredEmployee]:
    """Declared last year, and not on this year's list. Told by the few who are not there on 1 January, whom indexes
    find, rather than by looking for each of those declared."""
    day = declaration.campaign.reference_day
    not_now = gone_before(declaration) | everybody(declaration).filter(hired_on__gt=day)
    missing = Q(employee__in=not_now.order_by().values("pk")) & Q(~was_there(day, "employee")) | Q(employee=None)
    return DeclaredEmployee.objects.filter(missing, declaration=last)


def changes(declaration: Declaration) -> Changes | None:
    """None in the first year, when there is nothing to compare with. Worked out once a page."""
    if "changes" not in declaration.__dict__:
        declaration.__dict__["changes"] = _changes(declaration, declaration.last_year)
    found: Changes | None = declaration.__dict__["changes"]
    return found


def _changes(declaration: Declaration, last: Declaration | None) -> Changes | None:
    if last is None:
        return None
    counts = with_last(people(declaration), last).aggregate(
        now=Count("pk"), still=Count("before"), same=Count("pk", filter=Q(monitoring=F("before__monitoring")))
    )
    now, still, before = counts["now"], counts["still"], last.headcount or 0
    return Changes(now=now, before=before, new=now - still, moved=still - counts["same"], gone=before - still)


@dataclass(frozen=True)
class Corrected:
    """Who differs from the version `before` that a correction replaces; `more` than are named here, perhaps."""

    before: Declaration
    added: list[Any]
    moved: list[Any]  # each with `was`, the category declared before
    removed: list[DeclaredEmployee]
    more: bool

    @property
    def any(self) -> bool:
        return bool(self.added or self.moved or self.removed)


def corrected(declaration: Declaration) -> Corrected | None:
    """None when it corrects nothing. A list also moves for other reasons than the one for which it is corrected: all
    of it is billed, so all of it is told."""
    before = declaration.replaces
    if before is None:
        return None
    there = list(with_last(people(declaration), before).filter(NEW | MOVED)[: NAMED + 1])
    removed = list(gone(declaration, before)[: NAMED + 1])
    shown = there[:NAMED]
    return Corrected(
        before,
        [one for one in shown if not one.was],
        [one for one in shown if one.was],
        removed[:NAMED],
        max(len(there), len(removed)) > NAMED,
    )


def headcount(declaration: Declaration) -> int:
    """How many there are to declare: told by what the page has counted already, if anything."""
    if "counts" in declaration.__dict__:
        return sum(declaration.counts.values())
    known = changes(declaration)
    return known.now if known else sum(declaration.counts.values())
