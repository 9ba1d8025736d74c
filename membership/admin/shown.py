"""What the page of a verb shows of the dossier before anybody confirms: see `Verb.show`."""

from __future__ import annotations

from typing import Any

from core.dates import today
from core.transitions import Refused
from membership import pricing
from membership.assignment import choose_doctor
from membership.eligibility import open_dossier, present_member
from membership.models import Application, DossierMessage
from membership.unpaid import unpaid_invoices


def quote(dossier: Application) -> dict[str, Any]:
    """What the proforma would say today, or why there can be none."""
    try:
        return {**_doubts(dossier), "quote": pricing.quote(dossier.establishment, today().year)}
    except Refused as refusal:
        return {**_doubts(dossier), "obstacle": str(refusal)}


def team(dossier: Application) -> dict[str, Any]:
    """Who would follow the new member."""
    try:
        return {**_doubts(dossier), "doctor": choose_doctor(dossier.establishment)}
    except Refused as refusal:
        return {**_doubts(dossier), "obstacle": str(refusal)}


def invoices(dossier: Application) -> dict[str, Any]:
    return {"invoices": unpaid_invoices(dossier)}


def elsewhere(dossier: Application) -> dict[str, Any]:
    """What has become of the company since this dossier was closed: the money may be meant for that."""
    return {"became": present_member(dossier.siret), "begun": open_dossier(dossier.siret, besides=dossier)}


def _doubts(dossier: Application) -> dict[str, Any]:
    """What to look at before the dossier goes on: messages that nobody answered, a list that is not the headcount."""
    asked = DossierMessage.objects.none()
    if since := dossier.unanswered_since:
        asked = dossier.messages.filter(from_staff=False, sent_at__gte=since).order_by("sent_at", "pk")
    return {"unanswered": list(asked), "mismatch": pricing.mismatch(dossier.establishment)}
