"""The site answers everybody as the committed table says: see tests/access_matrix.py."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.apps import apps
from django.core.cache import cache
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, get_resolver
from django.utils import timezone

from accounts.activation import activation_url
from accounts.models import User
from core.models import PendingRow
from core.models.subject import subject_key
from demo.mailbox import MailboxBackend, folder
from documents import files
from documents.models import Document
from documents.uploads import accept
from membership.links import dossier_url
from membership.models import Application, HelpText
from membership.steps import WIZARD
from notifications.models import CallbackRequest
from tests.access_matrix import PEOPLE, TABLE, WRITE, Rows, rows, write
from tests.factories import ApplicationFactory, UnpaidInvoiceFactory, UserFactory, make_operator, pdf_file, sign_in

DRAFT_ONLY = ("etape/", "quitter/", "deja-ouvert/", "annuaire/", "deplacer/")  # what makes sense for a draft


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


class World:
    """A dossier on its way and a draft, each with all that URLs can name; and the five people."""

    def __init__(self) -> None:
        make_operator()
        self.draft, self.open = self._dossiers("holder")
        others = self._dossiers("other")
        ApplicationFactory(accepted=True)  # a member, for the back office
        self._give_a_file(Document.objects.about(self.open).first())
        UnpaidInvoiceFactory()
        HelpText.objects.create(slug="essai", title="Essai", body="Essai")
        CallbackRequest.objects.create(name="Claire Morel", phone="+33612345678")
        mail = EmailMultiAlternatives("Essai", "Essai", to=["claire@morel.example"])
        mail.attach_alternative("<p>Essai</p>", "text/html")
        mail.attach("a.pdf", b"%PDF-1.7", "application/pdf")
        MailboxBackend().send_messages([mail])
        user = User.objects.create_user("claire@morel.example")
        self.activation = urlsplit(activation_url(user)).path
        self.link = urlsplit(dossier_url(self.open)).path
        reader, manager = UserFactory(reader=True), UserFactory(manager=True)
        self.people = {
            "anonymous": self._browser(),
            "link holder": self._browser(self.link, urlsplit(dossier_url(self.draft)).path, self.activation),
            "other link holder": self._browser(*(urlsplit(dossier_url(one)).path for one in others)),
            "staff reader": self._browser(user=reader),
            "staff manager": self._browser(user=manager),
        }

    def _dossiers(self, name: str) -> tuple[Application, Application]:
        draft, running = ApplicationFactory(), ApplicationFactory(awaiting=True)
        for dossier in (draft, running):
            accept(dossier, "kbis", pdf_file("kbis.pdf", f"{name} {dossier.pk}"))
            for kind in ("contacts", "employees"):
                PendingRow.objects.create(**subject_key(dossier), kind=kind, line=2, values={}, errors={})
        Application.objects.filter(pk=draft.pk).update(confirmed_steps=[step.slug for step in WIZARD.steps[:-1]])
        return draft, running

    @staticmethod
    def _give_a_file(document: Document) -> None:
        """As if a worker had rendered it."""
        data = pdf_file().read()
        files.write(name := f"documents/{document.pk}-1.pdf", data)
        done = {"state": "ready", "file": name, "sha256": files.sha256(data), "retry_at": None}
        Document.objects.filter(pk=document.pk).update(**done, rendered_at=timezone.now())

    @staticmethod
    def _browser(*links: str, user: User | None = None) -> dict[str, str]:
        """The cookies of a browser that opened these links or logged in."""
        client = Client()
        if user:
            sign_in(client, user)
        for link in links:
            assert client.get(link).status_code == 302
        return {name: cookie.value for name, cookie in client.cookies.items()}

    def url(self, route: str) -> str:
        """An address of this route, about things that exist."""
        if route == "(root)":
            return "/"
        if "<path:object_id>" in route and not route.startswith("admin/r/"):
            _, app, model, *_ = route.split("/")
            row = apps.get_model(app, model)._default_manager.first()
            assert row, f"the world has no {model}"
            return "/" + route.replace("<path:object_id>", str(row.pk))
        plain = re.sub(r"\^\(\?P<app_label>.*", "membership/", route)
        plain = re.sub(r"\(\?P<url>.*", "inconnu/", plain)
        return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda match: self._value(match[1], route), plain)

    def _value(self, name: str, route: str) -> str:
        if route.startswith("admin/notifications/message/"):
            return str(apps.get_model("notifications", "message").objects.first().pk)
        dossier = self.draft if any(part in route for part in DRAFT_ONLY) else self.open
        kind = "contacts" if "contacts" in route else "employees"
        values: dict[str, Callable[[], Any]] = {
            "pk": lambda: dossier.pk,
            "step": lambda: "etablissement",
            "row": lambda: (
                PendingRow.objects.about(dossier).get(kind=kind).pk
                if "a-corriger" in route
                else getattr(dossier.establishment, kind).first().pk
            ),
            "upload_pk": lambda: dossier_upload(dossier).pk,
            "document_pk": lambda: Document.objects.about(dossier).first().pk,
            "token": lambda: (self.activation if "compte" in route else self.link).rstrip("/").rpartition("/")[2],
            "kind": lambda: "csv",
            "name": lambda: "etape" if "galerie" in route else next(folder().glob("*.eml")).stem,
            "number": lambda: 1,
            "content_type_id": lambda: 1,
            "object_id": lambda: self.open.pk,
        }
        return str(values[name]())

    def ask(self, person: str, method: str, url: str) -> int:
        """The status of the answer; what the request changed is undone."""
        cache.clear()
        client = Client(raise_request_exception=False)
        for name, value in self.people[person].items():
            client.cookies[name] = value
        with transaction.atomic():
            status = client.generic(method, url).status_code
            transaction.set_rollback(True)
        return status

    def measure(self, route: str) -> tuple[str, tuple[int, ...]]:
        url = self.url(route)
        statuses = tuple(self.ask(person, "GET", url) for person in PEOPLE)
        if 405 not in statuses:
            return "GET", statuses
        return "POST", tuple(self.ask(person, "POST", url) for person in PEOPLE)


def dossier_upload(dossier: Application) -> Any:
    return apps.get_model("documents", "upload").objects.about(dossier).first()


@pytest.mark.fault("A1", "A2", "A4", "A5")
@pytest.mark.django_db
def test_the_site_answers_everybody_as_the_table_says():
    world = World()
    measured: Rows = {route: world.measure(route) for route in dict.fromkeys(routes())}
    if WRITE in os.environ:
        write(measured)
        return
    expected = rows()
    wrong = [
        f"{route}: {person} gets {now}, not {then}"
        for route, (_, statuses) in measured.items()
        for person, now, then in zip(PEOPLE, statuses, expected.get(route, ("", (0,) * 5))[1], strict=True)
        if now != then
    ]
    assert not wrong, "\n".join(wrong)


def test_no_row_shows_a_dossier_or_the_back_office_to_the_wrong_person():
    """What the table itself must never say, whoever rewrites it."""
    for route, (_, (anonymous, holder, other, reader, manager)) in rows().items():
        if route.startswith("adhesion/<uuid:pk>"):
            assert {anonymous, other, reader, manager} == {404}, route
        if route.startswith("admin/") and route != "admin/login/":
            assert {anonymous, holder, other} == {302}, route
        assert 500 not in (anonymous, holder, other, reader, manager), route
