"""What a message says. One structured content makes both its text and its HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from core.brand import brand
from core.text import unbroken
from documents.models import Document
from notifications.models import Message
from notifications.text import clean, one_line

SUBJECT_LENGTH = 200
# What the alphabet of SMS has instead: one character outside of it, and a part holds 70 of them instead of 160.
_OF_SMS = str.maketrans({"\u00a0": " ", "\u202f": " ", "’": "'"})
ADDRESS_LINE = 120  # characters; the envelope wraps what is longer than its window


@dataclass(frozen=True)
class Mail:
    """One mail: one message, at most one button.

    `private_button` says that the button's address opens a dossier: it is kept encrypted and wiped once sent.
    So is `private_code`, a one-time code, which stands where the button would.
    """

    to: str
    subject: str
    title: str
    greeting: str = ""
    paragraphs: Sequence[str] = ()
    facts: Sequence[tuple[str, str]] = ()
    button: tuple[str, str] | None = None
    after: Sequence[str] = ()
    attachments: Sequence[Document] = field(default=())
    private_button: bool = False
    private_code: str = ""

    def columns(self) -> dict[str, Any]:
        """The columns of the row that carries this mail."""
        label, url = self.button or ("", "")
        content = {
            "title": clean(self.title),
            "greeting": clean(self.greeting),
            "paragraphs": [clean(paragraph) for paragraph in self.paragraphs],
            "facts": [[clean(name), clean(value)] for name, value in self.facts],
            "button": clean(label),
            "url": "" if self.private_button else clean(url),
            "after": [clean(paragraph) for paragraph in self.after],
            "private": self.private_button or bool(self.private_code),
            "has_code": bool(self.private_code),
        }
        return {
            "channel": Message.Channel.MAIL,
            "to": one_line(self.to, 254),
            "subject_line": unbroken(one_line(self.subject, SUBJECT_LENGTH)),
            "content": content,
            "secret": clean(url if self.private_button else self.private_code) or None,
        }


@dataclass(frozen=True)
class Sms:
    """One SMS. `private` says that its text is a secret (a one-time code): kept encrypted and wiped once sent."""

    to: str
    text: str
    private: bool = False
    attachments: Sequence[Document] = field(default=(), init=False)

    def columns(self) -> dict[str, Any]:
        """The columns of the row that carries this SMS."""
        text = clean(self.text).translate(_OF_SMS)
        return {
            "channel": Message.Channel.SMS,
            "to": one_line(self.to, 254),
            "subject_line": "",
            "content": {"text": "" if self.private else text, "private": self.private},
            "secret": text if self.private else None,
        }


@dataclass(frozen=True)
class PostalLetter:
    """A letter that staff print and post. `address` holds the lines of the envelope, the name of who gets it first.

    What is written is as of a mail. A letter is read by who prints it: it carries no personal link and no code.
    """

    address: Sequence[str]
    subject: str
    greeting: str = ""
    paragraphs: Sequence[str] = ()
    facts: Sequence[tuple[str, str]] = ()
    button: tuple[str, str] | None = None  # an address to type, and what is there
    after: Sequence[str] = ()
    attachments: Sequence[Document] = field(default=())
    instead_of: str = ""  # the address whose mail was refused

    def columns(self) -> dict[str, Any]:
        """The columns of the row that carries this letter."""
        address = [one_line(line, ADDRESS_LINE) for line in self.address]
        mail = Mail(
            to=address[0] if address else "",
            subject=self.subject,
            title=self.subject,
            greeting=self.greeting,
            paragraphs=self.paragraphs,
            facts=self.facts,
            button=self.button,
            after=self.after,
        )
        columns = mail.columns()
        content = {**columns["content"], "address": address, "instead_of": clean(self.instead_of)}
        return {**columns, "channel": Message.Channel.LETTER, "content": content}


def sms_text(message: Message) -> str:
    """What an SMS says, or "" when it was private and is wiped."""
    return message.secret or message.content["text"]


def as_text(message: Message, *, show_secret: bool = True) -> str:
    """The mail as plain text. `show_secret=False` is for staff: a personal link is nobody else's."""
    return unbroken(render_to_string("mails/base.txt", _context(message, show_secret)).strip()) + "\n"


def as_html(message: Message) -> SafeString:
    """The mail as HTML, every typed text escaped."""
    return SafeString(unbroken(render_to_string("mails/base.html", _context(message, True))))


def as_email(message: Message) -> EmailMultiAlternatives:
    """The mail with its attachments, which must be rendered already."""
    email = EmailMultiAlternatives(
        subject=message.subject_line,
        body=as_text(message),
        to=[message.to],
        headers={"Message-ID": message.message_id, "Auto-Submitted": "auto-generated"},
    )
    email.attach_alternative(as_html(message), "text/html")
    for document in message.documents():
        with document.file.open("rb") as file:
            email.attach(document.filename, file.read(), "application/pdf")
    return email


def _context(message: Message, show_secret: bool) -> dict[str, Any]:
    url, code = message.content["url"], ""
    if message.is_private:
        secret = (message.secret if show_secret else "") or ""
        url, code = ("", secret) if message.content.get("has_code") else (secret, "")
    return {
        **message.content,
        "url": url,
        "code": code,
        "attachments": [document.title for document in message.documents()],
        "brand": brand(),
    }
