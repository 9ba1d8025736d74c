"""Rows that an import into « Mes salariés » left to correct are told where one declares (C-04)."""

from __future__ import annotations

import pytest
from django.urls import reverse

from contributions.states import State
from core.models import PendingRow
from core.models.subject import subject_key
from tests.contributions.conftest import SIGNER, logged_in, press, url
from tests.factories_contributions import fill

pytestmark = [pytest.mark.django_db, pytest.mark.req("C-04")]


@pytest.fixture
def two_left(draft):
    fill(draft)
    for line in (2, 3):
        PendingRow.objects.create(**subject_key(draft.member), kind="employees", line=line)
    return draft


@pytest.mark.parametrize("step", ["salaries", "validation"])
def test_the_steps_tell_them_and_lead_to_the_list(two_left, member, step):
    page = logged_in(member, "declares", "employees").client.get(url("step", two_left, step)).text
    assert "2 lignes importées dans «&nbsp;Mes salariés&nbsp;» sont encore à corriger" in page
    assert f'href="{reverse("space:employees", args=[member.pk])}#employees">Les corriger' in page


def test_who_may_not_change_the_list_is_told_whom_to_ask(two_left, declarer):
    assert "Demandez à la personne qui tient la liste" in declarer.client.get(url("step", two_left, "salaries")).text


def test_validating_without_them_is_confirmed(two_left, declarer):
    answer = press(declarer.client, two_left, "validation", **SIGNER)
    assert answer.status_code == 422
    assert "cochez cette case" in answer.text
    press(declarer.client, two_left, "validation", without_left_over="on", **SIGNER)
    two_left.refresh_from_db()
    assert two_left.state == State.VALIDATED


def test_accueil_tells_who_keeps_the_list(two_left, member):
    home = reverse("space:home", args=[member.pk])
    assert "2 lignes de votre dernier import sont à corriger" in logged_in(member, "employees").client.get(home).text
    assert "dernier import" not in logged_in(member, "declares").client.get(home).text
