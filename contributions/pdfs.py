"""The PDF of a declaration, issued in the transaction of its validation and rendered later."""

from __future__ import annotations

from contributions import snapshots
from contributions.models import Declaration
from contributions.pricing import Contribution
from documents.issuing import issue
from documents.models import Document

BORDEREAU = "bordereau-cotisation"


def bordereau(declaration: Declaration, priced: Contribution) -> Document:
    """Issue the bordereau de cotisation (C-07). It is about the member: it stands with his other documents."""
    corrected = declaration.replaces
    return issue(
        declaration.member,
        kind=BORDEREAU,
        number=declaration.reference,
        title=f"Bordereau de cotisation {declaration.reference}",
        filename=f"bordereau-{declaration.reference}.pdf",
        template="pdf/bordereau_cotisation.html",
        snapshot=snapshots.bordereau(declaration, priced),
        replaces=corrected.bordereau if corrected else None,
    )
