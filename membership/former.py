"""Past members and what they left unpaid: entered by staff, from the accounting system or from memory."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import transaction

from core.dates import today
from core.journal import Actor, record
from membership.models import Application, Establishment, Member, UnpaidInvoice
from membership.settling import begin, settle
from membership.states import State


@transaction.atomic
def register(member: Member, *, siret: str, name: str) -> Member:
    """Write down a member that the portal did not make, with its establishment. `siret` is clean."""
    member.establishment = Establishment.objects.create(siret=siret, name=name)
    member.siret = siret
    member.save()
    return member


@transaction.atomic
def mark_paid(invoices: Iterable[UnpaidInvoice], *, by: Actor, paid_on: date | None = None) -> int:
    """Note invoices as paid and take up again the dossiers they held back. Returns how many were still unpaid."""
    keys = [invoice.pk for invoice in invoices]
    unpaid = UnpaidInvoice.objects.select_for_update(of=("self",)).filter(pk__in=keys, paid_on=None)
    paid = list(unpaid.select_related("member"))
    UnpaidInvoice.objects.filter(pk__in=[invoice.pk for invoice in paid]).update(paid_on=paid_on or today())
    for siren in sorted({invoice.member.siret[:9] for invoice in paid}):
        numbers = ", ".join(invoice.number for invoice in paid if invoice.member.siret.startswith(siren))
        resume(siren, by=by, message=f"Factures passées réglées : {numbers}.")
    return len(paid)


@transaction.atomic
def resume(siren: str, *, by: Actor, message: str = "Factures passées mises à jour.") -> None:
    """The invoices of a company changed: work out again who must act on its dossiers on hold."""
    for dossier in Application.objects.filter(siret__startswith=siren, state=State.UNPAID).order_by("pk"):
        take_up(dossier, by=by, message=message)


@transaction.atomic
def take_up(dossier: Application, *, by: Actor, message: str) -> None:
    """Something changed about the invoices that hold a dossier back: work out again who must act."""
    held = begin(dossier)
    record(held, by=by, message=message)
    settle(held)
