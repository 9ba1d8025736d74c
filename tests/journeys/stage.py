"""The deployed application with all that stands around it: mail server, SMS gateway, worker."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.harness.processes import wait_until
from tests.harness.site import Celery, Site
from tests.harness.smtp import Received, SmtpServer
from tests.harness.tcp import HttpServer


@dataclass
class Stage:
    """`secrets` fills with all that was ever typed or sent and that nothing may keep: see `leaks`."""

    site: Site
    worker: Celery
    mailbox: SmtpServer
    telephone: HttpServer
    secrets: dict[str, str] = field(default_factory=dict)  # what it is → the text
    _read: set[int] = field(default_factory=set)

    @classmethod
    def set_up(cls, gunicorn: Callable, worker: Callable, mailbox: SmtpServer, telephone: HttpServer) -> Stage:
        around = {"EMAIL_URL": mailbox.url, "SMS_URL": f"{telephone.url}/sms"}
        site = gunicorn(**around)
        return cls(site, worker(SITE_URL=site.url, **around), mailbox, telephone)

    @property
    def url(self) -> str:
        return self.site.url

    def mail(self, to: str, subject: str) -> Received:
        """The next mail to somebody with these words in its subject, waited for, and read once."""

        def find() -> Received | None:
            for received in self.mailbox.to(to):
                if id(received) not in self._read and subject in plain(received.message["Subject"]):
                    return received
            return None

        found = wait_until(find, what=f"a mail « {subject} » to {to}")
        assert found
        self._read.add(id(found))
        return found

    def link(self, received: Received) -> str:
        """The personal link of a mail. What opens it is noted as a secret."""
        url = re.search(r"https?://\S+", received.text)
        assert url, received.text
        self.secrets[f"link of « {received.message['Subject']} »"] = url[0].rstrip("/").rpartition("/")[2]
        return url[0]

    def code(self, received: Received) -> str:
        """The code of a mail, noted as a secret."""
        return self._code(received.text, f"code of {received.recipients[0]}")

    def sms_code(self) -> str:
        """The code of the SMS that comes next."""
        seen = len([name for name in self.secrets if name.startswith("SMS")])
        asked = wait_until(lambda: self.telephone.asked[seen:], what="an SMS")[0]
        return self._code(asked.json()["text"], f"SMS {seen + 1} to {asked.json()['to']}")

    def _code(self, text: str, name: str) -> str:
        code = re.search(r"(?<!\d)\d{6}(?!\d)", text)
        assert code, text
        self.secrets[f"{name} ({code[0]})"] = code[0]
        return code[0]


def said_in(pdf: bytes, folder: Path) -> str:
    """The text of a PDF on one line, its spaces made plain."""
    path = folder / "document.pdf"
    path.write_bytes(pdf)
    text = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, check=True).stdout.decode()
    return plain(text)


def plain(text: str) -> str:
    """`1 234,00 €` reads the same whatever spaces stand in it."""
    return " ".join(text.split())
