"""Where each company stands, in a few words, for « Mes entreprises »: what is late, what is to do, what is to pay.

An app says what it knows with `@register_standing`. It is asked once for all the companies of a page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from uuid import UUID

from billing import collections
from billing.models import Invoice
from core.dates import french_date, today
from core.text import counted
from membership.models import Member, UnpaidInvoice

TONES = ("bad", "wait", "calm")  # the most pressing first
UP_TO_DATE = ("À jour", "good")

# The key of a member, what is to be said of it, the tone of the label.
Told = Callable[[Sequence[Member]], Iterable[tuple[UUID, str, str]]]

_told: list[Told] = []


def register_standing(told: Told) -> Told:
    """Let an app say something of companies, in one query or two for all of them."""
    _told.append(told)
    return told


def standings(members: Sequence[Member]) -> dict[UUID, list[tuple[str, str]]]:
    """(words, tone) of each company, the most pressing first. Nothing to do reads « À jour », but for who has left."""
    found: dict[UUID, list[tuple[str, str]]] = {member.pk: [] for member in members}
    for told in _told:
        for key, words, tone in told(members):
            found[key].append((words, tone))
    for member in members:
        lines = found[member.pk]
        lines.sort(key=lambda line: TONES.index(line[1]))
        if not lines and member.is_present:
            lines.append(UP_TO_DATE)
    return found


@register_standing
def bills(members: Sequence[Member]) -> Iterable[tuple[UUID, str, str]]:
    """Invoices that nobody pays unless the company does: those that a debit will bring are no task."""
    day, keys = today(), [member.pk for member in members]
    theirs = Invoice.objects.unsettled().filter(subject_type=Member._meta.label_lower, subject_id__in=keys)
    owed = list(
        collections.with_debit_day(theirs).filter(debited_on=None).order_by().values_list("subject_id", "due_on")
    )
    accounts = UnpaidInvoice.objects.filter(member__in=keys, paid_on=None)
    owed += accounts.order_by().values_list("member_id", "due_on")
    for key in keys:
        late = sum(due < day for owner, due in owed if owner == key)
        coming = [due for owner, due in owed if owner == key and due >= day]
        if late:
            yield key, counted(late, "facture en retard", "factures en retard"), "bad"
        if coming:
            what = counted(len(coming), "facture à régler", "factures à régler")
            yield key, f"{what} au plus tard le {french_date(min(coming))}", "wait"
