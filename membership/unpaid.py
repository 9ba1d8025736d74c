"""Past memberships of a company and what they left unpaid (M-10)."""

from __future__ import annotations

from membership.models import Application, Member, UnpaidInvoice


def past_members(dossier: Application) -> list[Member]:
    """Members, present or past, of the same company (same SIREN)."""
    if not dossier.siret:
        return []
    members = Member.objects.filter(siret__startswith=dossier.siret[:9]).exclude(establishment=dossier.establishment_id)
    return list(members.select_related("establishment").order_by("-joined_on"))


def unpaid_invoices(dossier: Application) -> list[UnpaidInvoice]:
    """Invoices of those members that nobody has paid."""
    if not dossier.siret:
        return []
    invoices = UnpaidInvoice.objects.filter(member__siret__startswith=dossier.siret[:9], paid_on=None)
    return list(invoices.select_related("member"))
