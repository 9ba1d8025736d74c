"""What the admin's own pages load: `{% load backoffice %}`."""

from __future__ import annotations

from django import template
from django.forms import Media

register = template.Library()

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
