"""Whose postal address a message goes to: every app that writes to employers says how it is found (B-24)."""

from __future__ import annotations

import pytest

from membership.models import Address
from notifications.letters import address_of
from tests.factories import UserFactory
from tests.full_company import FullCompany

pytestmark = [pytest.mark.django_db, pytest.mark.req("B-24")]


def test_all_that_employers_are_written_about_leads_to_their_address() -> None:
    company = FullCompany(0)
    site = company.member.establishment
    site.addresses.filter(kind=Address.Kind.ADMINISTRATIVE).update(
        same_as="", recipient="Cabinet Duval", street="3 rue Jean-Jaurès", postcode="91390", commune_name="Morsang"
    )
    expected = [site.name, "Cabinet Duval", "3 rue Jean-Jaurès", "91390 Morsang"]
    known = [company.member, company.invoice, company.planned, company.planned.mandate, company.request]
    known.append(company.member.declarations.first())
    for subject in known:
        assert address_of(type(subject).objects.get(pk=subject.pk)) == expected, subject
    assert address_of(UserFactory()) == []
    assert address_of(None) == []
