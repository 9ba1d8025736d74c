"""What mandates hold about a person: contracts with the bank, kept ten years."""

from __future__ import annotations

from billing.models import Mandate
from core.privacy import Holding, Person, having_address, register


def _mandates(person: Person) -> list[Mandate]:
    return having_address(Mandate.objects.all(), person.email, "email")


register(
    Holding(
        "billing.mandate",
        "Mandats de prélèvement",
        _mandates,
        (
            *("rum", "state", "debtor_name", "debtor_lines", "masked_iban", "bic", "email"),
            *("created_at", "signed_at", "ended_at"),
        ),
        "Contrat et pièce comptable : gardé dix ans (art. L. 123-22 du code de commerce).",
    )
)
