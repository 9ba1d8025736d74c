"""The PDF of a mandate: to read before signing, then with the facts of the signature."""

from __future__ import annotations

from typing import Any

from billing import mandate_proof, mandate_words
from billing.models import Mandate
from core.crypto import encrypt
from core.dates import french_date
from core.models import SubjectMixin
from documents.issuing import issue
from documents.models import Document

KIND = "mandat-sepa"


def draft(mandate: Mandate) -> Document:
    """The mandate to read, in the transaction that prepares it; `mandate` is not saved yet."""
    return _issue(mandate, _snapshot(mandate))


def signed(mandate: Mandate) -> Document:
    """The mandate as signed: the next version of the one that was read, in the very words that were read."""
    proof = mandate.proof
    signature = {
        "signer": proof["signer"],
        "date": french_date(mandate.signed_at) if mandate.signed_at else "",
        "facts": mandate_proof.facts(proof),
        "consents": proof["consents"],
    }
    return _issue(mandate, {**mandate.document.snapshot, "signature": signature}, replaces=mandate.document)


def _issue(mandate: SubjectMixin, snapshot: dict[str, Any], replaces: Document | None = None) -> Document:
    return issue(
        mandate,
        kind=KIND,
        number=snapshot["rum"],
        title=f"{mandate_words.TITLE} {snapshot['rum']}",
        filename=f"mandat-{snapshot['rum']}.pdf",
        template="pdf/mandat.html",
        snapshot=snapshot,
        replaces=replaces,
    )


def _snapshot(mandate: Mandate) -> dict[str, Any]:
    creditor = mandate.creditor
    return {
        "rum": mandate.rum,
        "company": mandate.debtor_name,
        "creditor": creditor,
        "debtor": {"name": mandate.debtor_name, "lines": mandate.debtor_lines},
        "iban": encrypt(mandate.iban),  # a snapshot is readable in the database, and an IBAN must not be
        "bic": mandate.bic,
        "recurring": mandate_words.RECURRING,
        "text": mandate_words.authorisation(creditor["name"]),
        "rights": mandate_words.RIGHTS,
        "signature": None,
    }
