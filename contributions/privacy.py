"""What the declarations hold about a person: accounting documents, kept ten years."""

from __future__ import annotations

from contributions.models import Arrival, Declaration, DeclaredEmployee
from core.privacy import Holding, Person, having_address, register

ACCOUNTING = "Pièce comptable : gardée dix ans (art. L. 123-22 du code de commerce)."


def _signed(person: Person) -> list[Declaration]:
    declarations = Declaration.objects.select_related("campaign", "member__establishment")
    return having_address(declarations, person.email, "signer_email")


def _declared(person: Person) -> list[DeclaredEmployee]:
    if not person.birth_date:
        return []
    same_day = DeclaredEmployee.objects.filter(birth_date=person.birth_date)
    same_day = same_day.select_related("declaration__campaign", "declaration__member__establishment")
    return [row for row in same_day if person.has_name(row)]


def _arrived(person: Person) -> list[Arrival]:
    if not person.birth_date:
        return []
    same_day = Arrival.objects.filter(birth_date=person.birth_date)
    return [row for row in same_day.select_related("campaign", "member__establishment") if person.has_name(row)]


register(
    Holding(
        "contributions.declaration",
        "Déclarations signées",
        _signed,
        (
            "campaign",
            "member",
            "signer_last_name",
            "signer_first_name",
            "signer_function",
            "signer_email",
            "validated_at",
        ),
        ACCOUNTING,
    ),
    Holding(
        "contributions.declaredemployee",
        "Salariés déclarés",
        _declared,
        ("declaration", "last_name", "first_name", "birth_date", "hired_on", "monitoring"),
        ACCOUNTING,
    ),
    Holding(
        "contributions.arrival",
        "Salariés arrivés en cours d’année, facturés",
        _arrived,
        ("campaign", "member", "last_name", "first_name", "birth_date", "hired_on", "monitoring"),
        ACCOUNTING,
    ),
)
