"""Logs: one JSON object a line. Nothing a person typed is ever put into a message or an extra."""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from datetime import UTC, datetime
from types import TracebackType

_STANDARD = set(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
# Django hangs the request on its own records, Celery the task's arguments: both may hold what people typed.
_NEVER = {"request", "args", "kwargs", "data", "response", "sql", "params", "status_code", "server_time"}
# Of what Celery tells of a task: the rest, `exc` and `return_value` first of all, may quote people.
_OF_A_TASK = ("name", "id", "description", "runtime")


class JsonFormatter(logging.Formatter):
    """Formats a record as one line of JSON, its exception as the chain of types and places, without values."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "event": _event(record),
        }
        for key, value in record.__dict__.items():
            if key not in _STANDARD and key not in _NEVER and not key.startswith("_"):
                entry[key] = value if isinstance(value, int | float | bool) else str(value)
        if record.exc_info and record.exc_info[0]:
            entry["error"] = record.exc_info[0].__name__
            entry["where"] = _places(record.exc_info[2])
        return json.dumps(entry)  # in ASCII: U+2028 and U+0085 are line ends to many readers of logs


def _event(record: logging.LogRecord) -> str:
    """The message; of Django's own records, which quote the path, the level; of Celery's, what quotes no exception; of
    what goes wrong in gunicorn, which quotes addresses and headers as they came, the words and the numbers."""
    if hasattr(record, "request"):
        return record.levelname.lower()
    if hasattr(record, "data"):
        told = record.args if isinstance(record.args, dict) else {}
        shown = defaultdict(str, {key: told[key] for key in _OF_A_TASK if key in told})
        return (str(record.msg) % shown).rstrip(": ")
    if record.name == "gunicorn.error" and record.levelno > logging.INFO:
        words = str(record.msg).partition(" from ip=")[0]  # the rest was put in by gunicorn itself
        numbers = [value if isinstance(value, int | float) else "-" for value in record.args or ()]
        return words % tuple(numbers) if numbers else words
    return record.getMessage()


def _places(traceback: TracebackType | None) -> str:
    """Where it happened: files and lines. The message of an exception may quote a person, so it is left out."""
    places = []
    while traceback:
        frame = traceback.tb_frame
        places.append(f"{frame.f_code.co_filename.rsplit('/', 2)[-1]}:{traceback.tb_lineno} {frame.f_code.co_name}")
        traceback = traceback.tb_next
    return " < ".join(reversed(places[-12:]))
