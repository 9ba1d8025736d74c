"""Every list of the back office can be taken away, whole, and says no secret."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse

from accounts.models import User
from billing.models import Mandate
from core.exporting import column
from core.journal import Actor, record
from core.models import Finding, JournalEntry
from notifications.models import Message
from space import attestations
from space.models import Attestation
from tests.access_world import World
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db

# Lists that need none, with why. Every other list of the back office has its export.
WITHOUT = {
    "core.commune": "the 35,000 communes are INSEE's, published by it",
    "auth.group": "not rows of the business: the few groups of rights",
    "membership.application": "its list is the work queue of the home page, which has its own export",
}
LISTS = sorted(model._meta.label_lower for model in admin.site._registry if model._meta.label_lower not in WITHOUT)


def address(label: str, what: str, *args: str) -> str:
    return reverse(f"admin:{label.replace('.', '_')}_{what}", args=args)


def taken(client: Client, label: str, query: str = "") -> list[dict[str, str]]:
    """The rows of an export, by the headings of its columns."""
    answer = client.get(address(label, "export", "csv") + query)
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    lines = list(csv.reader(StringIO(text), delimiter=";"))
    assert all(len(line) == len(lines[0]) for line in lines)
    return [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]


@pytest.fixture
def world() -> World:
    made = World()
    Finding.note("Win.Test.EICAR_HDB-1", size=68, sha256="0" * 64, subject=made.open)
    return made


def test_every_list_exports_all_that_it_counts_and_no_secret(world, login):
    client = login(superuser=True)
    said: dict[str, Any] = {}
    for label in LISTS:
        shown = client.get(address(label, "changelist"))
        assert address(label, "export", "csv") in shown.content.decode(), label
        assert shown.context["cl"].result_count > 0, f"the world has no {label}"
        said[label] = taken(client, label)
        assert len(said[label]) == shown.context["cl"].result_count, label
        assert any(any(row.values()) for row in said[label]), label
        assert client.get(address(label, "export", "xlsx")).status_code == 200, label
        assert client.get(address(label, "export", "pdf")).status_code == 404, label
        assert client.post(address(label, "export", "csv")).status_code == 405, label
    everything = str(said).replace(" ", "")
    codes = list(Attestation.objects.values_list("code", flat=True))
    secrets = [
        *(mandate.iban for mandate in Mandate.objects.all()),
        *(form for code in codes for form in (code, attestations.shaped(code))),
        *User.objects.values_list("password", flat=True),
        *(message.secret for message in Message.objects.filter(secret__isnull=False)),
    ]
    assert len(secrets) > 10
    for secret in secrets:
        assert not secret or secret not in everything


def test_the_lists_without_an_export_are_those_with_a_reason():
    for label in WITHOUT:
        with pytest.raises(NoReverseMatch):
            address(label, "export", "csv")
    assert reverse("admin:queue-export", args=["csv"])


@pytest.mark.fault("A8")
@pytest.mark.parametrize("label", LISTS)
def test_who_may_not_see_a_list_takes_none(login, label):
    assert login(is_staff=True).get(address(label, "export", "csv")).status_code == 403


def test_an_export_keeps_the_search_of_its_list(login):
    MemberFactory(establishment__name="Menuiserie Morel")
    MemberFactory(establishment__name="Garage Petit")
    client = login(reader=True)
    assert [row["Raison sociale"] for row in taken(client, "membership.member", "?q=morel")] == ["Menuiserie Morel"]
    page = client.get(address("membership.member", "changelist") + "?q=morel").content.decode()
    assert address("membership.member", "export", "xlsx") + "?q=morel" in page


def test_the_days_and_hours_are_those_of_paris(login):
    entry = record(MemberFactory(), by=Actor.clock(), message="Accès retiré.")
    JournalEntry.objects.filter(pk=entry.pk).update(at=datetime(2027, 1, 31, 23, 30, tzinfo=UTC))
    [row] = taken(login(reader=True), "core.journalentry")
    assert (row["Le"], row["Heure"]) == ("01/02/2027", "00:30")


def test_a_cell_is_empty_where_its_path_ends():
    class Row:
        doctor = None
        number = 12

    assert column("Médecin", "doctor.name")[1](Row()) is None
    assert column("Numéro", "number", show=str)[1](Row()) == "12"
    with pytest.raises(AttributeError):
        column("Numéro", "nombre")[1](Row())


def test_what_entries_are_about_is_read_a_kind_at_a_time(login):
    client = login(reader=True)

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert taken(client, "core.journalentry")
        return len(seen)

    record(MemberFactory(), by=Actor.clock(), message="Accès retiré.")
    few = queries()
    for _ in range(12):
        record(MemberFactory(), by=Actor.clock(), message="Accès retiré.")
    assert queries() == few
