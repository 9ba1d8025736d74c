from __future__ import annotations

from functools import update_wrapper
from typing import Any

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, path, reverse

from core.access import PASSWORD, PUBLIC, audience


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
        from membership.admin import bulk, exporting, queue

        own: list[URLPattern | URLResolver] = [
            path("file/attribuer/", self.admin_view(queue.assign_selected), name="queue-assign"),
            path("file/liens/", self.admin_view(bulk.send_links), name="queue-links"),
            path("file/export.<str:kind>", self.admin_view(exporting.export), name="queue-export"),
            path("donnees-personnelles/", self.admin_view(privacy_views.page), name="privacy"),
        ]
        return own + super().get_urls()

    @audience(PUBLIC)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The back office has no door of its own: everybody logs in on the same page."""
        return redirect_to_login(request.GET.get("next", reverse("admin:index")), reverse("accounts:login"))

    @audience(PASSWORD)
    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        from accounts.login_views import log_out

        return log_out(request)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """One place to change a password: it asks for the old one, and tells the person by mail."""
        return redirect("accounts:security")

    def password_change_done(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return redirect("accounts:security")

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        from membership.admin import queue

        return queue.home(request, {**self.each_context(request), **(extra_context or {})})
