"""The world that the access matrix asks its questions in: what exists, and who looks at it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from django.apps import apps
from django.core.cache import cache
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.test import Client
from django.urls import reverse

from accounts import door, passwords
from accounts.activation import activation_url
from accounts.models import User
from core.models import AccessLink, PendingRow
from core.models.subject import subject_key
from demo.mailbox import MailboxBackend, folder
from documents.models import Document, Upload
from documents.uploads import accept
from membership.links import dossier_url
from membership.models import Application, HelpText
from membership.steps import WIZARD
from notifications.models import CallbackRequest, Message
from space import attestations
from space.models import CannedReply
from tests.access_matrix import PEOPLE
from tests.factories import ApplicationFactory, UnpaidInvoiceFactory, UserFactory, make_operator, pdf_file, sign_in
from tests.factories_failures import failed_document
from tests.factories_held import refused_file
from tests.full_company import FullCompany, give_a_file
from tests.harness.laid_out import as_sent

# What makes sense for a draft.
DRAFT_ONLY = ("etape/", "quitter/", "deja-ouvert/", "annuaire/", "deplacer/", "supprimer-ma-demande/")
SPACE = "espace/<uuid:pk>/"
KEY = re.compile(r"<(?:\w+:)?(\w+)>")


class Unread(Client):
    """Only the status of its answers is looked at."""

    request = as_sent


class World:
    """A dossier on its way, a draft, two companies, each with all that URLs can name; and the people."""

    def __init__(self) -> None:
        make_operator()
        self.draft, self.open = self._dossiers("holder")
        others = self._dossiers("other")
        ApplicationFactory(accepted=True)  # a member, for the back office
        give_a_file(Document.objects.about(self.open).first())
        UnpaidInvoiceFactory()
        HelpText.objects.create(slug="essai", title="Essai", body="Essai")
        CannedReply.objects.create(title="Essai", text="Essai")
        CallbackRequest.objects.create(name="Claire Morel", phone="+33612345678")
        self.held = refused_file(self.open, "other", "refuse.pdf")
        self.company, self.other_company = FullCompany(0), FullCompany(1)
        self.unmade = failed_document(self.open)
        self._send_mail()
        user = User.objects.create_user("claire@morel.example")
        self.activation = urlsplit(activation_url(user)).path
        _, token = AccessLink.issue(user, passwords.RESET, passwords.LIFETIME)
        self.reset = reverse("accounts:open-reset", args=[token])
        self.link = urlsplit(dossier_url(self.open)).path
        own_links = [self.link, urlsplit(dossier_url(self.draft)).path, self.activation, self.reset]
        self.people = {
            "anonymous": self._browser(),
            "link holder": self._browser(*own_links),
            "other link holder": self._browser(*(urlsplit(dossier_url(one)).path for one in others)),
            "password only": self._browser(user=self.company.owner, halfway=True),
            "member": self._browser(user=self.company.owner),
            "reader member": self._browser(user=self.company.reader),
            "other member": self._browser(user=self.other_company.owner),
            "staff reader": self._browser(user=UserFactory(reader=True)),
            "staff manager": self._browser(user=UserFactory(manager=True)),
            "staff accountant": self._browser(user=UserFactory(accountant=True)),
        }
        assert tuple(self.people) == PEOPLE

    def _dossiers(self, name: str) -> tuple[Application, Application]:
        draft, running = ApplicationFactory(), ApplicationFactory(awaiting=True)
        for dossier in (draft, running):
            accept(dossier, "kbis", pdf_file("kbis.pdf", f"{name} {dossier.pk}"))
            for kind in ("contacts", "employees"):
                PendingRow.objects.create(**subject_key(dossier), kind=kind, line=2, values={}, errors={})
        Application.objects.filter(pk=draft.pk).update(confirmed_steps=[step.slug for step in WIZARD.steps[:-1]])
        return draft, running

    @staticmethod
    def _send_mail() -> None:
        shutil.rmtree(folder(), ignore_errors=True)  # another test of this worker may have left an SMS
        mail = EmailMultiAlternatives("Essai", "Essai", to=["claire@morel.example"])
        mail.attach_alternative("<p>Essai</p>", "text/html")
        mail.attach("a.pdf", b"%PDF-1.7", "application/pdf")
        MailboxBackend().send_messages([mail])

    def _browser(self, *links: str, user: User | None = None, halfway: bool = False) -> dict[str, str]:
        """The cookies of a browser that opened these links, logged in, or only gave the password."""
        client = Client()
        if user and halfway:
            client.force_login(user)
            session = client.session
            session[door.CONFIRMED_AT] = 2**40  # given a moment ago, however late it is
            session.save()
        elif user:
            sign_in(client, user)
            if not user.is_staff:  # a new address that waits for its code
                client.post(reverse("accounts:change-email"), {"email": f"nouvelle{user.pk}@morel.example"})
            for company in (self.company, self.other_company):
                if user == company.owner:
                    company.ask_code_in(client)
        for link in links:
            assert client.get(link).status_code == 302
        return {name: cookie.value for name, cookie in client.cookies.items()}

    # --- Addresses ----------------------------------------------------------------------------------------------------

    def url(self, route: str) -> str:
        """An address of this route, about things that exist."""
        if route == "(root)":
            return "/"
        if "<path:object_id>" in route and not route.startswith("admin/r/"):
            _, app, model, *_ = route.split("/")
            odd = {"upload": self.held, "document": self.unmade}
            key = (
                odd[model].pk if model in odd else self.company.back_office_key(model, route) or self._first(app, model)
            )
            return "/" + route.replace("<path:object_id>", str(key))
        plain = re.sub(r"\^\(\?P<app_label>.*", "membership/", route)
        plain = re.sub(r"\(\?P<url>.*", "inconnu/", plain)
        return "/" + KEY.sub(lambda match: str(self._value(match[1], route)), plain)

    @staticmethod
    def _first(app: str, model: str) -> Any:
        row = apps.get_model(app, model)._default_manager.first()
        assert row, f"the world has no {model}"
        return row.pk

    def _value(self, name: str, route: str) -> Any:
        if route.startswith(SPACE):
            return self.company.value(name, route)
        if route.startswith("compte/securite/navigateurs/"):
            return self.company.browser.pk
        if route.startswith("admin/") and name == "pk" and "/membership/application/" not in route:
            if "/notifications/message/" in route:
                return Message.objects.order_by("pk").first().pk
            if "/documents/document/" in route:
                return self.unmade.pk
            return self.company.back_office_key(route.split("/")[2], route)
        if route.startswith(("admin/membership/member/", "admin/space/")) and name in (
            "access_pk",
            "message_pk",
            "upload_pk",
        ):
            return uuid4() if name == "message_pk" else self.company.value(name, route)
        if route.startswith("admin/membership/member/") and name == "row":
            return self.company.member.establishment.contacts.first().pk
        if route.startswith("admin/contributions/declaration/") and name in ("row", "purpose", "upload_pk"):
            return self.company.value(name, route)
        return self._other_values(route)[name]()

    def _other_values(self, route: str) -> dict[str, Callable[[], Any]]:
        dossier = self.draft if any(part in route for part in DRAFT_ONLY) else self.open
        kind = "contacts" if "contacts" in route else "employees"
        invoice = self.company.invoice
        link = self.activation if "compte" in route else self.reset if "connexion" in route else self.link
        return {
            "pk": lambda: dossier.pk,
            "step": lambda: "etablissement",
            "row": lambda: (
                PendingRow.objects.about(dossier).get(kind=kind).pk
                if "a-corriger" in route
                else getattr(dossier.establishment, kind).first().pk
            ),
            "upload_pk": lambda: Upload.objects.about(dossier).first().pk,
            "document_pk": lambda: (
                invoice.document_id if "invoice" in route else Document.objects.about(dossier).first().pk
            ),
            "token": lambda: link.rstrip("/").rpartition("/")[2],
            "kind": lambda: "csv",
            "which": lambda: "bordereau",
            "day": lambda: f"{self.company.planned.collects_on:%Y-%m-%d}",
            "code": lambda: attestations.shaped(self.company.attestation.code),
            "name": lambda: "etape" if "galerie" in route else next(folder().glob("*.eml")).stem,
            "number": lambda: 1,
            "content_type_id": lambda: 1,
            "object_id": lambda: self.open.pk,
        }

    def stolen(self, route: str, key: Any = None) -> str:
        """The address of this route in the other company, but for its last row: `key`, or the first company's."""
        *_, last = re.findall(r"<uuid:(\w+)>", route)
        values = {name: self.other_company.value(name, route) for name in KEY.findall(route)}
        values[last] = key or self.company.value(last, route)
        return "/" + KEY.sub(lambda match: str(values[match[1]]), route)

    # --- Questions ----------------------------------------------------------------------------------------------------

    def ask(
        self,
        person: str,
        method: str,
        url: str,
        typed: dict[str, str] | None = None,
        after: Callable[[], Any] = lambda: None,
    ) -> int:
        """The status of the answer; what the request changed is undone once `after` has looked at it."""
        cache.clear()
        client = Unread(raise_request_exception=False)
        for name, value in self.people[person].items():
            client.cookies[name] = value
        with transaction.atomic():
            sent = client.post(url, typed or {}) if method == "POST" else client.get(url)
            after()
            transaction.set_rollback(True)
        return sent.status_code

    @staticmethod
    def tried_by_post(route: str) -> tuple[str, ...]:
        """Who also sends the form of a page that is closed to him: those who come near it."""
        if route.startswith("admin/"):
            return ("member", "staff reader")
        return ("anonymous", "password only", "reader member", "other member")

    def measure(self, route: str) -> tuple[str, tuple[int, ...]]:
        """The method to ask with, and what each of PEOPLE gets."""
        url = self.url(route)
        statuses = tuple(self.ask(person, "GET", url) for person in PEOPLE)
        if 405 not in statuses:
            return "GET", statuses
        return "POST", tuple(self.ask(person, "POST", url) for person in PEOPLE)
