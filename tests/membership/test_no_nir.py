"""An occupational-health service has no right to social-security numbers: nothing here asks for one or holds one."""

from __future__ import annotations

import pytest
from django.apps import apps

from membership import forms
from membership.people import EMPLOYEES

NAMES = ("nir", "social_security", "ssn", "secu")


@pytest.mark.req("D-22")
def test_no_column_holds_a_nir() -> None:
    columns = [
        f"{model._meta.label}.{field.name}"
        for label in ("membership", "core", "documents", "notifications", "accounts")
        for model in apps.get_app_config(label).get_models()
        for field in model._meta.fields
    ]
    assert len(columns) > 100
    assert [column for column in columns if any(name in column.lower().split(".")[-1] for name in NAMES)] == []


@pytest.mark.req("D-22")
def test_no_form_asks_for_a_nir_and_an_import_ignores_its_column() -> None:
    for name in forms.__all__:
        fields = getattr(getattr(forms, name), "base_fields", {})
        assert not [field for field in fields.values() if "sécurité sociale" in str(field.label).lower()]
    known = {word.lower() for words in EMPLOYEES.aliases.values() for word in words}
    assert not [word for word in known if "sécurité sociale" in word or "nir" in word.split()]
