"""The application as it is deployed: gunicorn, Celery worker and beat against the database of the running test."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import quote

from django.db import connection

from core.locks import alone
from tests.harness.processes import ROOT, Process, free_port


def database_url() -> str:
    """The test database, for another process."""
    found = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{found['NAME']}"
    login = quote(found["USER"]) + (f":{quote(found['PASSWORD'])}" if found["PASSWORD"] else "")
    return f"postgres://{login}@{found['HOST']}:{found['PORT']}/{found['NAME']}"


STATIC = ROOT / "var/tests-static"


def collect_static() -> Path:
    """The folder of static files, collected and compressed as a deployment does.

    That takes long, so it is kept from run to run, and done again when a source changed.
    """
    STATIC.mkdir(parents=True, exist_ok=True)
    done = STATIC / "done"
    sources = [ROOT / "requirements.txt", *(path for path in (ROOT / "static").rglob("*") if path.is_file())]
    with alone(STATIC / "lock"):
        if not done.exists() or done.stat().st_mtime < max(source.stat().st_mtime for source in sources):
            env = {**os.environ, "STATIC_MANIFEST": "1", "STATIC_ROOT": str(STATIC)}
            command = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
            start = time.time()
            subprocess.run(command, cwd=ROOT, env=env, check=True)
            done.touch()
            os.utime(done, (start, start))  # what was edited meanwhile is newer
    return STATIC


def responds(url: str) -> bool:
    """Does an HTTP server answer there, whatever it says?"""
    try:
        urllib.request.urlopen(url, timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except (OSError, http.client.HTTPException):
        return False
    return True


class Site:
    """gunicorn with our own configuration."""

    def __init__(self, folder: Path, static: Path, *, database: str = "", **env: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = folder / f"gunicorn-{self.port}.log"
        self._env = {
            "DATABASE_URL": database or database_url(),
            "PORT": str(self.port),
            "SITE_URL": self.url,
            "STATIC_MANIFEST": "1",
            "STATIC_ROOT": str(static),
            "WEB_CONCURRENCY": "1",
            **env,
        }
        self.start()

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def start(self) -> None:
        command = [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.py", "config.wsgi"]
        self.process = Process(command, log=self._log, env=self._env)
        self.process.wait_for(lambda: responds(f"{self.url}/sante/vivant/"))

    def stop(self) -> None:
        self.process.stop()


class Celery(Process):
    """A worker or a beat; `kill()` is kill -9 with its children."""

    def __init__(self, folder: Path, program: str, *options: str, database: str = "", **env: str) -> None:
        number = len(list(folder.glob(f"{program}-*.log")))
        super().__init__(
            [sys.executable, "-m", "celery", "-A", "config", program, "--loglevel", "INFO", *options],
            log=folder / f"{program}-{number}.log",
            env={"DATABASE_URL": database or database_url(), **env},
        )


def start_worker(folder: Path, *, pool: str = "solo", database: str = "", **env: str) -> Celery:
    """A worker that is ready to take tasks."""
    worker = Celery(folder, "worker", "--pool", pool, "--concurrency", "2", database=database, **env)
    worker.wait_for(lambda: " ready." in worker.output)
    return worker


def start_beat(folder: Path, *, database: str = "", **env: str) -> Celery:
    """A beat with a schedule file of its own."""
    number = len(list(folder.glob("beat-*.log")))
    schedule = str(folder / f"beat-schedule-{number}")
    beat = Celery(folder, "beat", "--pidfile=", "--schedule", schedule, database=database, **env)
    beat.wait_for(lambda: "beat: Starting" in beat.output)
    return beat
