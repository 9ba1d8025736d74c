"""Fields that a form does not have are ignored, whatever they are called (A6)."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import User
from membership.models import Employee
from tests.factories import sign_in
from tests.full_company import FullCompany

# What nobody may say of a row but the verbs: by its keys, for rows that were there before.
GUARDED = (
    *("state", "member_id", "establishment_id", "user_id", "author_id", "subject_id", "replaces_id"),
    *("total", "net", "vat", "invoice_id", "campaign_id", "validated_at", "signed_at", "code", "reference"),
    *("manages", "declares", "revoked_at"),
)
EMPLOYEE = {
    "last_name": "Diallo",
    "first_name": "Aminata",
    "birth_date": "03/05/1994",
    "hired_on": "15/06/2025",
    "contract_type": Employee.Contract.CDI,
    "job_title": "Cariste",
    "monitoring": "SI",
}


def extra(other: FullCompany) -> dict[str, Any]:
    """What somebody would add to make himself, or his neighbour, better off."""
    site = other.member.establishment
    return {
        "is_staff": "on",
        "is_superuser": "on",
        "is_active": "",
        "groups": "1",
        "user_permissions": "1",
        "state": "validated",
        "status": "active",
        "paid": "999.00",
        "reference": "D2026-999999",
        "total": "0.01",
        "net": "0.01",
        "vat": "0.00",
        "price": "0.01",
        "unit": "0.01",
        "headcount": "0",
        "member": other.member.pk,
        "member_id": other.member.pk,
        "company_id": other.member.pk,
        "establishment": site.pk,
        "establishment_id": site.pk,
        "siret": site.siret,
        "user": other.owner.pk,
        "author": other.owner.pk,
        "subject_id": other.member.pk,
        "pk": uuid4(),
        "campaign": other.validated.campaign_id,
        "replaces": other.validated.pk,
        "affiliates": "on",
    }


def guarded(company: FullCompany) -> dict[Any, dict[str, Any]]:
    """The guarded columns of each row of a company."""
    rows = [row for rows in company.rows().values() for row in rows]
    return {row["id"]: {name: row[name] for name in GUARDED if name in row} for row in rows}


@pytest.fixture
def company(db: None, settings: Any, tmp_path: Any) -> FullCompany:
    settings.MEDIA_ROOT = tmp_path / "files"
    return FullCompany(0)


@pytest.mark.fault("A6")
def test_fields_that_a_form_has_not_are_ignored(company: FullCompany) -> None:
    other = FullCompany(1)
    client, space = Client(), f"/espace/{company.member.pk}"
    sign_in(client, company.owner)
    pages: list[tuple[str, dict[str, Any]]] = [
        (f"{space}/salaries/ajouter/", EMPLOYEE),
        (f"{space}/salaries/{company.employee.pk}/", {**EMPLOYEE, "first_name": "Awa"}),
        (f"{space}/salaries/{company.employee.pk}/sortie/", {"last_day": "30/06/2026", "version": "2"}),
        (f"{space}/acces/{company.access.pk}/", {"rights": "employees"}),
        (f"{space}/cotiser/{company.draft.pk}/etape/declarations/", {"action": "next"}),
        (f"{space}/demandes/brouillon/{company.request_draft.pk}/", {"text": "Bonjour,", "action": "keep"}),
        (f"{space}/prelevement/nouveau/", {"holder": "Morel", "iban": "FR7630006000011234567890189"}),
        ("/compte/securite/adresse/", {"email": "neuve@morel.example"}),
    ]
    before, neighbour = guarded(company), other.changes()
    for path, typed in pages:
        response = client.post(path, {**extra(other), **typed})
        assert response.status_code == 302, (path, response.status_code)
        after = guarded(company)
        assert {key: after[key] for key in before} == before, path
        neighbour.look()
        assert neighbour.found == [], path
    user = User.objects.get(pk=company.owner.pk)
    assert (user.is_staff, user.is_superuser, user.is_active, user.groups.count()) == (False, False, True, 0)
    assert company.member.establishment.employees.filter(first_name="Aminata").count() == 1
