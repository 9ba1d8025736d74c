"""SMTP, with the one thing a sender must know and Django does not tell: was the mail on its way when the link broke?"""

from __future__ import annotations

import smtplib
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.smtp import EmailBackend as DjangoEmailBackend

from notifications.results import Later, Rejected

_GO_AHEAD = 354  # the server's « send the message now »
_SOME = 250  # of a backend that does not tell


class _Witness:
    """An SMTP client that remembers the code of the last answer it got."""

    last_code = 0

    def getreply(self) -> tuple[int, bytes]:
        code, text = super().getreply()  # type: ignore[misc]
        self.last_code = code
        return code, text


class _Smtp(_Witness, smtplib.SMTP):
    pass


class _SmtpSsl(_Witness, smtplib.SMTP_SSL):
    pass


class EmailBackend(DjangoEmailBackend):
    """Django's, on clients that remember. `last_code` is 0 until something is answered about the present mail."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _SmtpSsl if self.use_ssl else _Smtp

    @property
    def last_code(self) -> int:
        return getattr(self.connection, "last_code", 0)

    def _send(self, email_message: EmailMessage) -> bool:
        self.connection.last_code = 0
        return bool(super()._send(email_message))


class Post:
    """One connection for many mails, opened when needed and again when it breaks."""

    def __init__(self) -> None:
        stock = settings.EMAIL_BACKEND == "django.core.mail.backends.smtp.EmailBackend"
        self.backend: Any = EmailBackend() if stock else get_connection()

    def __enter__(self) -> Post:
        return self

    def __exit__(self, *exception: object) -> None:
        self.hang_up()

    def send(self, email: EmailMessage) -> None:
        """Hand one mail over. Raises `Later` or `Rejected`."""
        kept = not self._open()
        try:
            self._hand_over(email)
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            last_code = getattr(self.backend, "last_code", _SOME)
            self.hang_up()
            if kept and not last_code:
                return self.send(email)  # the server had closed the connection we kept: this mail is not to blame
            sentence = "Le serveur de messagerie a coupé la liaison."
            raise Later(sentence, ambiguous=last_code == _GO_AHEAD) from error
        except Later:
            self.hang_up()  # after some temporary refusals (421) the server closes
            raise

    def hang_up(self) -> None:
        """Close the connection, whatever state it is in."""
        try:
            self.backend.close()
        except (smtplib.SMTPException, OSError):
            pass  # it was broken already; `close()` has let go of it

    def _open(self) -> bool:
        """Whether it had to be opened."""
        try:
            return bool(self.backend.open())
        except (smtplib.SMTPException, OSError) as error:
            raise Later("Le serveur de messagerie ne répond pas.", gateway_down=True) from error

    def _hand_over(self, email: EmailMessage) -> None:
        try:
            self.backend.send_messages([email])
        except smtplib.SMTPRecipientsRefused as error:
            raise _verdict(*next(iter(error.recipients.values()))) from error
        except smtplib.SMTPDataError as error:
            raise _verdict(error.smtp_code, error.smtp_error) from error
        except (smtplib.SMTPSenderRefused, smtplib.SMTPHeloError) as error:
            # Our own address or set-up is blamed, not this mail: it passes once that is put right.
            raise Later(_sentence(error.smtp_code, error.smtp_error)) from error
        except smtplib.SMTPNotSupportedError as error:
            raise Rejected("Le serveur de messagerie n’accepte pas cette adresse (accents).") from error


def _verdict(code: int, text: bytes | str) -> Later | Rejected:
    return Rejected(_sentence(code, text)) if 500 <= code < 600 else Later(_sentence(code, text))


def _sentence(code: int, text: bytes | str) -> str:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"Le serveur de messagerie répond {code} : {' '.join(words.split())[:300]}"
