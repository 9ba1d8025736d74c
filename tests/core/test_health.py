"""What the load balancer asks."""

from __future__ import annotations

import time

import pytest
from django.db import OperationalError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from core import health

KEPT = health.KEPT


def test_alive_needs_nothing_but_the_process(client):
    answer = client.get("/sante/vivant/")
    assert answer.json() == {"alive": True}
    assert "no-cache" in answer["Cache-Control"]


@pytest.mark.django_db
def test_ready_when_the_database_answers_and_is_migrated(client):
    answer = client.get("/sante/pret/")
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "database": True, "migrated": True})


@pytest.mark.fault("E4")
@pytest.mark.django_db
@pytest.mark.process
def test_it_tells_how_the_scanner_is_and_is_ready_without(client, clamd):
    assert client.get("/sante/pret/").json()["scanner"] is True
    clamd.stop()
    answer = client.get("/sante/pret/")
    assert (answer.status_code, answer.json()["ready"], answer.json()["scanner"]) == (200, True, False)


@pytest.mark.fault("H3")
@pytest.mark.django_db
def test_not_ready_while_a_migration_is_missing(client):
    last = next(name for app, name in MigrationLoader(connection).graph.leaf_nodes("membership"))
    MigrationRecorder(connection).record_unapplied("membership", last)
    answer = client.get("/sante/pret/")
    assert (answer.status_code, answer.json()["migrated"]) == (503, False)


@pytest.mark.fault("G10")
@pytest.mark.django_db
def test_not_ready_and_still_alive_without_the_database(no_database):
    client = Client()
    assert client.get("/sante/pret/").status_code == 503
    assert client.get("/sante/vivant/").status_code == 200


@pytest.fixture
def no_database(monkeypatch):
    """The server does not take connections any more: what the driver then raises."""

    def refuse(*args: object, **kwargs: object) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(connection, "ensure_connection", refuse)
    monkeypatch.setattr(connection, "cursor", refuse)


@pytest.mark.django_db
def test_who_asks_without_end_costs_no_more_than_one_look(client, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(health, "KEPT", 3600.0)
    first = client.get("/sante/pret/")
    with django_assert_num_queries(0):
        again = [client.get("/sante/pret/") for _ in range(5)]
    assert {(answer.status_code, answer.content) for answer in again} == {(200, first.content)}


@pytest.mark.fault("G10")
@pytest.mark.django_db
def test_a_database_that_is_back_is_told_once_the_look_is_old(client, monkeypatch):
    away = {"ready": False, "database": False}
    monkeypatch.setattr(health, "_answer", (time.monotonic() + 3600, away))
    assert client.get("/sante/pret/").status_code == 503
    monkeypatch.setattr(health, "_answer", (time.monotonic(), away))
    assert client.get("/sante/pret/").status_code == 200
    assert 0 < KEPT <= 5, "no longer than that is it kept"
