from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from space.company import Company
from space.employees import EMPLOYEES
from tests.factories import EmployeeFactory, MemberFactory, UserFactory, give_access, sign_in

ANSWERS = {
    "last_name": "Diallo",
    "first_name": "Aminata",
    "birth_date": "03/05/1994",
    "hired_on": "15/06/2025",
    "contract_type": "cdi",
    "job_title": "Cariste",
    "pcs_code": "",
    "monitoring": "SIR",
}


@pytest.fixture
def member(db):
    return MemberFactory(left_on=None, establishment__name="Menuiserie Morel")


@pytest.fixture
def staff(member):
    """The employees, as stored."""
    return member.establishment.employees


@pytest.fixture
def hire(member):
    return lambda **traits: EmployeeFactory(establishment=member.establishment, **traits)


def somebody(member, *rights, **names):
    """An account with these rights on the member (all of them), and its browser."""
    user = UserFactory(**names)
    access = give_access(user, member, *rights)
    client = Client()
    sign_in(client, user)
    client.company = Company(access)
    return client


@pytest.fixture
def client(member):
    return somebody(member, first_name="Claire", last_name="Morel")


@pytest.fixture
def page(member):
    return reverse("space:employees", args=[member.pk])


@pytest.fixture
def url(client):
    return lambda name, *args: EMPLOYEES.url(name, client.company, *args)


LONG_AGO = date(2020, 3, 1)
