"""The PDFs of the membership portal: each is issued in the transaction of what it tells, and rendered later."""

from __future__ import annotations

from documents.issuing import issue
from documents.models import Document
from membership import snapshots
from membership.models import Application, Member, Proforma

BORDEREAU, PROFORMA, RECEIPT = "bordereau", "proforma", "recepisse"


def bordereau(dossier: Application) -> Document:
    """Issue the bordereau de pré-adhésion, all that was entered in it (M-09): the next version, if there is one."""
    last = Document.objects.about(dossier).filter(kind=BORDEREAU).current().first()
    return issue(
        dossier,
        kind=BORDEREAU,
        number=dossier.reference or "",
        title=f"Bordereau de pré-adhésion {dossier.reference}",
        filename=f"bordereau-{dossier.reference}{f'-v{last.version + 1}' if last else ''}.pdf",
        template="pdf/bordereau.html",
        snapshot=snapshots.bordereau(dossier),
        replaces=last,
    )


def latest_bordereau(dossier: Application) -> Document:
    """The bordereau of a submitted dossier, in its last version."""
    return Document.objects.about(dossier).filter(kind=BORDEREAU).current().latest("version")


def proforma(dossier: Application, proforma: Proforma) -> Document:
    """Issue the facture proforma, its amounts as they were just computed (M-12)."""
    return issue(
        dossier,
        kind=PROFORMA,
        number=proforma.number,
        title=f"Facture proforma {proforma.number}",
        filename=f"proforma-{proforma.number}.pdf",
        template="pdf/proforma.html",
        snapshot=snapshots.proforma(dossier, proforma),
    )


def receipt(dossier: Application, member: Member) -> Document:
    """Issue the récépissé d'adhésion (M-20)."""
    return issue(
        dossier,
        kind=RECEIPT,
        number=member.number,
        title=f"Récépissé d’adhésion {member.number}",
        filename=f"recepisse-{member.number}.pdf",
        template="pdf/recepisse.html",
        snapshot=snapshots.receipt(dossier, member),
    )
