"""Papers the employer sends: with the request (step 6), and afterwards from « Mon dossier »."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from core.access import LINK, audience
from core.throttle import client_ip, hit, too_many
from core.transitions import Refused
from documents import uploads
from documents.downloads import serve, serve_merged, serve_thumbnail
from documents.intake.names import readable
from documents.uploads import UploadRefused
from membership import drafts, pieces, workflow
from membership.document_notices import FILES, KIND, tell
from membership.employer import Validated, actor, dossier_or_404, still_there, upload_or_404
from membership.models import Application
from membership.wording import merged_name

MERGED_AN_HOUR = 30  # of one dossier: up to 100 MB are put together each time


@audience(LINK)
@require_POST
@still_there()
def add(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take one or several files of one kind. Each is judged alone: a bad one does not lose the good ones."""
    mine = dossier_or_404(request, pk)
    all_taken = take(request, mine)
    return _back(mine, request.POST.get("kind", ""), error=not all_taken)


def take(request: HttpRequest, mine: Application) -> bool:
    """Store the files of a request; what is wrong with any is told beside them. Whether all were taken."""
    kind = request.POST.get("kind", "")
    allowed = pieces.WITH_REQUEST if mine.is_draft else pieces.AFTER_REQUEST
    files = request.FILES.getlist("files")
    if kind not in allowed:
        words = "Dites quel document vous envoyez, puis choisissez-le à nouveau."
        tell(request, messages.ERROR, words, KIND + allowed[0])
    elif not files:
        tell(request, messages.ERROR, "Choisissez au moins un fichier à envoyer.", FILES)
    else:
        taken = [_add_one(request, mine, kind, file) for file in files]  # a bad one does not stop the others
        return all(taken)
    return False


def _add_one(request: HttpRequest, mine: Application, kind: str, file: UploadedFile) -> bool:
    try:
        uploads.count_from(client_ip(request), file.size or 0)
        add = drafts.add_upload if mine.is_draft else workflow.add_piece
        upload = add(mine, kind, file, by=actor(mine))
    except (UploadRefused, Refused) as refusal:
        tell(request, messages.ERROR, f"« {readable(file.name or '')[:80]} » : {refusal}", FILES)
        return False
    pages = f"{upload.pages} page{'s' if upload.pages > 1 else ''}"
    if upload.is_held:
        tell(request, messages.INFO, f"« {upload.name} » est reçu ({pages}). Il s’ouvrira ici une fois vérifié.")
    else:
        tell(request, messages.SUCCESS, f"« {upload.name} » est ajouté ({pages}).")
    return True


@audience(LINK)
@require_POST
@still_there()
def remove(request: HttpRequest, pk: UUID, upload_pk: UUID) -> HttpResponse:
    mine = dossier_or_404(request, pk)
    upload = upload_or_404(mine, upload_pk)
    try:
        if mine.is_draft:
            drafts.remove_upload(mine, upload)
        else:
            workflow.remove_piece(mine, upload, by=actor(mine))
    except Refused as refusal:
        tell(request, messages.ERROR, str(refusal))
        return _back(mine, error=True)
    tell(request, messages.SUCCESS, f"« {upload.name} » est retiré.")
    return _back(mine)


@audience(LINK)
@require_POST
@still_there()
def move(request: HttpRequest, pk: UUID, upload_pk: UUID) -> HttpResponse:
    """Change the order of the documents in the one PDF (D-17)."""
    mine = dossier_or_404(request, pk)
    upload = upload_or_404(mine, upload_pk)
    if not mine.is_draft:
        raise Validated(mine)
    drafts.move_upload(mine, upload, up=request.POST.get("to") == "up")
    return _back(mine)


@audience(LINK)
@require_safe
def view(request: HttpRequest, pk: UUID, upload_pk: UUID) -> HttpResponse:
    return serve(upload_or_404(dossier_or_404(request, pk), upload_pk), inline=True)


@audience(LINK)
@require_safe
def preview(request: HttpRequest, pk: UUID, upload_pk: UUID) -> HttpResponse:
    return serve_thumbnail(upload_or_404(dossier_or_404(request, pk), upload_pk), client_ip(request))


@audience(LINK)
@require_safe
def merged(request: HttpRequest, pk: UUID) -> HttpResponse:
    """All documents as the one PDF that M-07 speaks of."""
    mine = dossier_or_404(request, pk)
    if hit("merged", str(mine.pk), limit=MERGED_AN_HOUR, seconds=3600):
        return too_many(request)
    return serve_merged(mine, merged_name(mine))


def _back(mine: Application, kind: str = "", *, error: bool = False) -> HttpResponse:
    """Back to the documents; `kind` stays ticked for the next file. An error takes the focus by itself: browsers give
    none to it when the address names a place of the page."""
    page = ("membership:step", mine.pk, "documents") if mine.is_draft else ("membership:dossier", mine.pk)
    response = redirect(*page)
    if kind in pieces.LABELS:
        response["Location"] += f"?document={kind}"
    if not (mine.is_draft or error):
        response["Location"] += "#documents"
    return response
