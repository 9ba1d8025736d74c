"""What is held for a dossier is cashed when it is accepted, and becomes an invoice « acquittée » (M-18, M-23)."""

from __future__ import annotations

from datetime import date

from billing.amounts import Line
from billing.invoicing import issue_invoice
from billing.models import Invoice
from billing.receipts import Money, cashed
from core.dates import today
from core.journal import Actor, record
from core.money import euros
from membership import pricing
from membership.buyer import buyer
from membership.models import Application, Member, Payment


def cash(dossier: Application, member: Member, *, by: Actor) -> Invoice:
    """Issue the invoice of the membership, line for line what the proforma said, and its receipts.

    It pays the year in which the membership begins, also when the proforma is of the year before (decision 20).
    More than the proforma asked is cashed all the same, as a « trop-perçu » that staff read on the dossier. The
    customer is told by the welcome, not by a mail for each payment.
    """
    proforma, held = (
        dossier.proforma,
        list(dossier.payments.filter(state=Payment.State.HELD).select_related("recorded_by")),
    )
    year = member.joined_on.year
    invoice = issue_invoice(
        subject=member,
        buyer=buyer(member, dossier.mail_to),
        title=f"Adhésion {year}",
        lines=[pricing.of_year(Line.from_json(line), year) for line in proforma.lines],
        vat_rate=proforma.vat_rate,
        service_from=member.joined_on,
        service_to=date(year, 12, 31),
        due_on=today(),
        mode=held[0].mode if held else "",
        by=by,
    )
    for payment in held:
        money = Money(payment.mode, payment.amount, payment.received_on, payment.reference)
        cashed(invoice, money, by=by, recorded_by=payment.recorded_by)
    dossier.payments.filter(pk__in=[payment.pk for payment in held]).update(state=Payment.State.CASHED)
    if invoice.excess:
        message = f"Trop-perçu de {euros(invoice.excess)} sur la facture {invoice.number}, à rembourser ou à reporter."
        record(dossier, by=by, message=message, internal=True)
    return invoice
