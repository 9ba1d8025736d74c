"""Liveness (the process answers) and readiness (it can serve: database and migrations; how the scanner is)."""

from __future__ import annotations

import threading
import time

from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core import scanner
from core.access import PUBLIC, audience

KEPT = 3.0  # seconds: less than between two questions of a balancer
_answer: tuple[float, dict[str, bool]] = 0.0, {}  # until when, what
_one_at_a_time = threading.Lock()


@audience(PUBLIC)
@require_safe
@never_cache
def alive(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"alive": True})


@audience(PUBLIC)
@require_safe
@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """200 when requests can be served. The broker is not asked: without it mails wait, and nothing else.

    The virus scanner is only told of, where there is one: without it received files wait, and nothing else.
    Anybody may ask, as often as he likes: each process looks once in a few seconds, and tells that to all meanwhile.
    """
    global _answer
    with _one_at_a_time:
        until, state = _answer
        if time.monotonic() >= until:
            state = _look()
            _answer = time.monotonic() + KEPT, state
    return JsonResponse(state, status=200 if state["ready"] else 503)


def _look() -> dict[str, bool]:
    try:
        executor = MigrationExecutor(connection)
        migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Error:
        return {"ready": False, "database": False}
    state = {"ready": migrated, "database": True, "migrated": migrated}
    if scanner.is_configured():
        state["scanner"] = scanner.answers()
    return state
