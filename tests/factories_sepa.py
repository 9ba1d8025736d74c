"""Mandates and collections for tests, made by the real verbs.

mandate = make_mandate(member)               # signed with a code; make_draft(member) is to be signed
collection = make_collection(amount="120.00")  # planned; in_file(collection) is at the bank
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Model

from billing import collections, mandates, pain008
from billing.invoicing import Line
from billing.models import Collection, CollectionFile, Mandate
from core.codes import Asker
from core.dates import today
from core.journal import Actor
from documents.issuing import ensure_rendered
from notifications.models import Message
from tests.factories import MemberFactory
from tests.factories_billing import make_invoice

IBAN, OTHER_IBAN = "FR7630006000011234567890189", "FR1420041010050500013M02606"
SIGNER = Actor.person("Claire Morel")
CLERK = Actor("Marc Roche")
ASKER = Asker(session="session-1", account="account-1", address="198.51.100.7", agent="Firefox")
MAILED = "claire.morel@morel.example"


def make_draft(subject: Model | None = None, *, iban: str = IBAN, **changes: Any) -> Mandate:
    """A mandate to sign, its PDF ready to be read."""
    asked = {"holder": "Menuiserie Morel", "lines": ["4 rue des Lilas", "91220 Brétigny-sur-Orge"], "email": MAILED}
    subject = subject or MemberFactory(left_on=None)
    mandate = mandates.begin_mandate(subject, iban=iban, by=SIGNER, **{**asked, **changes})
    mandate.document = ensure_rendered(mandate.document)
    return mandate


def ask_code(mandate: Mandate, *, asker: Asker = ASKER, channel: str = "mail", to: str = MAILED) -> str:
    """Ask for the code of a draft; the digits that were sent."""
    mandates.ask_code(mandate, accepted=mandates.consents(mandate), channel=channel, to=to, asker=asker)
    return last_code()


def last_code() -> str:
    """The digits of the last code put in the outbox, as its addressee reads them."""
    message = Message.objects.filter(secret__isnull=False, dedupe_key__contains="-code:").latest("created_at")
    return next(word for word in str(message.secret).split() if word.isdigit() and len(word) == 6)


def make_mandate(subject: Model | None = None, **changes: Any) -> Mandate:
    """A mandate in force."""
    draft = make_draft(subject, **changes)
    # Somebody else each time: nobody is sent so many codes in an hour as a test asks for.
    asker = replace(ASKER, account=str(draft.pk), address=str(draft.pk))
    typed = ask_code(draft, asker=asker, to=f"{draft.pk}@morel.example")
    return mandates.sign(draft, typed, asker=asker, by=SIGNER)


def make_collection(mandate: Mandate | None = None, amount: str = "120.00", days: int = 30) -> Collection:
    """A planned debit of an invoice of `amount`."""
    mandate = mandate or make_mandate()
    invoice = make_invoice(mandate.subject, lines=[Line("Suivi", 1, Decimal(amount))], vat_rate="0")
    return collections.plan(invoice, mandate, today() + timedelta(days=days), by=CLERK)


def in_file(collection: Collection) -> CollectionFile:
    """Send it to the bank."""
    file = pain008.make_file(collection.collects_on, by=CLERK)
    collection.refresh_from_db()
    return file
