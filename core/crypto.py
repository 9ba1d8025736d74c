"""Encryption at rest of personal numbers, and a keyed hash to find them again.

`settings.FIELD_KEYS` are Fernet keys, newest first: the first one encrypts, all of them decrypt. To rotate: put a new
key (`manage.py new_field_key`) in front, deploy, run `manage.py rotate_field_keys`, then drop the old key.
`settings.FIELD_HASH_KEY` is a key of its own, because it cannot be rotated without reading every value again.
"""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from core.identifiers import compact


class WrongKey(Exception):
    """None of `FIELD_KEYS` opens a stored value. It is never shown as empty: that would then be saved over it."""


class Private(str):
    """Decrypted text that does not print itself in a traceback, a log line or a debugger's list of variables."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<private>"


@lru_cache(maxsize=8)
def _fernets(keys: tuple[str, ...]) -> tuple[Fernet, ...]:
    if not keys:
        raise ImproperlyConfigured("FIELD_KEYS is empty: `manage.py new_field_key` makes a key.")
    try:
        return tuple(Fernet(key) for key in keys)
    except ValueError as error:
        raise ImproperlyConfigured("FIELD_KEYS holds something else than keys of `manage.py new_field_key`.") from error


def _keys() -> tuple[Fernet, ...]:
    return _fernets(tuple(settings.FIELD_KEYS))


def new_key() -> str:
    """A fresh random key for `FIELD_KEYS`."""
    return Fernet.generate_key().decode()


def encrypt(text: str) -> str:
    """`text` under the newest key, as ASCII."""
    return _keys()[0].encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """The text of `token`, whichever of our keys it is under; `WrongKey` when none opens it."""
    try:
        return Private(MultiFernet(_keys()).decrypt(token).decode())
    except InvalidToken as error:
        raise WrongKey("A stored value opens with none of FIELD_KEYS. Was an old key dropped too early?") from error


def seal(data: bytes) -> bytes:
    """`data`, a file, under the newest key."""
    return _keys()[0].encrypt(data)


def unseal(token: bytes) -> bytes:
    """What `seal` was given; `WrongKey` when none of our keys opens it."""
    try:
        return MultiFernet(_keys()).decrypt(token)
    except InvalidToken as error:
        raise WrongKey("A stored file opens with none of FIELD_KEYS. Was an old key dropped too early?") from error


def is_current(token: str) -> bool:
    """Whether `token` is under the newest key."""
    try:
        _keys()[0].decrypt(token)
    except InvalidToken:
        return False
    return True


def search_hash(value: str) -> str:
    """What an encrypted number is looked up by: the same for every way of grouping it; empty for an empty value."""
    text = compact(value)
    if not text:
        return ""
    return hmac.new(settings.FIELD_HASH_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()
