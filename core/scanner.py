"""The virus scanner that received files are shown to: clamd, at `SCANNER_URL`. Without that nobody is asked.

A client of our own for two commands of clamd's protocol. The old clients (clamd, pyclamd) are unmaintained; their forks
that are kept have time-outs for each read only, so that a peer that sends a byte now and then holds a request for good,
and take for an answer what came before the connection was cut. Here all of a scan has one deadline, and a file is clean
only by a whole answer that says exactly so: anything else is no answer.
"""

from __future__ import annotations

import hashlib
import logging
import re
import socket
import time
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import Tags, Warning, register
from django.db import models

from core.models import Finding
from core.transitions import Refused

SECONDS = 10.0  # for one file, while somebody waits
PING_SECONDS = 1.0
REST = 30.0  # seconds before a scanner that did not answer is asked again by a page: each try may cost its time
PORT = 3310
_CHUNK = 256 * 1024
_MAX_REPLY = 4096
_FOUND = re.compile(rb"stream: (.+) FOUND")

logger = logging.getLogger(__name__)
_away_until = 0.0


class MalwareFound(Refused):
    """The scanner knows something bad in the file. `signature` is its name."""

    def __init__(self, signature: str) -> None:
        self.signature = signature
        super().__init__(
            f"Ce fichier contient un programme malveillant ({signature}) : il n’a pas été gardé. Ne l’ouvrez plus, "
            "faites vérifier votre appareil, puis envoyez un autre exemplaire du document."
        )


class NoAnswer(Refused):
    """The scanner did not say, for whatever reason: the file is neither clean nor bad."""

    def __init__(self) -> None:
        super().__init__(
            "Nous ne pouvons pas vérifier ce fichier en ce moment : il n’a pas été gardé. Réessayez dans quelques "
            "minutes."
        )


def is_configured() -> bool:
    return bool(settings.SCANNER_URL)


def check(data: bytes, subject: models.Model | None = None, *, seconds: float | None = None) -> bool:
    """True once the scanner found nothing in `data`, False when there is no scanner to ask.

    Raises `MalwareFound`, which staff are then told about (`core.models.Finding`), or `NoAnswer`. `subject` is what the
    file was sent for. Not to be called in a transaction: what is found would be forgotten with it.
    """
    global _away_until
    if not is_configured():
        return False
    if time.monotonic() < _away_until:
        raise NoAnswer
    try:
        found = _verdict(_ask(b"zINSTREAM\0", _chunks(data), seconds or SECONDS))
    except (OSError, NoAnswer) as error:
        _away_until = time.monotonic() + REST
        logger.warning("scanner: no usable answer", extra={"error_type": type(error).__name__})
        raise NoAnswer from error
    if found:
        Finding.note(found, size=len(data), sha256=hashlib.sha256(data).hexdigest(), subject=subject)
        logger.warning("scanner: a file was refused", extra={"signature": found})
        raise MalwareFound(found)
    return True


def answers() -> bool:
    """Whether the scanner is there, asked now and for a second at most."""
    global _away_until
    try:
        there = _ask(b"zPING\0", (), PING_SECONDS) == b"PONG"
    except (OSError, NoAnswer):
        return False
    if there:
        _away_until = 0.0
    return there


def _verdict(reply: bytes) -> str:
    """The name of what was found, or nothing when the answer says that all is well."""
    if reply == b"stream: OK":
        return ""
    if found := _FOUND.fullmatch(reply):
        return re.sub(r"[^\w.:/+-]", "", found[1].decode("ascii", "replace"))[:100] or "inconnu"
    raise NoAnswer  # an error of its own (file larger than its StreamMaxLength), or not clamd


def _chunks(data: bytes) -> Iterator[bytes]:
    """Each with its length before it; a length of zero is the end."""
    for start in range(0, len(data), _CHUNK):
        piece = data[start : start + _CHUNK]
        yield len(piece).to_bytes(4, "big") + piece
    yield bytes(4)


def _ask(command: bytes, chunks: Iterable[bytes], seconds: float) -> bytes:
    """The answer to one command, without the NUL that ends it. Raises `OSError` or `NoAnswer` within `seconds`."""
    end = time.monotonic() + seconds

    def left() -> float:
        if (remaining := end - time.monotonic()) <= 0:
            raise TimeoutError
        return remaining

    with _connect(seconds) as connection:
        for piece in (command, *chunks):
            connection.settimeout(left())  # of the whole of `sendall`
            connection.sendall(piece)
        reply = b""
        while not reply.endswith(b"\0"):
            connection.settimeout(left())
            piece = connection.recv(1024)
            if not piece or len(reply) > _MAX_REPLY:
                raise NoAnswer
            reply += piece
    return reply[:-1]


def _connect(seconds: float) -> socket.socket:
    url = urlsplit(settings.SCANNER_URL)
    if url.hostname:
        return socket.create_connection((url.hostname, url.port or PORT), timeout=seconds)
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.settimeout(seconds)
        connection.connect(url.path)
    except BaseException:
        connection.close()
        raise
    return connection


@register(Tags.security, deploy=True)
def check_configured(app_configs: Any, **kwargs: Any) -> list[Warning]:
    if is_configured() or settings.DEMO:
        return []
    return [
        Warning(
            "No virus scanner: received files are judged by their structure alone.",
            hint="Run clamd and set SCANNER_URL (docs/deploy.md).",
            id="core.W001",
        )
    ]
