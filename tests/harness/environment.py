"""The environment of the test-suite, set before Django's settings are read.

Loaded by `-p tests.harness.environment` (pyproject.toml): pytest-django reads the settings before any conftest.
Every pytest process (the controller and each xdist worker) has a folder, a broker and a cache of its own.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
# What may come from outside: the engine to run on. Everything else that settings read is as the suite says.
KEPT = {"DATABASE_URL", "PATH", "LOG_LEVEL"}


def variables_of_the_settings() -> list[str]:
    """The names listed in `.env.example` (a test compares it with settings.py)."""
    return re.findall(r"^(?:# )?([A-Z][A-Z_0-9]*)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE)


def _worker() -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


def _broker(redis: str) -> dict[str, str]:
    """Two Redis databases per pytest process: clearing the cache must not empty the queue."""
    number = 0 if _worker() == "main" else int(_worker().removeprefix("gw")) + 1
    return {"BROKER_URL": f"{redis}/{2 * number}", "CACHE_URL": f"{redis}/{2 * number + 1}"}


def prepare() -> None:
    for name in variables_of_the_settings():
        if name not in KEPT:
            os.environ.pop(name, None)
    if "GUICHET_TEST_DIR" not in os.environ:
        os.environ["GUICHET_TEST_DIR"] = tempfile.mkdtemp(prefix="guichet-tests-")
        os.environ["GUICHET_TEST_OWNER"] = str(os.getpid())
    folder = Path(os.environ["GUICHET_TEST_DIR"]) / _worker()
    (folder / "static").mkdir(parents=True, exist_ok=True)
    os.environ.update(
        DJANGO_SETTINGS_MODULE="config.settings",
        # Playwright's synchronous API keeps a loop in the thread; the ORM is not called from inside it.
        DJANGO_ALLOW_ASYNC_UNSAFE="1",
        ENV_FILE=os.devnull,
        FIELD_HASH_KEY="hash-key-of-the-tests",
        FIELD_KEYS="dGVzdHMtb25seS10ZXN0cy1vbmx5LXRlc3RzLW9ubHk=",
        GUICHET_DEMO="1",
        LOG_LEVEL=os.environ.get("LOG_LEVEL", "INFO"),
        SECRET_KEY="secret-key-of-the-tests-which-opens-nothing-anywhere-else",
        SITE_URL="http://testserver",
        STATIC_MANIFEST="0",
        STATIC_ROOT=str(folder / "static"),  # empty: files are found where they lie
        VAR_DIR=str(folder),
    )
    if redis := os.environ.get("GUICHET_TEST_REDIS"):
        os.environ.update(_broker(redis))


def pytest_unconfigure() -> None:
    if os.environ.get("GUICHET_TEST_OWNER") == str(os.getpid()):
        from tests.harness.databases import drop_original

        drop_original()
        shutil.rmtree(os.environ["GUICHET_TEST_DIR"], ignore_errors=True)


prepare()
