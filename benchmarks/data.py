"""Rows for the benchmarks: one dossier as a person would fill it, or very many with what the queue and sweeps read."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import cycle, islice

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.utils import timezone

from accounts.models import User
from core.access import COOKIE_AGE, Visitor, grant
from core.dates import today
from core.models import AccessLink
from membership.models import Application, Employee, Establishment, Member
from membership.models.application import LINK
from membership.states import Queue, State
from tests.factories import (
    ApplicationFactory,
    EmployeeFactory,
    MemberFactory,
    UserFactory,
    give_access,
    make_operator,
    make_siret,
    sign_in,
)

# Of a hundred dossiers: most are closed, as after some years of use.
SPREAD = [
    *[(State.ACCEPTED, Queue.NONE)] * 62,
    *[(State.RETURNED, Queue.NONE)] * 9,
    *[(State.RETURNED, Queue.REFUND)] * 1,
    *[(State.WITHDRAWN, Queue.NONE)] * 4,
    *[(State.DRAFT, Queue.NONE)] * 10,
    *[(State.SUBMITTED, Queue.CHECK)] * 5,
    *[(State.UNPAID, Queue.COMPANY)] * 1,
    *[(State.AWAITING, Queue.COMPANY)] * 6,
    *[(State.AWAITING, Queue.READY)] * 2,
]
BATCH = 5_000
_STEP = 37  # without a common divisor with 100: neighbours differ


def draft(employees: int = 50) -> Application:
    """A draft filled in to its last step."""
    from membership.steps import WIZARD

    make_operator()
    dossier = ApplicationFactory(employees=0, confirmed_steps=[step.slug for step in WIZARD.steps[:-1]])
    EmployeeFactory.create_batch(employees, establishment=dossier.establishment)
    return dossier


def link_cookie(*dossiers: Application) -> dict[str, str]:
    """What the browser of somebody who opened the dossiers' links sends."""
    links = [AccessLink.issue(dossier, LINK, timedelta(seconds=COOKIE_AGE))[0] for dossier in dossiers]
    request = HttpRequest()
    request.visitor = Visitor(user=None, link_ids=[link.pk for link in links])
    response = grant(HttpResponse(), request, links[0])
    return {settings.ACCESS_COOKIE_NAME: response.cookies[settings.ACCESS_COOKIE_NAME].value}


def staff_cookie(**traits: bool) -> dict[str, str]:
    """What the browser of a manager who logged in sends (or of somebody of another group)."""
    client = Client()
    sign_in(client, UserFactory(**(traits or {"manager": True})))
    return {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}


def account() -> User:
    """Somebody who logs in to the member's space."""
    return UserFactory()


def account_cookie(*members: Member) -> dict[str, str]:
    """What the browser of somebody who may do everything for these members sends."""
    user, client = account(), Client()
    for member in members:
        give_access(user, member)
    sign_in(client, user)
    return {name: morsel.value for name, morsel in client.cookies.items()}


def employed(count: int) -> Member:
    """A member with `count` employees: nine of ten present, a few to come, the others gone."""
    member, day = MemberFactory(left_on=None), today()
    first, job = ["Camille", "Noé", "Aïcha", "Jean-Marc"], ["Menuisier", "Comptable", "Cheffe d’équipe"]
    for start in range(0, count, BATCH):
        Employee.objects.bulk_create(
            [
                Employee(
                    establishment=member.establishment,
                    last_name=f"Durand-Lefèvre {number * 7919 % count}",
                    first_name=first[number % 4],
                    birth_date=date(1961, 1, 4) + timedelta(days=7 * number % 12_000),
                    hired_on=day + timedelta(days=12)
                    if number % 97 == 0
                    else day - timedelta(days=number % 9_000 + 30),
                    left_on=day - timedelta(days=number % 29 + 1) if number % 11 == 0 and number % 97 else None,
                    contract_type=["cdi", "cdi", "cdd", "apprentice"][number % 4],
                    job_title=job[number % 3],
                    pcs_code=["543d", ""][number % 2],
                    monitoring=["SI", "SIA", "SIR"][number % 3],
                )
                for number in range(start, min(start + BATCH, count))
            ]
        )
    return member


def header(cookies: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


def many(count: int, first: int = 0) -> None:
    """`count` dossiers in all states, straight into the tables. Nothing is due: dates lie ahead."""
    clerks = [None, *[UserFactory(manager=True) for _ in range(3)]]
    states = islice(cycle(SPREAD[number * _STEP % len(SPREAD)] for number in range(len(SPREAD))), count)
    establishments, dossiers = [], []
    for number, (state, queue) in enumerate(states, start=first):
        establishment = Establishment(
            siret=make_siret(number), name=f"Société {number:06d}", naf="6201Z", headcount=number % 40 + 1
        )
        establishments.append(establishment)
        dossiers.append(_dossier(number, establishment, state, queue, clerks[number % len(clerks)]))
    Establishment.objects.bulk_create(establishments, batch_size=1000)
    Application.objects.bulk_create(dossiers, batch_size=1000)


def _dossier(number: int, establishment: Establishment, state: State, queue: Queue, clerk: object) -> Application:
    now, day = timezone.now(), today()
    age = timedelta(days=number % 900, minutes=number % 1440)
    is_draft, in_queue = state == State.DRAFT, queue != Queue.NONE
    ahead = day + timedelta(days=1 + number % 60)
    asked = state == State.AWAITING and queue == Queue.COMPANY
    return Application(
        establishment=establishment,
        siret=establishment.siret,
        state=state,
        reference=None if is_draft else f"PA-2026-{number:06d}",
        contact_email="claire.morel@morel.example",
        representative_first_name="Claire",
        representative_last_name="Morel",
        representative_email="" if is_draft else "claire.morel@morel.example",
        queue=queue,
        due_on=day + timedelta(days=number % 45 - 15) if in_queue else None,
        waiting_since=now - timedelta(days=number % 50) if in_queue else None,
        assigned_to=clerk if in_queue else None,
        created_at=now - age,
        submitted_at=None if is_draft else now - age,
        closed_at=now - age / 2 if state in (State.ACCEPTED, State.RETURNED, State.WITHDRAWN) else None,
        remind_on=ahead if is_draft else None,
        purge_on=ahead + timedelta(days=53) if is_draft else None,
        relance_on=ahead if asked and number % 2 else None,
        last_call_on=ahead if asked and not number % 2 else None,
        answer_by=ahead + timedelta(days=14) if asked and not number % 2 else None,
    )
