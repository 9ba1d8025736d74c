"""What the tests of the outbox share: somebody to write about, a real SMTP server to write to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import models, transaction

from accounts.models import User
from config import celery_app
from documents.issuing import issue
from documents.models import Document
from notifications import wake
from notifications.mail import Mail, Sms
from notifications.models import Message
from notifications.outbox import enqueue
from tests.harness.smtp import SmtpServer


@pytest.fixture
def dossier(transactional_db: None) -> User:
    """Any row with a UUID key may be what a message is about."""
    return User.objects.create_user("claire.morel@exemple.fr")


@pytest.fixture
def post(dossier: User) -> Callable[..., Message]:
    """`post(Mail(...) or an address, key)`: enqueue in a transaction of its own, committed."""

    def enqueue_committed(what: Mail | Sms | str, key: str = "", about: models.Model = dossier, **more: Any) -> Message:
        what = Mail(what, "Votre demande", "Votre demande est reçue", **more) if isinstance(what, str) else what
        with transaction.atomic():
            return enqueue(what, about=about, dedupe_key=key or f"key-of-{what.to}")

    return enqueue_committed


@pytest.fixture
def smtp(smtp_server: SmtpServer, settings: Any) -> SmtpServer:
    """This process sends to the misbehaving server."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", smtp_server.port
    settings.EMAIL_TIMEOUT = 30
    return smtp_server


@pytest.fixture
def bordereau(dossier: User) -> Callable[..., Document]:
    """`bordereau("PA-1")` issues a one-page PDF that is still to be rendered."""

    def make(reference: str = "PA-2026-000127", template: str = "pdf/base.html") -> Document:
        with transaction.atomic():
            return issue(
                dossier,
                kind="bordereau",
                title=f"Bordereau {reference}",
                filename=f"{reference}.pdf",
                template=template,
                snapshot={"reference": reference},
            )

    return make


@pytest.fixture
def queue() -> Callable[[], int]:
    """`queue()` counts the tasks that wait in the broker, whichever it is, from the start of the test."""

    def count() -> int:
        with celery_app.connection_for_read() as broker:
            return broker.default_channel.queue_declare("celery").message_count

    with celery_app.connection_for_read() as broker:
        broker.default_channel.queue_declare("celery")
        broker.default_channel.queue_purge("celery")
    return count


@pytest.fixture
def broker_at() -> Iterator[Callable[[str], None]]:
    """`broker_at(url)`: this process publishes there from now on."""
    url, options = celery_app.conf.broker_url, celery_app.conf.broker_transport_options

    def use(redis_url: str) -> None:
        celery_app.conf.broker_url = redis_url
        celery_app.conf.broker_transport_options = {"socket_timeout": 1, "socket_connect_timeout": 1}

    yield use
    celery_app.conf.broker_url, celery_app.conf.broker_transport_options = url, options


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A nudge waits for the broker as long as a busy machine takes, where the test is about the nudge itself."""
    monkeypatch.setattr(wake, "TIMEOUT", 10.0)
    for step in ("socket_timeout", "socket_connect_timeout", "connect_retries_timeout"):
        monkeypatch.setitem(wake._TRANSPORT, step, 10.0)
