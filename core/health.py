"""Liveness (the process answers) and readiness (it can serve: database and migrations; how the scanner is)."""

from __future__ import annotations

from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core import scanner
from core.access import PUBLIC, audience


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
    """
    try:
        executor = MigrationExecutor(connection)
        migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Error:
        return JsonResponse({"ready": False, "database": False}, status=503)
    state = {"ready": migrated, "database": True, "migrated": migrated}
    if scanner.is_configured():
        state["scanner"] = scanner.answers()
    return JsonResponse(state, status=200 if migrated else 503)
