"""The pages that every French site owes its visitors."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core.access import PUBLIC, audience


@audience(PUBLIC)
@require_safe
def notice(request: HttpRequest) -> HttpResponse:
    return render(request, "legal/notice.html")


@audience(PUBLIC)
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "legal/privacy.html")


@audience(PUBLIC)
@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "legal/accessibility.html")
