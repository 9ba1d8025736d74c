"""`<input>` elements, written without Django's templates and to the same letter.

A page of forms has many of them, and each costs two templates: that was a third of what such a page took.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

_FOLDER = "django/forms/widgets/"
_KINDS = ("checkbox", "color", "date", "datetime", "email", "file", "hidden", "input", "number", "password", "search")
_INPUTS = frozenset(f"{_FOLDER}{kind}.html" for kind in (*_KINDS, "tel", "text", "time", "url"))
# One of a group; Django's template may also put it in a label.
_OPTIONS = frozenset(f"{_FOLDER}{kind}_option.html" for kind in ("checkbox", "input", "radio"))


def render_input(template_name: str, context: Mapping[str, Any]) -> SafeString | None:
    """What the template would give; None when it is not one of a plain `<input>`."""
    widget = context["widget"]
    if template_name not in _INPUTS and (template_name not in _OPTIONS or widget.get("wrap_label")):
        return None
    attrs = {"type": widget["type"], "name": widget["name"]}
    if widget["value"] is not None:
        attrs["value"] = widget["value"]
    return mark_safe(f"<input{_written(attrs)}{_written(widget['attrs'])}>")  # noqa: S308 escaped by _written


def _written(attrs: Mapping[str, Any]) -> str:
    return "".join(
        f" {name}" if value is True else f' {name}="{conditional_escape(value)}"'
        for name, value in attrs.items()
        if value is not False
    )
