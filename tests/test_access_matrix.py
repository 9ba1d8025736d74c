"""The site answers everybody as the committed table says: see tests/access_matrix.py."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.urls import URLPattern, get_resolver

from tests.access_matrix import PEOPLE, TABLE, WRITE, Rows, rows, write
from tests.access_world import SPACE, World

ACCOUNT = ("espace/", "compte/securite/")  # where the pages are for who has logged in
PRIVATE = (*ACCOUNT, "admin/", "adhesion/<uuid:pk>/")
# Of the space, what anybody may open: how one comes in.
OPEN = ("espace/creer-acces/", "espace/creer-acces/envoye/")
SHARED = ("utiles/<uuid:useful_pk>/",)  # what is published is everybody's
TYPED = {"text": "Essai", "subject": "Essai"}


def routes(patterns: list[Any] | None = None, prefix: str = "") -> Iterator[str]:
    """The route of every URL of the site, in the order in which they are tried."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route or "(root)"
        else:
            yield from routes(pattern.url_patterns, route)


def test_every_url_has_a_row_and_every_row_a_url():
    if WRITE in os.environ:
        return
    assert sorted(rows()) == sorted(set(routes())), (
        "run `python -m tests.access_matrix --write` and read the difference"
    )


def test_the_table_reads_as_it_is_written():
    """One line for each row, none twice."""
    assert len(TABLE.strip().splitlines()) == len(rows())


@pytest.fixture
def world(db: None, settings: Any, tmp_path: Any) -> World:
    settings.SMS_URL = "https://sms.example/send"  # the pages about a telephone are there
    settings.MEDIA_ROOT = tmp_path / "files"
    return World()


def wrong_answers(world: World) -> list[str]:
    """Where the site differs from the table; the table is written anew instead when that is asked."""
    measured: Rows = {route: world.measure(route) for route in dict.fromkeys(routes())}
    if WRITE in os.environ:
        write(measured)
        return []
    expected = rows()
    nothing = ("", (0,) * len(PEOPLE))
    return [
        f"{route}: {person} gets {now}, not {then}"
        for route, (_, statuses) in measured.items()
        for person, now, then in zip(PEOPLE, statuses, expected.get(route, nothing)[1], strict=True)
        if now != then
    ]


def doors_left_open(world: World) -> list[str]:
    """Where a POST lets in somebody to whom the page is closed, or a GET reaches what only a button does (A10)."""
    found = []
    for route, (method, statuses) in rows().items():
        url, private = world.url(route), route.startswith(PRIVATE) and route not in OPEN
        for person, status in zip(PEOPLE, statuses, strict=True):
            if private and method == "GET" and status in (302, 403, 404) and person in world.tried_by_post(route):
                now = world.ask(person, "POST", url, TYPED)
                if now not in (status, 403, 404, 405):
                    found.append(f"POST {route}: {person} gets {now}, not {status}")
            if method == "POST" and status not in (302, 403, 404) and world.ask(person, "GET", url) != 405:
                found.append(f"GET {route}: {person} is not told that it is for a button")
    return found


def stolen_keys(world: World) -> list[str]:
    """Where somebody reaches or changes a row of another company by naming it under his own.

    It is not there, or he is answered as to a key that nobody has: a row that a colleague took away meanwhile.
    """
    found = []
    for route in dict.fromkeys(routes()):
        if not route.startswith(SPACE) or route.count("<uuid:") < 2 or route.endswith(SHARED):
            continue
        url, nobodys = world.stolen(route), world.stolen(route, uuid4())
        for method in ("GET", "POST"):
            changes = world.company.changes()
            status = world.ask("other member", method, url, TYPED, after=changes.look)
            if status not in (404, 405, 409, 422) and status != world.ask("other member", method, nobodys, TYPED):
                found.append(f"{method} {route}: another company's row gives {status}")
            found += [f"{method} {route}: changes {what}" for what in changes.found]
    return found


@pytest.mark.timeout(600)
@pytest.mark.fault("A1", "A2", "A3", "A4", "A5", "A10", "B8")
def test_the_site_answers_everybody_as_the_table_says(world):
    """One world for all the questions: it takes longer to make than to ask."""
    wrong = wrong_answers(world)
    wrong += [*doors_left_open(world), *stolen_keys(world)]
    assert not wrong, "\n".join(wrong)


def test_no_row_shows_a_dossier_a_company_or_the_back_office_to_the_wrong_person():
    """What the table itself must never say, whoever rewrites it."""
    for route, (method, statuses) in rows().items():
        got = dict(zip(PEOPLE, statuses, strict=True))
        strangers = {got[name] for name in ("anonymous", "link holder", "other link holder", "password only")}
        members = {got[name] for name in ("member", "reader member", "other member")}
        staff = {got[name] for name in PEOPLE if name.startswith("staff")}
        if route.startswith("adhesion/<uuid:pk>"):
            assert {got[name] for name in PEOPLE if name != "link holder"} == {404}, route
        if route.startswith("admin/"):
            assert strangers == {302}, route
            assert members == ({302} if route in ("admin/login/", "admin/logout/") else {403}), route
        if route.startswith(ACCOUNT) and route not in OPEN:
            assert strangers == {302}, route
        if route.startswith(SPACE):
            assert {got["other member"]} | staff == {404}, route
            assert got["member"] not in (403, 404), route
        assert 500 not in statuses, (method, route)
