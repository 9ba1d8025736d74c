"""An SMTP server that keeps what it receives and misbehaves on demand."""

from __future__ import annotations

import asyncio
import email
import email.policy
import threading
from collections import defaultdict, deque
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.harness.processes import free_port, wait_until

DROP = "drop"  # cut the connection instead of answering
HANG = "hang"  # never answer
TAKE_AND_DROP = "take-and-drop"  # keep the message, then cut the connection: the sender can't know (DATA only)


@dataclass(frozen=True)
class Received:
    sender: str
    recipients: list[str]
    message: EmailMessage

    @property
    def text(self) -> str:
        """The plain-text body."""
        body = self.message.get_body(("plain",))
        return body.get_content() if body else ""

    @property
    def html(self) -> str:
        body = self.message.get_body(("html",))
        return body.get_content() if body else ""

    @property
    def attachments(self) -> dict[str, bytes]:
        """File name → content."""
        return {part.get_filename() or "": part.get_payload(decode=True) for part in self.message.iter_attachments()}


class SmtpServer:
    """`answer(...)` plans the next replies; `messages` holds what was accepted, in order."""

    def __init__(self) -> None:
        self.port = free_port()
        self.messages: list[Received] = []
        self.attempts: list[tuple[str, str]] = []  # (moment, recipient), refused ones included
        self._plan: dict[tuple[str, str], deque[str]] = defaultdict(deque)
        self._controller: Controller | None = None
        self._lock = threading.Lock()
        self.start()

    @property
    def url(self) -> str:
        """For EMAIL_URL."""
        return f"smtp://127.0.0.1:{self.port}"

    def answer(self, *replies: str, to: str = "*", at: str = "RCPT") -> None:
        """Plan the next replies for a recipient (any when `*`) at `RCPT` or `DATA`; after them all is accepted.

        A reply is an SMTP line ("451 4.3.0 Later", "550 5.1.1 Unknown") or DROP, HANG, TAKE_AND_DROP.
        """
        with self._lock:
            self._plan[at, to].extend(replies)

    def to(self, address: str) -> list[Received]:
        return [received for received in self.messages if address in received.recipients]

    def wait_for(self, count: int, to: str = "", timeout: float = 120) -> list[Received]:
        """Wait until `count` messages came (for `to` when given) and return them."""

        def enough() -> list[Received]:
            found = self.to(to) if to else list(self.messages)
            return found if len(found) >= count else []

        return wait_until(enough, timeout, f"{count} mails {to}, got {[m.recipients for m in self.messages]}")

    def start(self) -> None:
        self._controller = Controller(_Handler(self), hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        if self._controller:
            self._controller.stop()
            self._controller = None

    def _next(self, moment: str, recipient: str) -> str:
        with self._lock:
            self.attempts.append((moment, recipient))
            for key in ((moment, recipient), (moment, "*")):
                if self._plan[key]:
                    return self._plan[key].popleft()
        return ""


class _Handler:
    def __init__(self, owner: SmtpServer) -> None:
        self.owner = owner

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, _: Any) -> str:
        reply = await self._misbehave(server, self.owner._next("RCPT", address))
        if not reply:
            envelope.rcpt_tos.append(address)
        return reply or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        reply = self.owner._next("DATA", envelope.rcpt_tos[0])
        if reply in ("", TAKE_AND_DROP):
            message = email.message_from_bytes(envelope.content, policy=email.policy.default)
            self.owner.messages.append(Received(envelope.mail_from, list(envelope.rcpt_tos), message))
        return await self._misbehave(server, reply) or "250 OK"

    async def _misbehave(self, server: SMTP, reply: str) -> str:
        if reply == HANG:
            await asyncio.Event().wait()  # until the server or the client goes away
        if reply in (DROP, TAKE_AND_DROP):
            server.transport.abort()
            return "421 4.4.2 Gone"
        return reply
