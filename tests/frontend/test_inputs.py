"""Inputs written by us are Django's to the letter."""

from __future__ import annotations

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.safestring import mark_safe

from core.forms import GuichetRenderer

OURS, DJANGO = GuichetRenderer(), DjangoTemplates()
HOSTILE = "\"><script>alert(1)</script> {{7*7}} & ' é"


@pytest.mark.fault("F2")
@pytest.mark.parametrize(
    "widget",
    [
        forms.TextInput,
        forms.EmailInput,
        forms.NumberInput,
        forms.URLInput,
        forms.PasswordInput,
        forms.HiddenInput,
        forms.DateInput,
        forms.TimeInput,
        forms.CheckboxInput,
        forms.FileInput,
    ],
)
@pytest.mark.parametrize("value", [None, "", HOSTILE, mark_safe("&eacute;"), 12, True])
def test_an_input_is_written_as_djangos_templates_do(widget, value):
    attrs = {
        "id": "id_x",
        "required": True,
        "disabled": False,
        "data-n": 3,
        "title": HOSTILE,
        "lang": mark_safe("&lt;"),
    }
    one = widget(attrs=attrs)
    assert one.render("x", value, renderer=OURS) == one.render("x", value, renderer=DJANGO)


@pytest.mark.parametrize("widget", [forms.RadioSelect, forms.CheckboxSelectMultiple])
def test_so_are_the_options_of_a_group(widget):
    one = widget(choices=[("a", "A"), (HOSTILE, "B")])
    assert one.render("x", ["a"], {"id": "id_x"}, OURS) == one.render("x", ["a"], {"id": "id_x"}, DJANGO)
    for option in one.subwidgets("x", ["a"], {"id": "id_x"}):
        option["wrap_label"] = False
        ours = one._render(option["template_name"], {"widget": option}, OURS)
        assert ours == one._render(option["template_name"], {"widget": option}, DJANGO)
        assert ours.startswith("<input ")
