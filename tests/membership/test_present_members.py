"""A member whose departure is entered in advance is one until the end of its last day, wherever it is asked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from core.dates import today
from core.transitions import Refused
from membership import assignment, company, eligibility, workflow
from membership.models import Doctor, Establishment, Member
from space.standing import standings
from tests.factories import (
    CLERK,
    ApplicationFactory,
    EmployeeFactory,
    EstablishmentFactory,
    MemberFactory,
    UserFactory,
    give_access,
    sign_in,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("operator")]
DAYS = pytest.mark.parametrize(("last", "present"), [(None, True), (30, True), (0, True), (-1, False)])


def leaving(last: int | None, **columns) -> Member:
    return MemberFactory(left_on=None if last is None else today() + timedelta(days=last), **columns)


@DAYS
def test_one_rule_says_who_is_a_member(last, present):
    member = leaving(last)
    assert member.is_present is present
    assert Member.objects.present().filter(pk=member.pk).exists() is present
    assert bool(eligibility.present_member(member.siret)) is present
    assert bool(standings([member])[member.pk]) is present
    assert not Member.objects.present(today() + timedelta(days=31)).exclude(left_on=None).exists()


@DAYS
def test_no_second_membership_begins_before_the_first_has_ended(last, present):
    dossier = ApplicationFactory(complete=True)
    leaving(last, siret=dossier.siret)
    if present:
        with pytest.raises(Refused, match="déjà adhérent"):
            workflow.accept(dossier, by=CLERK)
    else:
        assert workflow.accept(dossier, by=CLERK).siret == dossier.siret


def test_a_siret_is_not_moved_to_that_of_a_member_who_has_not_left_yet():
    there, member = leaving(30), MemberFactory(left_on=None)
    site = Establishment.objects.get(pk=member.establishment_id)
    site.siret = there.siret
    with pytest.raises(Refused, match="est déjà celui de l’adhérent"):
        company._move_siret(site, member.siret, CLERK)


def test_a_departure_is_not_moved_over_a_membership_begun_since(client):
    sign_in(client, UserFactory(manager=True))
    left = leaving(-30)
    again = MemberFactory(left_on=None, siret=left.siret)
    address = reverse("admin:membership_member_change", args=[left.pk])
    fields = {"invoices-TOTAL_FORMS": "0", "invoices-INITIAL_FORMS": "0"}
    later = client.post(address, {**fields, "left_on": f"{today() + timedelta(days=9):%d/%m/%Y}"})
    assert f"de nouveau adhérent ({again.number})" in later.content.decode()
    assert client.post(address, {**fields, "left_on": f"{today() - timedelta(days=9):%d/%m/%Y}"}).status_code == 302


@DAYS
def test_only_who_has_left_is_called_a_former_member_among_ones_companies(client, last, present):
    user = UserFactory()
    give_access(user, leaving(last))
    give_access(user, MemberFactory(left_on=None))
    sign_in(client, user)
    shown = client.get(reverse("space:companies")).content.decode()
    assert ("Ancien adhérent" in shown) is not present


@pytest.mark.req("M-24")
def test_the_load_of_a_doctor_is_all_those_who_are_there_still(operator):
    busy, free = operator.doctors[:2]
    for last, days in [(None, (None, 30, -1)), (30, (None,)), (-1, (None, None))]:
        member = leaving(last, doctor=busy)
        for day in days:
            left_on = None if day is None else today() + timedelta(days=day)
            EmployeeFactory(establishment=member.establishment, left_on=left_on)
    loads = {doctor.pk: (doctor.followed, doctor.load) for doctor in Doctor.objects.with_load()}
    assert loads[busy.pk] == (3, 3 / busy.capacity)
    assert loads[free.pk] == (0, 0)
    Doctor.objects.filter(pk__in=[busy.pk, free.pk]).update(centre=operator.centres[0], capacity=100)
    site = EstablishmentFactory(commune_code="91103")
    assert assignment.choose_doctor(site).pk == free.pk
