"""Employees who arrive after 1 January, according to the operator's rule (docs/decisions/0011).

NONE: they count at the next declaration. FULL: their contribution is invoiced in full once they have been there for so
many days, once per employee and year. Arrivals are looked at on the first of each month, so that a member gets one
invoice a month and not one an employee, and the sweep reads an index and not every list. Who leaves is never paid back.
Who turns out to have been there on 1 January is declared by a correction, which credits the invoice of his arrival.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from billing.crediting import Bearer, Share
from billing.invoicing import issue_credits, issue_invoice
from billing.models import Invoice
from contributions import collecting, counting, declaration_mails, pricing, recipients
from contributions.models import Arrival, Campaign, Declaration, DeclaredEmployee
from contributions.pricing import CategoryLine, contribution, rates
from contributions.states import MidYear, State
from core.dates import add_months, today
from core.journal import Actor, record
from core.text import counted
from core.transitions import AlreadyDone
from membership.buyer import buyer
from membership.models import EarlierStay, Employee
from notifications.outbox import enqueue


def first_day(campaign: Campaign) -> date | None:
    """The first day on which the arrivals of a declaration validated today are looked at; None under the other rule."""
    return _next(campaign, today()) if campaign.midyear == MidYear.FULL else None


def last_day(campaign: Campaign) -> date:
    """The day on which somebody hired on 31 December has been there long enough."""
    return campaign.last_day + timedelta(days=campaign.midyear_days)


def reached(campaign: Campaign, on: date) -> Q:
    """Arrivals of the year who, by the day `on`, have been employed for as many days as the rule asks, first and last
    day included."""
    stay = timedelta(days=campaign.midyear_days - 1)
    return Q(hired_on__gt=campaign.reference_day, hired_on__lte=min(on - stay, campaign.last_day))


@dataclass(frozen=True)
class Arrived:
    """Somebody to invoice, and the stay that made him due: he may have left since, and be hired again."""

    employee: Employee
    hired_on: date


def arrivals(declaration: Declaration, on: date) -> list[Arrived]:
    """Those to invoice on the day `on`: there long enough, not declared on 1 January, not invoiced yet. Of a member who
    left, only the days up to his last one count."""
    campaign, member = declaration.campaign, declaration.member
    on = min(on, member.left_on or on)
    there = reached(campaign, on)
    rows = Employee.objects.filter(
        there | Q(Exists(EarlierStay.objects.filter(there, employee=OuterRef("pk")))),
        establishment=member.establishment_id,
    )
    fresh = rows.exclude(_known(_invoiced(declaration)))
    fresh = fresh.exclude(_known(DeclaredEmployee.objects.filter(declaration=declaration)))
    found = ((one, _due_stay(one, campaign, on)) for one in fresh.prefetch_related("earlier_stays"))
    return [Arrived(one, hired_on) for one, hired_on in found if hired_on]


def _due_stay(employee: Employee, campaign: Campaign, on: date) -> date | None:
    """When the first stay of the year that lasted long enough by the day `on` began."""
    long_enough = timedelta(days=campaign.midyear_days - 1)
    for stay in (*employee.earlier_stays.all(), employee):
        last = min(stay.left_on or on, on)
        if campaign.reference_day < stay.hired_on <= campaign.last_day and last - stay.hired_on >= long_enough:
            return stay.hired_on
    return None


def _invoiced(declaration: Declaration) -> QuerySet[Arrival]:
    """Arrivals of the year whose invoice stands."""
    return Arrival.objects.filter(campaign=declaration.campaign_id, member=declaration.member_id, credit=None)


def _known(rows: QuerySet) -> Q:
    """The same person: the same row, or the same name and birth date when the row was removed and entered again."""
    same = Q(employee=OuterRef("pk")) | Q(
        last_name=OuterRef("last_name"), first_name=OuterRef("first_name"), birth_date=OuterRef("birth_date")
    )
    return Q(Exists(rows.filter(same)))


def declared_after_all(declaration: Declaration) -> list[Arrival]:
    """Arrivals invoiced in the year whom the list, mended since, holds on 1 January. Only a correction can find any:
    nobody is looked at before a declaration is validated."""
    if declaration.replaces_id is None:
        return []
    names = {name: OuterRef(name) for name in ("last_name", "first_name", "birth_date")}
    there = counting.people(declaration).filter(Q(pk=OuterRef("employee")) | Q(**names))
    found = _invoiced(declaration).filter(Exists(there)).select_related("invoice")
    return list(found.prefetch_related("invoice__corrections").order_by("pk"))


def given_back(arrivals: Iterable[Arrival]) -> tuple[Share, ...]:
    """What to credit for these, on the invoices that they were billed by."""
    counts: dict[Invoice, Counter[str]] = {}
    for one in arrivals:
        counts.setdefault(one.invoice, Counter())[one.monitoring] += 1
    shares: list[Share] = []
    for invoice, wanted in counts.items():
        bearer = Bearer.of(invoice)
        if bearer.net <= 0:
            continue  # staff have credited it by hand
        billed = map(CategoryLine.from_json, invoice.lines)
        lines = [replace(line, quantity=wanted[line.category]) for line in billed if wanted[line.category]]
        shares += pricing.given_back(lines, invoice.vat_rate, [bearer])
    return tuple(shares)


def credit(declaration: Declaration, arrivals: Sequence[Arrival], shares: Sequence[Share], by: Actor) -> list[Invoice]:
    """Credit what was invoiced for `arrivals`, whom `declaration` counts."""
    title = f"Régularisation de la cotisation {declaration.campaign.year}, salariés comptés au 1er janvier"
    credits = issue_credits(shares, title=title, by=by)
    for one in credits:
        mine = [arrival.pk for arrival in arrivals if arrival.invoice_id == one.corrects_id]
        Arrival.objects.filter(pk__in=mine).update(credit=one)
    return credits


@transaction.atomic
def midyear_supplement(declaration: Declaration, *, on: date | None = None, by: Actor | None = None) -> Invoice | None:
    """Invoice the arrivals that are due on the day `on`, and set the day to look again. Returns the invoice, if any."""
    on, by = on or today(), by or Actor.clock()
    declaration = counting.lock_with_list(declaration)
    if declaration.state != State.VALIDATED or declaration.midyear_on is None or declaration.midyear_on > on:
        raise AlreadyDone("Les arrivées de cette déclaration ont déjà été examinées.")
    campaign = declaration.campaign
    people = arrivals(declaration, on) if campaign.midyear == MidYear.FULL else []
    invoice = _bill(declaration, people, by) if people else None
    declaration.midyear_on = _next(campaign, on) if campaign.midyear == MidYear.FULL else None
    declaration.save(update_fields=["midyear_on"])
    return invoice


def _bill(declaration: Declaration, people: list[Arrived], by: Actor) -> Invoice:
    campaign, member, readers = declaration.campaign, declaration.member, recipients.billed(declaration)
    collecting.hold_mandate(member)
    priced = contribution(rates(campaign.year), Counter(one.employee.monitoring for one in people))
    invoice = issue_invoice(
        subject=member,
        buyer=buyer(member, readers[0].email if readers else ""),
        title=f"Cotisation {campaign.year}, salariés arrivés en cours d’année",
        lines=priced.lines,
        vat_rate=priced.vat_rate,
        service_from=min(one.hired_on for one in people),
        service_to=campaign.last_day,
        due_on=collecting.due_day(member, declaration.payment_mode, today() + timedelta(days=campaign.payment_days)),
        mode=declaration.payment_mode,
        by=by,
    )
    columns = ("last_name", "first_name", "birth_date", "monitoring")
    Arrival.objects.bulk_create(
        Arrival(
            campaign=campaign,
            member=member,
            employee=one.employee,
            hired_on=one.hired_on,
            invoice=invoice,
            **{name: getattr(one.employee, name) for name in columns},
        )
        for one in people
    )
    words = counted(len(people), "salarié arrivé", "salariés arrivés")
    record(declaration, by=by, message=f"Cotisation facturée pour {words} en cours d’année ({invoice.number}).")
    collecting.plan(invoice, by=by)
    for to in readers:
        mail = declaration_mails.arrivals(declaration, invoice, len(people), to, readers)
        key = f"arrivals:{invoice.number}" + (f":{to.email}" if to != readers[0] else "")
        enqueue(mail, about=declaration, dedupe_key=key[:200])
    return invoice


def _next(campaign: Campaign, day: date) -> date | None:
    """The first of the month after `day`, as long as somebody may still reach the duration; a last look comes then."""
    following = add_months(day.replace(day=1), 1)
    return following if day <= last_day(campaign) else None
