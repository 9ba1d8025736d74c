"""Where a secret could be left behind once its journey is over: what was logged, and what is stored in clear."""

from __future__ import annotations

import base64
import json
import pickle
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import redis
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection

from tests.journeys.stage import Stage


def traces(stage: Stage) -> dict[str, str]:
    """Each place, and all the text in it."""
    return {
        "log of gunicorn": stage.site.log,
        "log of the worker": stage.worker.output,
        "subjects of mails": "\n".join(received.message["Subject"] for received in stage.mailbox.messages),
        "sessions": "\n".join(str(session.get_decoded()) for session in Session.objects.all()),
        "cache": "\n".join(_cached()),
        "broker": "\n".join(_queued()),
        **{f"table {table}": text for table, text in _tables()},
    }


def found(secrets: dict[str, str], places: dict[str, str]) -> list[str]:
    """Which secret is where. A secret counts when it stands alone: six digits are in many a longer number."""
    patterns = {name: re.compile(rf"(?<![\w.+-]){re.escape(secret)}(?![\w-])") for name, secret in secrets.items()}
    return [
        f"{name}: {place}"
        for name, pattern in patterns.items()
        for place, text in places.items()
        if pattern.search(text)
    ]


def _tables() -> Iterator[tuple[str, str]]:
    """Every row of every table as the database holds it: outbox, journal, admin history, proofs, snapshots."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608 a name of the schema
            yield table, "\n".join(" ".join(map(_text, row)) for row in cursor.fetchall())


def _cached() -> Iterator[str]:
    """The throttles and figures of the cache, keys and values."""
    if folder := getattr(cache, "_dir", ""):
        for path in Path(folder).rglob("*.djcache"):
            with path.open("rb") as file:
                pickle.load(file)  # noqa: S301 our own: the expiry
                yield str(pickle.loads(zlib.decompress(file.read())))  # noqa: S301
    else:
        yield from _redis(settings.CACHE_URL)


def _queued() -> Iterator[str]:
    """What waits for a worker, bodies decoded."""
    if not settings.BROKER_URL.startswith("filesystem"):
        texts = _redis(settings.BROKER_URL)
    else:
        folder = Path(urlsplit(settings.BROKER_URL).path)
        texts = (path.read_text(errors="replace") for path in folder.rglob("*") if path.is_file())
    for text in texts:
        yield text
        for body in re.findall(r'"body": "([^"]+)"', text):
            yield base64.b64decode(body).decode(errors="replace")


def _redis(url: str) -> Iterator[str]:
    client = redis.from_url(url)
    readers: dict[bytes, Any] = {
        b"string": client.get,
        b"list": lambda key: client.lrange(key, 0, -1),
        b"hash": client.hgetall,
        b"set": client.smembers,
        b"zset": lambda key: client.zrange(key, 0, -1, withscores=True),
    }
    for key in client.scan_iter():
        value = readers[client.type(key)](key)
        yield f"{_text(key)} {_text(value)}"


def _text(value: Any) -> str:
    """Bytes as the letters they are, whatever holds them."""
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode(errors="replace")
    if isinstance(value, list | tuple | set | dict):
        items = [part for pair in value.items() for part in pair] if isinstance(value, dict) else value
        return " ".join(map(_text, items))
    return value if isinstance(value, str) else json.dumps(value, default=str)
