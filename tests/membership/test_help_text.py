"""The help of step 5: which category of monitoring to choose."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps
from django.urls import reverse

from membership.models import HelpText
from tests.factories import ApplicationFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("operator")]


@pytest.mark.req("M-06")
def test_the_help_of_step_5_comes_with_the_tables_and_keeps_what_staff_made_of_it(holder):
    HelpText.objects.filter(slug="categorie-suivi").delete()
    migration = import_module("membership.migrations.0021_help_on_monitoring")
    assert [each.code for each in migration.Migration.operations] == [migration.fill]
    migration.fill(apps, None)
    draft = ApplicationFactory(confirmed_steps=["eligibilite", "etablissement", "contacts", "adresses"])
    shown = holder(draft).get(reverse("membership:step", args=[draft.pk, "salaries"])).content.decode()
    assert "Quelle catégorie de suivi choisir ?" in shown
    assert "Depuis le 1er octobre 2025" in shown
    assert "n’entraînent plus à elles seules un suivi renforcé" in shown
    HelpText.objects.filter(slug="categorie-suivi").update(body="Nos mots.")
    migration.fill(apps, None)
    assert HelpText.objects.get(slug="categorie-suivi").body == "Nos mots."
