"""`make run` as a newcomer types it: from nothing, then again with what was entered, and ended with Ctrl-C."""

import re
import signal
import socket
import subprocess
import urllib.request
from pathlib import Path

import pytest

from tests.harness.environment import ROOT
from tests.harness.processes import Process, answers, free_port, wait_until
from tests.harness.site import responds

# `make run` brings its own SQLite.
pytestmark = [pytest.mark.process, pytest.mark.once]


def _run(folder: Path, port: int) -> Process:
    # As a person's shell has it: nothing of the suite's own environment.
    env = {"VAR_DIR": str(folder / "var"), "STATIC_MANIFEST": "1", "SITE_URL": "", "ENV_FILE": ""}
    return Process(["make", "run", f"PORT={port}"], log=folder / "run.log", env=env)


def _answers(process: Process, port: int) -> None:
    process.wait_for(lambda: responds(f"http://127.0.0.1:{port}/sante/vivant/"), timeout=400)


def _keys(folder: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in (folder / "var/demo.env").read_text(encoding="utf-8").splitlines())


@pytest.mark.timeout(1200)
def test_the_demonstration_starts_stops_and_starts_again(tmp_path):
    port = free_port()
    first = _run(tmp_path, port)
    _answers(first, port)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as response:
        assert response.status == 200
    wait_until(lambda: "/boite/" in first.output, what="the welcome")
    keys = _keys(tmp_path)
    assert set(keys) == {"SECRET_KEY", "FIELD_KEYS", "FIELD_HASH_KEY"}

    first.send(signal.SIGINT)
    wait_until(lambda: not first.alive, what="Ctrl-C ends it")
    assert not answers(port)
    assert not re.search("Traceback", first.output)

    again = _run(tmp_path, port)
    try:
        _answers(again, port)
        assert _keys(tmp_path) == keys
        second_start = again.output[len(first.output) :] or again.output.rsplit("Ctrl-C", 1)[1]
        assert "Making the demonstration data" not in second_start
    finally:
        again.send(signal.SIGTERM)
        again.stop()
    wait_until(lambda: not answers(port), what="SIGTERM ends it")


def test_a_port_in_use_is_told(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(["make", "run", f"PORT={port}"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert f"Port {port} is already in use" in done.stderr


def test_what_is_installed_is_not_installed_again():
    subprocess.run(["scripts/setup", "run"], cwd=ROOT, check=True, capture_output=True)
    done = subprocess.run(["scripts/setup", "run"], cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stderr == ""
