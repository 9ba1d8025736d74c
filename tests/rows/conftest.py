from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from core.models import AccessLink
from membership.people import EMPLOYEES
from tests.factories import ApplicationFactory

HEADERS = [
    "Nom",
    "Prénom",
    "Date de naissance",
    "Date d’embauche",
    "Type de contrat",
    "Poste",
    "Code PCS-ESE",
    "Type de suivi",
]
CAMILLE = ["Lefèvre", "Camille", "03/05/1994", "15/06/2025", "CDI", "Comptable", "543d", "Simple (SI)"]
HUGO = ["Petit", "Hugo", "22/11/2001", "31/02/2026", "Apprenti", "Menuisier", "", "renforcé"]  # hired on no day at all


def person(number, **changes):
    values = dict(zip(HEADERS, [f"Nom{number:04d}", *CAMILLE[1:]], strict=True))
    return list((values | changes).values())


@pytest.fixture
def dossier(db):
    return ApplicationFactory(employees=0, confirmed_steps=["eligibilite", "etablissement", "contacts", "adresses"])


def visit(dossier):
    """A browser that has opened the dossier's personal link."""
    _, token = AccessLink.issue(dossier, "dossier", timedelta(days=1))
    client = Client()
    client.get(reverse("membership:open", args=[token]))
    return client


@pytest.fixture
def visitor(dossier):
    return visit(dossier)


@pytest.fixture
def url(dossier):
    return lambda name, *args: EMPLOYEES.url(name, dossier, *args)


@pytest.fixture
def page(dossier):
    return EMPLOYEES.page_url(dossier)


@pytest.fixture
def employees(dossier):
    return dossier.establishment.employees
