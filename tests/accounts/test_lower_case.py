"""An address is kept in lower case: the door looks for nothing else."""

from __future__ import annotations

import importlib

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from accounts.models import User
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def test_the_database_takes_no_capital_letter():
    user = UserFactory(email="claire@morel.example")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=user.pk).update(email="Claire@morel.example")
    assert User.objects.create_user("É.Morel@Morel.Example").email == "é.morel@morel.example"


@pytest.fixture
def as_before():
    """Capital letters as a row of before may have them."""
    sqlite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        lift = "PRAGMA ignore_check_constraints = ON" if sqlite else None
        cursor.execute(lift or "ALTER TABLE accounts_user DROP CONSTRAINT user_email_lower_case")
        yield
        if sqlite:
            cursor.execute("PRAGMA ignore_check_constraints = OFF")


def lower() -> None:
    importlib.import_module("accounts.migrations.0004_lower_case_email").lower(apps, None)


@pytest.mark.usefixtures("as_before")
def test_the_migration_lowers_what_there_was():
    one, other = UserFactory(email="a@morel.example"), UserFactory(email="b@morel.example")
    User.objects.filter(pk=other.pk).update(email="B@Morél.example")
    lower()
    assert dict(User.objects.values_list("pk", "email")) == {one.pk: "a@morel.example", other.pk: "b@morél.example"}


@pytest.mark.usefixtures("as_before")
def test_two_accounts_of_one_address_are_for_somebody_to_decide():
    one, other = UserFactory(email="a@morel.example"), UserFactory(email="b@morel.example")
    User.objects.filter(pk=other.pk).update(email="A@Morel.example")
    with pytest.raises(RuntimeError, match=f"{one.pk} and {other.pk}|{other.pk} and {one.pk}"):
        lower()
    assert set(User.objects.values_list("email", flat=True)) == {"a@morel.example", "A@Morel.example"}
