from __future__ import annotations

import time

from celery import shared_task
from django.utils import timezone

from documents import held
from documents.issuing import RenderingFailed, ensure_rendered
from documents.models import Document

BATCH = 50
SHIFT_SECONDS = 15  # then the worker is free for what somebody waits for; the rest comes at the next sweep


@shared_task(name="documents.tasks.render_pending")
def render_pending() -> int:
    """Render documents that are due: « en préparation » resolves by itself. Returns how many are ready now.

    Safe to run late, twice, or on several machines: each document is claimed by one worker.
    """
    ready, end = 0, time.monotonic() + SHIFT_SECONDS
    for document in Document.objects.due(timezone.now()).order_by("retry_at")[:BATCH]:
        try:
            ensure_rendered(document)
        except RenderingFailed:
            continue  # noted on the document, which comes back at its own time
        ready += 1
        if time.monotonic() > end:
            break
    return ready


@shared_task(name="documents.tasks.scan_held")
def scan_held() -> int:
    """Show the files that are held to the virus scanner: « en cours de vérification » resolves by itself."""
    return held.sweep()
