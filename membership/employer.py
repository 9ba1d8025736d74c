"""How the employer's pages reach a dossier: only through a personal link that this browser has opened."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from core.journal import Actor
from documents.models import Upload
from membership.models import Application


def dossier_or_404(request: HttpRequest, pk: UUID) -> Application:
    """The visitor's dossier with its establishment, in one query; somebody else's is not there."""
    mine = Application.objects.for_visitor(request.visitor)  # type: ignore[attr-defined]
    return get_object_or_404(mine.select_related("establishment"), pk=pk)


def draft_or_404(request: HttpRequest, pk: UUID) -> Application:
    """The visitor's dossier while it can still be changed."""
    dossier = dossier_or_404(request, pk)
    if not dossier.is_draft:
        raise Http404
    return dossier


def submitted_or_404(request: HttpRequest, pk: UUID) -> Application:
    """The visitor's dossier once it has been validated."""
    dossier = dossier_or_404(request, pk)
    if dossier.is_draft:
        raise Http404
    return dossier


def upload_or_404(dossier: Application, pk: UUID) -> Upload:
    """A document that was sent for this very dossier."""
    return get_object_or_404(Upload.objects.about(dossier), pk=pk)


def actor(dossier: Application) -> Actor:
    """Who the journal names when somebody acts through the dossier's link."""
    return Actor.person(dossier.representative or str(dossier.establishment) or "Entreprise")
