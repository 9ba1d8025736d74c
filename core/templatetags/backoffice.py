"""What the admin's own pages load: `{% load backoffice %}`."""

from __future__ import annotations

from typing import Any

from django import template
from django.db.models import Model
from django.forms import Media

from core.journal import timeline

register = template.Library()

ENTRIES = 50  # of a history, newest first
_JQUERY = ("admin/js/vendor/jquery/jquery", "admin/js/jquery.init.js")
_WITH_JQUERY = {"admin/js/inlines.js", "admin/js/autocomplete.js"}
# Addresses made from titles, windows to add what is chosen from, actions on lists, calendars: 50 kB no form of ours
# uses. Dates are typed, here as everywhere on the site.
_UNUSED = (
    "admin/js/vendor/xregexp/",
    "admin/js/urlify.js",
    "admin/js/prepopulate.js",
    "admin/js/admin/RelatedObjectLookups.js",
    "admin/js/actions.js",
    "admin/js/calendar.js",
    "admin/js/admin/DateTimeShortcuts.js",
    "admin/js/core.js",
)


@register.filter
def needed(media: Media) -> Media:
    """The scripts of an admin form without those that nothing on it uses; Django gives every form all of them."""
    scripts = media._js  # type: ignore[attr-defined]
    unused = _UNUSED if _WITH_JQUERY.intersection(map(str, scripts)) else _UNUSED + _JQUERY
    kept = [script for script in scripts if not str(script).startswith(unused)]
    return Media(css=media._css, js=kept)  # type: ignore[attr-defined]


@register.inclusion_tag("admin/history.html")
def history(subject: Model) -> dict[str, Any]:
    """What happened to `subject`, what only staff read included: a part of its page."""
    return {"entries": timeline(subject, staff=True).order_by("-at", "-pk")[:ENTRIES]}
