"""How the employer's pages reach a dossier: only through a personal link that this browser has opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from core.forms import GuichetForm
from core.journal import Actor
from core.views import same_origin, typed_again
from documents.models import Upload
from membership.forms.steps import EMAIL
from membership.models import Application

# What a form says of itself and nobody typed: the kind of a document is chosen again with its file.
NOT_TYPED = {"action", "key", "kind", "to", "version"}


class WayBackForm(GuichetForm):
    email = forms.EmailField(
        label="Adresse électronique",
        help_text="Celle que vous avez indiquée au début de votre demande.",
        widget=forms.EmailInput(attrs=EMAIL),
    )


class LinkOver(Http404):
    """No link of this browser leads to that dossier; or not any more, and somebody was typing (B-01).

    Whether the dossier exists plays no part in what is shown.
    """

    def page(self, request: HttpRequest) -> HttpResponse:
        """For a form of ours: what was typed, and how to come back to it. Otherwise a 404 with the way back."""
        if request.method != "POST" or not same_origin(request):
            return render(request, "membership/not_open.html", status=404)
        resend, has_files = typed_again(request)
        typed = any(value for name, value in resend if name not in NOT_TYPED)
        context = {
            "resend": resend if typed else [],
            "has_files": has_files,
            "path": request.get_full_path(),
            "form": WayBackForm(),
        }
        return render(request, "membership/session_over.html", context, status=403)


@contextmanager
def still_there() -> Iterator[None]:
    """Around a view that locks the visitor's dossier: deleted in another tab since it was read, it is over (B-01)."""
    try:
        yield
    except Application.DoesNotExist as gone:
        raise LinkOver from gone


class Validated(Http404):
    """The visitor's own dossier was validated meanwhile, in another tab or by somebody else: its lists are closed."""

    def __init__(self, dossier: Application) -> None:
        super().__init__()
        self.dossier = dossier

    def page(self, request: HttpRequest) -> HttpResponse:
        """« Mon dossier », with why one is there."""
        said = "Cette demande a été validée : elle ne peut plus être modifiée ici."
        lost = "Ce que vous venez d’envoyer n’en fait pas partie : écrivez-le-nous ci-dessous, ou appelez-nous."
        messages.warning(request, f"{said} {lost}" if request.method == "POST" else said)
        return redirect("membership:dossier", self.dossier.pk)


def dossier_or_404(request: HttpRequest, pk: UUID) -> Application:
    """The visitor's dossier with its establishment, in one query; somebody else's is not there."""
    mine = Application.objects.for_visitor(request.visitor)  # type: ignore[attr-defined]
    found = mine.select_related("establishment").filter(pk=pk).first()
    if found is None:
        raise LinkOver
    return found


def draft_or_404(request: HttpRequest, pk: UUID) -> Application:
    """The visitor's dossier while it can still be changed."""
    dossier = dossier_or_404(request, pk)
    if not dossier.is_draft:
        raise Validated(dossier)
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
