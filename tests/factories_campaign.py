"""Campaigns and members who are called by them.

campaign = make_campaign()                    # prepared, with the year's tariff; it may be opened
campaign = make_campaign(open=True)           # opened, with the declarations of the members there are
member = called_member(employees=3)           # a member since 2018, whose employees are present on 1 January
"""

from __future__ import annotations

import time
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from billing.models import Invoice
from contributions import opening, reminders
from contributions.models import Campaign, Declaration
from contributions.states import State
from core.dates import today
from core.journal import Actor
from core.models.subject import subject_key
from documents.models import Document
from membership.models import Member
from tests.factories import CLERK, EmployeeFactory, MemberFactory, make_operator

YEAR = 2027
PENALTIES = "Tout retard donne lieu à une majoration de 10 % de la cotisation."


def make_campaign(year: int | None = None, *, open: bool = False, **columns: Any) -> Campaign:
    """A campaign of this year, from 2 January, with two months left to declare."""
    year = year or today().year
    make_operator(year)
    start = max(date(year, 1, 1), min(date(year, 1, 2), today()))
    values = {
        "opens_on": start,
        "deadline": max(start, today()) + timedelta(days=60),
        "penalties": PENALTIES,
        **columns,
    }
    campaign = Campaign.objects.create(year=year, **values)
    return opened(campaign) if open else campaign


def opened(campaign: Campaign) -> Campaign:
    """Open it and prepare all its declarations."""
    opening.open_campaign(campaign, by=CLERK)
    work()
    campaign.refresh_from_db()
    return campaign


def work() -> None:
    """What the worker does."""
    end = time.monotonic() + 120
    assert not opening.resume(end)
    assert not reminders.resume(end)


def called_member(employees: int = 2, **columns: Any) -> Member:
    """A present member with employees of the three categories in turn."""
    member = MemberFactory(**{"left_on": None, **columns})
    for number in range(employees):
        EmployeeFactory(establishment=member.establishment, monitoring=("SI", "SIA", "SIR")[number % 3])
    return member


def declare(declaration: Declaration, *, headcount: int = 2, net: str = "210.00", **columns: Any) -> Declaration:
    """Write a declaration down as validated: the columns that staff's pages read."""
    amount = Decimal(net)
    vat = (amount * Decimal("0.20")).quantize(Decimal("0.01"))
    values = {
        "state": State.VALIDATED,
        "headcount": headcount,
        "net": amount,
        "vat": vat,
        "total": amount + vat,
        "payment_mode": "transfer",
        "started_at": timezone.now(),
        "validated_at": timezone.now(),
        "signer_last_name": "Morel",
        "signer_first_name": "Claire",
        "signer_function": "Gérante",
        "signer_email": "claire.morel@morel.example",
        "lines": [{"label": "Suivi simple", "quantity": headcount, "unit": "105.00", "amount": net}],
        **columns,
    }
    for name, value in values.items():
        setattr(declaration, name, value)
    declaration.save()
    return declaration


def bill(declaration: Declaration, *, paid: str = "0.00", due_in: int = 30) -> Invoice:
    """The invoice of a validated declaration."""
    key = subject_key(declaration.member)
    document = Document.objects.create(
        **key, kind="invoice", title="Facture", filename="facture.pdf", template="pdf/proforma.html", snapshot={}
    )
    invoice = Invoice.objects.create(
        **key,
        number=f"F{declaration.campaign.year}-{Invoice.objects.count() + 1:06d}",
        title=f"Cotisation {declaration.campaign.year}",
        buyer_name=declaration.member.establishment.name,
        buyer={},
        issued_on=today(),
        service_from=declaration.campaign.reference_day,
        service_to=date(declaration.campaign.year, 12, 31),
        due_on=today() + timedelta(days=due_in),
        lines=declaration.lines,
        net=declaration.net,
        vat_rate=Decimal(20),
        vat=declaration.vat,
        total=declaration.total,
        paid=Decimal(paid),
        settled_on=today() if Decimal(paid) >= declaration.total else None,
        document=document,
    )
    declaration.invoice = invoice
    declaration.save(update_fields=["invoice"])
    return invoice


STAFF = Actor("Marc Roche")
