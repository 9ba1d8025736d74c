"""Requests, invoices and papers for tests. A request gets to its state by the real verbs."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.db import transaction

from accounts.models import User
from billing.models import Invoice
from core.dates import today
from core.journal import Actor
from core.models.subject import subject_key
from documents.issuing import issue
from documents.models import Document
from membership.models import Member
from space import requests
from space.models import MemberRequest, RequestMessage, RequestTheme
from tests.factories import CLERK, MemberFactory, UserFactory, give_access

COMPANY = Actor.person("Claire Morel")


def make_member(**columns: Any) -> Member:
    """A present member."""
    return MemberFactory(**{"left_on": None, **columns})


def make_employer(member: Member | None = None, *rights: str, **columns: Any) -> tuple[User, Member]:
    """Somebody of a company, with access to its space."""
    member = member or make_member()
    user = UserFactory(**{"first_name": "Claire", "last_name": "Morel", **columns})
    give_access(user, member, *rights)
    return user, member


def make_theme(slug: str = "facture") -> RequestTheme:
    """A theme; those of the migration are gone once a test has emptied the tables."""
    return RequestTheme.objects.get_or_create(slug=slug, defaults={"label": slug.capitalize()})[0]


def make_draft(user: User, member: Member, *, theme: str = "facture", subject: str = "", text: str = "") -> Any:
    """The first message of a request not sent yet."""
    return requests.keep_draft(
        uuid4(),
        member,
        author=user,
        by=Actor(user.get_full_name(), user),
        theme=make_theme(theme),
        subject=subject or "Erreur sur ma facture",
        text=text or "Le montant ne correspond pas à mon effectif.",
    )


def make_request(user: User, member: Member, **parts: Any) -> MemberRequest:
    """A request that was sent."""
    return requests.send(make_draft(user, member, **parts).request, by=Actor(user.get_full_name(), user))


def staff_writes(
    request: MemberRequest, verb: str = "reply", *, text: str = "Voici notre réponse.", user: User | None = None
) -> RequestMessage:
    """Staff answer by `verb`: reply, ask or close."""
    author = user or UserFactory(manager=True)
    by = Actor(author.get_full_name(), author) if user else CLERK
    request.refresh_from_db()
    message = requests.draft_answer(request, uuid4(), author=author, by=by, text=text, from_staff=True)
    getattr(requests, verb)(message, by=by, seen=request.version)
    request.refresh_from_db()
    return message


def company_writes(request: MemberRequest, user: User, text: str = "Voici la précision.") -> RequestMessage:
    by = Actor(user.get_full_name(), user)
    message = requests.draft_answer(request, uuid4(), author=user, by=by, text=text)
    requests.answer(message, by=by)
    request.refresh_from_db()
    return message


def make_document(subject: Any, kind: str = "bordereau", number: str = "", **parts: Any) -> Document:
    """A document we issued about `subject`, not rendered yet."""
    with transaction.atomic():
        return issue(
            subject,
            kind=kind,
            number=number,
            title=parts.pop("title", f"{kind.capitalize()} {number}".strip()),
            filename=f"{kind}.pdf",
            template="pdf/base.html",
            snapshot={"company": "Menuiserie Morel"},
            **parts,
        )


def make_invoice(member: Member, number: str, **columns: Any) -> Invoice:
    """An invoice with its document, due in a month."""
    total = columns.pop("total", Decimal("120.00"))
    net = (total / Decimal("1.2")).quantize(Decimal("0.01"))
    issued_on = columns.pop("issued_on", today())
    invoice = Invoice(
        **{
            **subject_key(member),
            "number": number,
            "title": "Cotisation annuelle",
            "buyer_name": str(member.establishment),
            "buyer": {},
            "issued_on": issued_on,
            "service_from": date(issued_on.year, 1, 1),
            "service_to": date(issued_on.year, 12, 31),
            "due_on": issued_on + timedelta(days=30),
            "lines": [],
            "net": net,
            "vat_rate": Decimal("20.00"),
            "vat": total - net,
            "total": total,
            **columns,
        }
    )
    kind = "avoir" if invoice.kind == Invoice.Kind.CREDIT else "facture"
    invoice.document = make_document(invoice, kind, number, title=f"{kind.capitalize()} {number}")
    invoice.save()
    return invoice
