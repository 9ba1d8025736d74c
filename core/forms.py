"""The one way forms look and speak: renderer, field layout, French messages, text that is safe to keep.

A form of a portal inherits `GuichetForm` or `GuichetModelForm`; `{{ form }}` renders all of it with
templates/forms/. Nothing here knows a domain.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cached_property
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.forms.boundfield import BoundField
from django.forms.models import ModelFormMetaclass
from django.forms.renderers import TemplatesSetting

from core.commune_fields import CommuneField, CommuneFieldsMixin
from core.form_messages import speak_french
from core.formfields import (
    BirthDateField,
    FrenchDateField,
    IbanField,
    IdentifierField,
    LongText,
    MobileField,
    MoneyField,
    NafField,
    PhoneField,
    PostcodeField,
    SiretField,
    WholeNumberField,
    parse_date,
)
from core.inputs import render_field, render_input
from core.text import lower_first, unbroken

__all__ = [
    "MAX_TYPED",
    "BirthDateField",
    "CommuneField",
    "CommuneFieldsMixin",
    "FrenchDateField",
    "GuichetForm",
    "GuichetModelForm",
    "GuichetRenderer",
    "IbanField",
    "IdentifierField",
    "LongText",
    "MobileField",
    "MoneyField",
    "NafField",
    "PhoneField",
    "PostcodeField",
    "SiretField",
    "WholeNumberField",
    "differences",
    "parse_date",
    "shown",
]

MAX_TYPED = 10_000  # characters kept of one answer that is not right yet

# Controls (but not tab and line ends), and the marks that make text read backwards or hide it.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
_LINE_ENDS = re.compile("[\t\n\r\u2028\u2029]")


def refuse_invisible(text: str) -> None:
    """Validator: control characters, bidirectional overrides, NUL."""
    if _INVISIBLE.search(text):
        raise ValidationError(
            "Ce texte contient un caractère invisible, souvent apporté par un copier-coller. "
            "Effacez-le et tapez-le à nouveau.",
            code="invisible",
        )


def refuse_line_ends(text: str) -> None:
    """Validator: what is typed in a one-line field is one line."""
    if _LINE_ENDS.search(text):
        raise ValidationError("Écrivez cette réponse sur une seule ligne.", code="line_end")


_CUT = 200  # characters: from here on nobody reaches the limit by naming something

# How the fields that hold words about a person are named, in all our forms.
_WORDS = ("last_name", "first_name", "job_title", "_function")


def refuse_without_letter(text: str) -> None:
    """Validator: somebody's name or job has a letter; marks and pictures alone are none."""
    if text and not any(map(str.isalpha, text)):
        raise ValidationError("Écrivez cette réponse avec des lettres : il n’y en a aucune.", code="no_letter")


# Names, in all our forms, and what a mail program makes a link of. « morel.com » is how some companies are called.
_NAMES = ("name", "trade_name")
_LINK = re.compile(r"://|\bwww\.|\w@[\w-]+\.\w", re.IGNORECASE)


def refuse_link(text: str) -> None:
    """Validator: a name is no link. It is quoted in mails that leave in our name, to addresses that anybody types."""
    if _LINK.search(text):
        raise ValidationError(
            "Écrivez cette réponse sans adresse de site ni de courriel : retirez « www. », « :// » ou « @ ».",
            code="link",
        )


def _prepare(field: forms.Field, name: str, label: Any) -> None:
    """Give a field of a form (already a copy of the class's) our messages and checks."""
    speak_french(field, label)
    if isinstance(field, forms.CharField):
        field.validators.append(refuse_invisible)
        if (field.max_length or _CUT) < _CUT:
            # The browser would cut what is pasted without a word; our message says how much is too much.
            field.widget.attrs.pop("maxlength", None)
        if name.endswith(_WORDS):
            field.validators.append(refuse_without_letter)
        if name in _NAMES or name.endswith(("last_name", "first_name")):
            field.validators.append(refuse_link)
        if not isinstance(field.widget, forms.Textarea):
            field.validators.append(refuse_line_ends)


# What Django renders of a form that holds no answer, but labels and messages.
_WORDS_ONLY = ("django/forms/errors/", "django/forms/label.html")


class UnbrokenBoundField(BoundField):
    """A field of any form, those that Django's own pages of the back office show included."""

    def __init__(self, form: forms.BaseForm, field: forms.Field, name: str) -> None:
        super().__init__(form, field, name)
        self.help_text = unbroken(str(self.help_text))


class GuichetBoundField(UnbrokenBoundField):
    """A field as `core.inputs.render_field` needs it."""

    @property
    def data(self) -> Any:
        """What was typed, in Unicode's composed form: « é » is one character, however it was made."""
        value = super().data
        return unicodedata.normalize("NFC", value) if isinstance(value, str) and not value.isascii() else value

    @cached_property
    def kind(self) -> str:
        """How to lay it out: `group` (radios, several boxes), `box` (one box), `file` or `text`."""
        widget = self.field.widget
        if widget.use_fieldset:
            return "group"
        if isinstance(widget, forms.CheckboxInput):
            return "box"
        return "file" if isinstance(widget, forms.FileInput) else "text"

    @cached_property
    def width(self) -> str:
        """`third`, `half` or `two-thirds` of the row, from the form's `layout`."""
        return getattr(self.form, "layout", {}).get(self.name, "")

    @property
    def focus_id(self) -> str:
        """The element that a line of the error summary leads to."""
        return f"{self.auto_id}_0" if self.kind == "group" else self.id_for_label

    @cached_property
    def hints(self) -> dict[str, str]:
        """What to say under each choice of a group, from the form's `choice_hints`."""
        return getattr(self.form, "choice_hints", {}).get(self.name, {})

    @property
    def rows(self) -> list[tuple[Any, str]]:
        """The choices of a group, each with its hint."""
        return [(choice, self.hints.get(str(choice.data["value"]), "")) for choice in self.subwidgets]

    def build_widget_attrs(self, attrs: Any, widget: Any = None) -> dict[str, Any]:
        built = super().build_widget_attrs(attrs, widget)
        if isinstance(widget or self.field.widget, forms.RadioSelect):
            built.pop("aria-invalid", None)  # ARIA has it for a group of radios, not for each of them
        return built


class GuichetRenderer(TemplatesSetting):
    """Django's form renderer with our template of a form; fields and inputs are written without one."""

    form_template_name = "forms/form.html"
    field_template_name = "core.inputs.render_field"  # a name to know it by: nothing is loaded
    bound_field_class = UnbrokenBoundField

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        if template_name == self.field_template_name:
            return render_field(context["field"])
        written = render_input(template_name, context) if "widget" in context else None
        if written is not None:
            return written
        html = super().render(template_name, context, request)
        return unbroken(html) if template_name.startswith(_WORDS_ONLY) else html


def _named(label: Any, message: str) -> str:
    """A message that can be read far from its field: with its label in front unless it names it already."""
    name = str(label).strip(" :")
    if name.lower().rstrip(".") in message.lower() or name.endswith("?"):
        return message
    return f"{name} : {lower_first(message)}"


class _Guichet:
    """What all our forms share. `layout` and `choice_hints` are for the look, both by field name; `either` names fields
    of which one at least is needed: none of them is called optional."""

    bound_field_class: type[BoundField] | None = GuichetBoundField
    layout: dict[str, str] = {}
    choice_hints: dict[str, dict[str, str]] = {}
    either: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any):
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():  # type: ignore[attr-defined]
            _prepare(field, name, field.label or name)

    @property
    def problems(self) -> list[tuple[str, str]]:
        """(element id, message) of each error, in the order of the page: the error summary."""
        found = [("", str(message)) for message in self.non_field_errors()]  # type: ignore[attr-defined]
        for bound in self:  # type: ignore[attr-defined]
            for message in map(str, bound.errors):
                # The sentence of a box says all; of several boxes left empty with the same one, the first is enough.
                if bound.kind != "box":
                    found.append((bound.focus_id, _named(bound.label, message)))
                elif message not in {said for _, said in found}:
                    found.append((bound.focus_id, message))
        return found


class GuichetForm(_Guichet, forms.Form):
    """A form of ours."""


_FORMFIELDS: tuple[tuple[type[models.Field], type[forms.Field]], ...] = (
    (models.DateTimeField, forms.DateTimeField),
    (models.DateField, FrenchDateField),
    (models.IntegerField, WholeNumberField),
)


def french_formfield(db_field: models.Field, **kwargs: Any) -> forms.Field | None:
    """The form field of a model's field: our date and count instead of Django's."""
    for kind, form_class in _FORMFIELDS:
        if isinstance(db_field, kind):
            return db_field.formfield(**{"form_class": form_class, **kwargs})
    return db_field.formfield(**kwargs)


class _FrenchFields(ModelFormMetaclass):
    """Uses `french_formfield` in every form for a model: a `Meta` inherits nothing by itself."""

    def __new__(mcs, name: str, bases: tuple[type, ...], attrs: dict[str, Any]) -> Any:
        meta = attrs.get("Meta")
        if meta is not None and not hasattr(meta, "formfield_callback"):
            meta.formfield_callback = french_formfield
        return super().__new__(mcs, name, bases, attrs)


class GuichetModelForm(_Guichet, forms.ModelForm, metaclass=_FrenchFields):
    """A form of ours for a model."""


def shown(bound: BoundField) -> str:
    """A stored answer as people read it."""
    value = bound.field.prepare_value(bound.initial)
    if value in (None, "", []):
        return "Non renseigné"
    choices = {str(key): str(label) for key, label in getattr(bound.field, "choices", ())}
    if isinstance(value, list):
        return ", ".join(choices.get(str(one), str(one)) for one in value)
    if choices:
        return choices.get(str(value), str(value))
    return str(bound.field.widget.format_value(value) or value)


def differences(stored: forms.BaseForm, typed: forms.BaseForm) -> list[tuple[str, str]]:
    """What is stored, (label, answer), where something else was typed: what two people do not agree on."""
    return [(str(bound.label), shown(bound)) for bound in stored if bound.name in typed.changed_data]
