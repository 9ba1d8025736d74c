"""The verbs of a declaration: begin, validate, correct. Reading this file is reading the business process.

Each runs in one transaction: lock, check, freeze, price, move, invoice, enqueue. What was declared, its invoice and its
bordereau are there together, or none of them is.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.text import capfirst

from billing import excess
from billing.crediting import Share
from billing.invoicing import issue_credits, issue_invoice
from billing.models import Invoice
from contributions import checks, collecting, counting, declaration_mails, midyear, pdfs, recipients
from contributions.billed import bearers
from contributions.filling import called
from contributions.models import Campaign, Declaration, DeclaredEmployee
from contributions.pricing import Billed, Contribution, contribution, rates
from contributions.states import State
from core.dates import french_date, today
from core.journal import Actor, record
from core.money import euros
from core.text import lower_first
from core.transitions import AlreadyDone, Refused, advance, lock
from membership.buyer import buyer
from membership.models import Member
from notifications.outbox import enqueue

BATCH = 1000
SIGNER = ("payment_mode", "signer_last_name", "signer_first_name", "signer_function", "signer_email")


@transaction.atomic
def start(member: Member, campaign: Campaign, *, by: Actor) -> Declaration:
    """The declaration of a member to fill in: the one prepared when the campaign opened, or a new one.

    Whoever joined within the year has paid his contribution with his membership: nothing is due.
    """
    # Two people who begin at the same moment get the same one; so does who begins while the campaign is being opened or
    # completed, which hold this row too: to lock the member first would be a deadlock with them.
    campaign = lock(campaign)
    found = Declaration.objects.current().filter(campaign=campaign, member=member).order_by("-version").first()
    if found is not None:
        return found
    if words := checks.closed_words(campaign):
        raise Refused(words)
    if not called(campaign).filter(pk=member.pk).exists():
        raise Refused(
            f"Vous n’étiez pas adhérent avant le {french_date(campaign.reference_day)} : aucune déclaration n’est due "
            f"pour {campaign.year}. Votre adhésion comprend déjà la cotisation de l’année."
        )
    made = Declaration.objects.create(campaign=campaign, member=member)
    record(made, by=by, message=f"Déclaration {campaign.year} commencée.")
    return made


@transaction.atomic
def validate(declaration: Declaration, *, by: Actor) -> Declaration:
    """The employer declares, or staff on his word (`on_behalf`): the list is frozen and priced, the invoice and the
    bordereau go out (C-06, C-07). Whoever changes the list meanwhile waits: what is validated is what was read."""
    declaration = counting.lock_with_list(declaration)
    campaign = declaration.campaign
    if declaration.state != State.DRAFT:
        raise AlreadyDone(told(declaration))
    if words := checks.closed_words(campaign, for_employer=bool(declaration.came_by)):
        raise Refused(words)
    if missing := checks.problems(declaration):
        raise Refused(" ".join(missing))
    collecting.hold_mandate(declaration.member)
    before = _replace(declaration, by)
    arrivals = midyear.declared_after_all(declaration)
    priced = _freeze_and_price(declaration, _billed(before), midyear.given_back(arrivals))
    declaration.validated_at, declaration.validated_by = timezone.now(), by.user
    bills = [*_bill(declaration, priced, by), *midyear.credit(declaration, arrivals, priced.arrivals, by)]
    if priced.due > 0:
        _carry(bills[0], bills[1:], by)
    declaration.invoice = bills[0] if bills else None
    declaration.midyear_on = midyear.first_day(campaign)
    advance(declaration, State.VALIDATED, by=by, message=_said(declaration, priced), reason=_on_whose_word(declaration))
    declaration.further_credits.set(bills[1:])
    declaration.bordereau = pdfs.bordereau(declaration, priced)
    declaration.save(update_fields=["bordereau"])
    if declaration.invoice:
        collecting.plan(declaration.invoice, by=by)
    _tell(declaration, priced)
    return declaration


@transaction.atomic
def correct(declaration: Declaration, *, by: Actor) -> Declaration:
    """Something was wrong in a validated declaration: a new version of it, to validate in its turn.

    The former one stays valid until then. Asked for twice, it is the same draft.
    """
    declaration = lock(declaration)
    if draft := Declaration.objects.filter(replaces=declaration).first():
        return draft
    if declaration.state != State.VALIDATED:
        raise Refused("Seule une déclaration validée se corrige.")
    if words := checks.closed_words(declaration.campaign):
        raise Refused(words)
    draft = Declaration(
        campaign=declaration.campaign,
        member=declaration.member,
        version=declaration.version + 1,
        replaces=declaration,
        expected_headcount=declaration.headcount or 0,
        expected_net=declaration.net or 0,
    )
    prefill(draft, declaration)
    draft.touch()
    draft.save()
    record(draft, by=by, message=f"Correction de la déclaration {declaration.campaign.year} commencée.")
    return draft


@transaction.atomic
def give_up(declaration: Declaration, *, by: Actor) -> None:
    """The correction is not needed after all: what was validated stays as it is."""
    declaration = lock(declaration)
    if declaration.state != State.DRAFT or declaration.replaces is None:
        raise AlreadyDone("Cette correction n’est plus en cours.")
    record(declaration.replaces, by=by, message="Correction abandonnée : la déclaration validée reste valable.")
    declaration.delete()


def prefill(draft: Declaration, source: Declaration | None, user: Any = None) -> None:
    """Who declares, and how it is paid, are mostly the same as before; failing that, the account knows a name and an
    address. What is there stays. Does not save."""
    known: dict[str, str] = {}
    if user is not None:
        known = {"signer_last_name": user.last_name, "signer_first_name": user.first_name, "signer_email": user.email}
    for name in SIGNER:
        setattr(draft, name, getattr(draft, name) or getattr(source, name, "") or known.get(name, ""))


def price(declaration: Declaration) -> Contribution:
    """What a draft would cost if it were validated now."""
    back = midyear.given_back(midyear.declared_after_all(declaration))
    return contribution(rates(declaration.campaign.year), declaration.counts, _billed(declaration.replaces), back)


def _billed(before: Declaration | None) -> Billed:
    """What the corrected declaration came to, and the invoices that bear it."""
    return Billed.by(before, bearers(before)) if before else Billed()


def told(declaration: Declaration) -> str:
    """What the second of two people reads."""
    who = declaration.signer or "un collègue"
    when = french_date(declaration.validated_at) if declaration.validated_at else ""
    by_staff = f"notre service pour {who}, " if declaration.came_by else f"{who} "
    return f"Cette déclaration a déjà été validée par {by_staff}le {when}."


def _replace(declaration: Declaration, by: Actor) -> Declaration | None:
    """Put aside the version that this one corrects, before this one takes its place."""
    if declaration.replaces_id is None:
        return None
    before = lock(Declaration(pk=declaration.replaces_id))
    advance(before, State.REPLACED, by=by, message="Déclaration remplacée par une correction.")
    declaration.replaces = before
    return before


def _freeze_and_price(declaration: Declaration, before: Billed, arrivals: Iterable[Share]) -> Contribution:
    """Copy the list as it stands, and price what was copied: the two cannot differ. Who was hired again since is
    declared with the hiring that he had on 1 January."""
    hired_then = dict(counting.earlier_stays(declaration).values_list("employee", "hired_on"))
    columns = ("pk", "last_name", "first_name", "birth_date", "hired_on", "monitoring")
    batch: list[DeclaredEmployee] = []
    for row in counting.people(declaration).order_by().values(*columns).iterator(BATCH):
        pk = row.pop("pk")
        row["hired_on"] = hired_then.get(pk, row["hired_on"])
        batch.append(DeclaredEmployee(declaration=declaration, employee_id=pk, **row))
        if len(batch) == BATCH:
            DeclaredEmployee.objects.bulk_create(batch)
            batch.clear()
    DeclaredEmployee.objects.bulk_create(batch)
    counts = dict(declaration.declared.order_by().values_list("monitoring").annotate(Count("pk")))
    priced = contribution(rates(declaration.campaign.year), counts, before, arrivals)
    declaration.headcount = priced.headcount
    declaration.lines = [line.as_json() for line in priced.lines]
    declaration.net, declaration.vat_rate, declaration.vat = priced.net, priced.vat_rate, priced.vat
    declaration.total = priced.total
    return priced


def _bill(declaration: Declaration, priced: Contribution, by: Actor) -> list[Invoice]:
    """Invoice what is due, or credit what was billed too much, on as many invoices as it takes. Nothing to move: none
    at all."""
    campaign = declaration.campaign
    is_first = declaration.replaces_id is None
    title = f"Cotisation {campaign.year}" if is_first else f"Régularisation de la cotisation {campaign.year}"
    wanted, to = today() + timedelta(days=campaign.payment_days), recipients.signer(declaration)
    if priced.credits:
        return issue_credits(priced.credits, title=title, by=by)
    if priced.due <= 0:
        return []
    invoice = issue_invoice(
        subject=declaration.member,
        buyer=buyer(declaration.member, to.email if to else ""),
        title=title,
        lines=priced.change.lines,
        vat_rate=priced.vat_rate,
        service_from=campaign.reference_day,
        service_to=campaign.last_day,
        due_on=collecting.due_day(declaration.member, declaration.payment_mode, wanted),
        mode=declaration.payment_mode,
        by=by,
    )
    return [invoice]


def _carry(invoice: Invoice, credits: Iterable[Invoice], by: Actor) -> None:
    """What was paid for arrivals who are credited pays `invoice`: nobody is asked for the same money twice."""
    for one in credits:
        if one.corrects and (amount := min(one.total, one.corrects.excess, invoice.left)) > 0:
            excess.carry(one.corrects, invoice, amount=amount, by=by)


def _said(declaration: Declaration, priced: Contribution) -> str:
    """The line of the journal."""
    what = "Correction validée" if declaration.replaces_id else "Déclaration validée"
    if declaration.came_by:
        what += " par notre service pour l’employeur"
    late = ", après la date limite" if declaration.is_late else ""
    people = f"{priced.headcount} salarié{'s' if priced.headcount > 1 else ''}"
    return f"{what}{late} : {people}, {euros(priced.total)} TTC."


def _on_whose_word(declaration: Declaration) -> str:
    """« Reçue par téléphone le 5 février 2027 de Claire Morel, gérante. », when staff validated it."""
    if not declaration.came_by:
        return ""
    who = f"{declaration.signer}, {lower_first(declaration.signer_function)}"
    return f"{capfirst(declaration.origin)} de {who}."


def _tell(declaration: Declaration, priced: Contribution) -> None:
    """Who signed, and the employer when somebody else declared for him; nobody twice."""
    if declaration.signer_email:
        mail = declaration_mails.validated(declaration, priced)
        enqueue(mail, about=declaration, dedupe_key=f"declared:{declaration.pk}")
    for person in recipients.employers(declaration):
        mail = declaration_mails.validated_for(declaration, priced, person)
        enqueue(mail, about=declaration, dedupe_key=f"declared:{declaration.pk}:{person.email}"[:200])
