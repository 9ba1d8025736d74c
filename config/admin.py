from __future__ import annotations

from django.contrib import admin


class GuichetAdminSite(admin.AdminSite):
    """The back office."""

    site_header = "Guichet"
    site_title = "Guichet"
    index_title = "Travail en cours"
