"""`<input>` elements and the fields around them, written without Django's templates.

A page of forms has many of them, and each costs several templates: that was half of what such a page took.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from core.markup import attributes, escaped, worded

_FOLDER = "django/forms/widgets/"
_KINDS = ("checkbox", "color", "date", "datetime", "email", "file", "hidden", "input", "number", "password", "search")
_INPUTS = frozenset(f"{_FOLDER}{kind}.html" for kind in (*_KINDS, "tel", "text", "time", "url"))
# One of a group; Django's template may also put it in a label.
_OPTIONS = frozenset(f"{_FOLDER}{kind}_option.html" for kind in ("checkbox", "input", "radio"))
_OPTIONAL = ' <span class="optional">(facultatif)</span>'
_EITHER = ' <span class="optional">(l’un ou l’autre)</span>'


def render_input(template_name: str, context: Mapping[str, Any]) -> SafeString | None:
    """What the template would give; None when it is not one of a plain `<input>`."""
    widget = context["widget"]
    if template_name not in _INPUTS and (template_name not in _OPTIONS or widget.get("wrap_label")):
        return None
    attrs = {"type": widget["type"], "name": widget["name"]}
    if widget["value"] is not None:
        attrs["value"] = widget["value"]
    return mark_safe(f"<input{attributes(attrs)}{attributes(widget['attrs'])}>")  # noqa: S308 escaped by attributes


def render_field(field: Any) -> SafeString:
    """A bound field with its label, hint and errors: `{{ field.as_field_group }}`, and what `{{ form }}` is made of."""
    write = {"group": _group, "box": _box}.get(field.kind, _line)
    return mark_safe(write(field))  # noqa: S308 each part is escaped


def _line(field: Any) -> str:
    """One answer: label, hint, error, input."""
    wrong = _wrong(field)
    for_id = escaped(field.id_for_label)
    return (
        f'<div class="field {field.width}{wrong}">'
        f'<label for="{for_id}">{worded(field.label)}{_optional(field)}</label>'
        f"{_hint(field)}{_why(field)}{field}</div>\n"
    )


def _box(field: Any) -> str:
    """A single box, whose label stands after it."""
    return (
        f'<div class="field{_wrong(field)}">{_why(field)}'
        f'<div class="choice">{field}<label for="{escaped(field.id_for_label)}">{worded(field.label)}</label></div>'
        f"{_hint(field)}</div>\n"
    )


def _group(field: Any) -> str:
    """Radios or several boxes; with hints they stand as cards."""
    described = field.aria_describedby
    about = f' aria-describedby="{escaped(described)}"' if described else ""
    cards = " cards" if field.hints else ""
    choices = "".join(_choice(choice, hint) for choice, hint in field.rows)
    return (
        f'<fieldset id="{escaped(field.auto_id)}" class="field{_wrong(field)}{cards}"{about}>'
        f"<legend>{worded(field.label)}{_optional(field)}</legend>{_hint(field)}{_why(field)}{choices}</fieldset>\n"
    )


def _choice(choice: Any, hint: str) -> str:
    label = worded(choice.choice_label)
    words = f'<strong>{label}</strong><span class="hint">{worded(hint)}</span>' if hint else label
    return f'<div class="choice">{choice.tag()}<label for="{escaped(choice.id_for_label)}">{words}</label></div>'


def _wrong(field: Any) -> str:
    return " wrong" if field.errors else ""


def _optional(field: Any) -> str:
    if field.field.required:
        return ""
    return _EITHER if field.name in getattr(field.form, "either", ()) else _OPTIONAL


def _hint(field: Any) -> str:
    if not field.help_text:
        return ""
    return f'<p class="hint" id="{escaped(field.auto_id)}_helptext">{escaped(field.help_text)}</p>'


def _why(field: Any) -> str:
    if not field.errors:
        return ""
    words = " ".join(worded(message) for message in field.errors)
    return f'<p class="why" id="{escaped(field.auto_id)}_error"><span class="sr">Erreur\u00a0: </span>{words}</p>'
