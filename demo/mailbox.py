"""The demonstration's mailbox: every mail and SMS that was delivered, as a file, shown on `/boite/`."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage as Parsed
from functools import cached_property
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

NAME = re.compile(r"\d{8}T\d{12}-[0-9a-f]{8}")
_SMS = "X-Guichet-Channel"


def folder() -> Path:
    """Where deliveries are kept."""
    return Path(settings.VAR_DIR) / "boite"


class MailboxBackend(BaseEmailBackend):
    """Django's e-mail backend of the demonstration: delivers into the folder."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for email in email_messages:
            _keep(email.message().as_bytes())
        return len(email_messages)


def keep_sms(to: str, text: str, key: str) -> None:
    """Deliver an SMS into the folder."""
    sms = Parsed()
    sms["To"], sms[_SMS], sms["Message-ID"] = to, "sms", f"<{key}@sms>"
    sms.set_content(text)
    _keep(sms.as_bytes())


def _keep(content: bytes) -> None:
    """Under a name that sorts by time; complete or not there at all."""
    folder().mkdir(parents=True, exist_ok=True)
    name = f"{timezone.now().astimezone(UTC):%Y%m%dT%H%M%S%f}-{uuid.uuid4().hex[:8]}"
    draft = folder() / f".{name}"
    draft.write_bytes(content)
    draft.rename(folder() / f"{name}.eml")


@dataclass(frozen=True)
class Piece:
    """A file joined to a mail."""

    filename: str
    content_type: str
    content: bytes


@dataclass(frozen=True)
class Delivery:
    """One mail or SMS of the folder."""

    name: str

    @cached_property
    def parsed(self) -> Parsed:
        return message_from_bytes((folder() / f"{self.name}.eml").read_bytes(), policy=policy.default)

    @property
    def is_sms(self) -> bool:
        return self.parsed[_SMS] == "sms"

    @property
    def to(self) -> str:
        return str(self.parsed["To"] or "")

    @property
    def sender(self) -> str:
        return str(self.parsed["From"] or "")

    @property
    def subject(self) -> str:
        return str(self.parsed["Subject"] or "") or " ".join(self.text.split())[:80]

    @property
    def at(self) -> datetime:
        utc = datetime.strptime(self.name.split("-")[0] + "+0000", "%Y%m%dT%H%M%S%f%z")
        return timezone.localtime(utc)

    @property
    def text(self) -> str:
        return self._body("plain")

    @property
    def html(self) -> str:
        return self._body("html")

    @cached_property
    def pieces(self) -> list[Piece]:
        return [
            Piece(part.get_filename() or "piece", part.get_content_type(), part.get_payload(decode=True) or b"")
            for part in self.parsed.iter_attachments()
        ]

    def _body(self, kind: str) -> str:
        part = self.parsed.get_body((kind,))
        return part.get_content() if part else ""


def names() -> list[str]:
    """Deliveries, newest first."""
    return sorted((path.stem for path in folder().glob("*.eml") if NAME.fullmatch(path.stem)), reverse=True)


def find(name: str) -> Delivery | None:
    """The delivery of that name."""
    exists = NAME.fullmatch(name) and (folder() / f"{name}.eml").is_file()
    return Delivery(name) if exists else None
