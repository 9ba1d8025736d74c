"""Attachments of messages: each file is judged alone, and a bad one loses neither the text nor the others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet

from core.throttle import hit
from core.transitions import Refused
from documents import uploads
from documents.intake.names import readable
from documents.models import Upload
from space.models import MemberRequest, RequestMessage
from space.requests import remove_file

KIND = "request"
FILES_AN_HOUR = 150  # of one account, over all its requests
_LABEL = RequestMessage._meta.label_lower


def attached(messages: Iterable[RequestMessage]) -> dict[UUID, list[Upload]]:
    """The files of these messages, by message, in one query."""
    found: dict[UUID, list[Upload]] = {}
    keys = [message.pk for message in messages]
    for upload in Upload.objects.filter(subject_type=_LABEL, subject_id__in=keys):
        found.setdefault(upload.subject_id, []).append(upload)
    return found


def readable_files(request: MemberRequest, user: Any, *, staff: bool = False) -> QuerySet[Upload]:
    """The files of the thread: those that were sent, and those of one's own draft."""
    messages = RequestMessage.objects.filter(request=request)
    mine = messages.filter(sent_at=None, author=user, from_staff=staff)
    return Upload.objects.filter(
        subject_type=_LABEL, subject_id__in=(messages.filter(sent_at__isnull=False) | mine).values("pk")
    )


def take(message: RequestMessage, files: Iterable[UploadedFile], *, user: Any, by: str) -> list[tuple[str, str]]:
    """Store the files of a message not sent yet. Returns what is wrong with any, as lines of the error summary."""
    problems = []
    for file in files:
        try:
            if hit("request-files", str(user.pk), limit=FILES_AN_HOUR, seconds=3600):
                raise Refused(uploads.TOO_MANY)
            uploads.accept(message, KIND, file, uploaded_by=by)
        except Refused as refusal:
            problems.append(("files", f"« {readable(file.name or '')[:80]} » : {refusal}"))
    return problems


def drop(message: RequestMessage, key: str) -> None:
    """Take off one file of the draft, if it is there."""
    try:
        upload = Upload.objects.about(message).filter(pk=UUID(key)).first()
    except ValueError:
        return
    if upload is not None:
        remove_file(message, upload)
