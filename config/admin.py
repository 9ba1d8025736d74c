from __future__ import annotations

from functools import update_wrapper
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import URLPattern, URLResolver, path

from core.throttle import client_ip, hit, too_many


class GuichetAdminSite(admin.AdminSite):
    """The back office. Its home page is the work queue of the dossiers.

    The queue is imported where it is used: its package registers itself on this very site.
    """

    site_header = "Guichet"
    site_title = "Guichet"
    index_title = "Travail en cours"
    enable_nav_sidebar = False

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Every page of the back office. A NUL in an address is dropped: PostgreSQL refuses to look for one."""

        def without_nul(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if "%00" in request.META["QUERY_STRING"]:
                request.GET = QueryDict(request.META["QUERY_STRING"].replace("%00", ""))  # type: ignore[misc]
            return view(request, *args, **kwargs)

        return super().admin_view(update_wrapper(without_nul, view), cacheable)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        from core import privacy_views
        from membership.admin import exporting, queue

        own: list[URLPattern | URLResolver] = [
            path("file/attribuer/", self.admin_view(queue.assign_selected), name="queue-assign"),
            path("file/export.<str:kind>", self.admin_view(exporting.export), name="queue-export"),
            path("donnees-personnelles/", self.admin_view(privacy_views.page), name="privacy"),
        ]
        return own + super().get_urls()

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Django's own login, with a limit on tries per account and per address."""
        if request.method == "POST":
            account = request.POST.get("username", "").strip().lower()[:254]
            # Both are counted: one account tried from everywhere, one address that tries every account.
            over = [
                hit("login-account", account, limit=10, seconds=900),
                hit("login-ip", client_ip(request), limit=30, seconds=900),
            ]
            if any(over):
                return too_many(request)
        return super().login(request, extra_context)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        from membership.admin import queue

        return queue.home(request, {**self.each_context(request), **(extra_context or {})})
