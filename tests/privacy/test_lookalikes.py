"""Two addresses that a database takes for one are two people: nobody is shown, or erases, the other's data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.models import EmailField
from django.db.models.lookups import IExact
from django.test.utils import register_lookup
from django.urls import reverse

from core import privacy
from core.privacy import Person
from membership.models import Contact
from tests.factories import COMPANY, ApplicationFactory, MemberFactory, UserFactory, make_operator, sign_in
from tests.factories_contributions import CampaignFactory, DeclarationFactory
from tests.factories_requests import make_employer, make_request
from tests.factories_sepa import IBAN, make_mandate

pytestmark = pytest.mark.django_db

ADDRESS = "claire.morel@morel.example"
ALIKE = ADDRESS.replace("i", "ı", 1)  # PostgreSQL: UPPER('ı') = 'I'


class Folding(IExact):
    """On SQLite too, letters are compared as PostgreSQL does: in capitals of the whole of Unicode."""

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        column, params = self.process_lhs(compiler, connection)
        return f"capitals({column}) = capitals(%s)", [*params, self.rhs]


@pytest.fixture(autouse=True)
def folding(db: None) -> Iterator[None]:
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        connection.connection.create_function("capitals", 1, lambda text: text and text.upper())
    with register_lookup(EmailField, Folding):
        yield


def _everything_of_claire() -> set[str]:
    """Rows of each table that is searched by address; the titles under which they are told."""
    make_operator()
    dossier = ApplicationFactory(awaiting=True)
    Contact.objects.filter(establishment=dossier.establishment).update(email=ADDRESS.upper())
    user, member = make_employer(email=ADDRESS)
    make_request(user, member)
    make_mandate(member, email=ADDRESS.capitalize())
    DeclarationFactory(campaign=CampaignFactory(year=2027), member=MemberFactory(left_on=None), signer_email=ADDRESS)
    return {
        "Compte",
        "Contacts d’entreprises",
        "Demandes d’adhésion",
        "Mandats de prélèvement",
        "Déclarations signées",
        "Demandes",
        "Messages de demandes",
    }


@pytest.mark.fault("H7", "A2")
def test_an_address_that_only_looks_like_another_is_nobody_s():
    titles = _everything_of_claire()
    assert titles <= set(privacy.export(Person(email=ADDRESS)))
    assert titles <= set(privacy.export(Person(email=ADDRESS.upper()))), "a capital letter is no other person"
    assert privacy.export(Person(email=ALIKE)) == {}
    assert privacy.erase(Person(email=ALIKE), by=COMPANY) == []


@pytest.mark.fault("H7", "A2")
def test_who_has_such_an_address_takes_his_own_data_alone(client):
    _everything_of_claire()
    sign_in(client, UserFactory(email=ALIKE, phone=""))
    data = client.get(reverse("accounts:my-data"))
    told = data.json()["données"]
    assert list(told) == ["Compte"]
    assert [row["adresse électronique"] for row in told["Compte"]] == [ALIKE]
    assert IBAN not in data.content.decode()
