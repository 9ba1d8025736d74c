"""GUICHET_DEMO=1 where real people come: refused or told, never silent."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness.environment import ROOT

KEYS = {
    "SECRET_KEY": "k" * 60,
    "FIELD_KEYS": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    "FIELD_HASH_KEY": "another",
}
PUBLIC = {"GUICHET_DEMO": "1", "GUICHET_DEMO_PUBLIC": "1", **KEYS}

pytestmark = pytest.mark.once


@pytest.fixture
def run(tmp_path: Path):
    """`run(arguments, VARIABLE=…)`: Python with an environment of its own, at a public address."""

    def start(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        empty = tmp_path / "empty.env"
        empty.touch()
        environment = {
            "PATH": os.environ["PATH"],
            "ENV_FILE": str(empty),
            "VAR_DIR": str(tmp_path / "var"),
            "SITE_URL": "https://adhesion.example",
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        command = [sys.executable, *arguments]
        return subprocess.run(command, cwd=ROOT, env={**environment, **variables}, capture_output=True, text=True)

    return start


def test_a_public_demonstration_does_not_start_with_the_keys_of_the_code(run):
    refused = run("-c", "import config.settings", GUICHET_DEMO="1", GUICHET_DEMO_PUBLIC="1")
    assert "even a demonstration needs SECRET_KEY" in refused.stderr
    assert run("-c", "import config.settings", **PUBLIC).returncode == 0


@pytest.mark.fault("B13")
def test_a_demonstration_is_not_public_unless_somebody_said_so(run):
    """Who asks for the password of another reads the answer at /boite/."""
    refused = run("-c", "import config.settings", GUICHET_DEMO="1", **KEYS)
    assert refused.returncode != 0
    assert "to whoever comes to /boite/" in refused.stderr
    local = run("-c", "import config.settings", GUICHET_DEMO="1", SITE_URL="http://127.0.0.1:8000")
    assert local.returncode == 0, "on one's own machine it needs nothing"


def test_nothing_starts_without_keys_outside_the_demonstration(run):
    assert "must be set outside the demonstration" in run("-c", "import config.settings").stderr


def test_a_public_demonstration_says_so_and_makes_no_account_with_a_known_password(run):
    told = run("scripts/prepare.py", **PUBLIC)
    assert told.returncode == 0, told.stderr
    assert "/boite/ is open to everybody" in told.stderr
    assert "no demonstration data is made" in told.stdout
    count = "import django; django.setup(); from accounts.models import User; print(User.objects.count())"
    assert run("-c", count, **PUBLIC).stdout.strip() == "0"


@pytest.mark.fault("E4")
@pytest.mark.parametrize(
    ("url", "starts"),
    [
        ("clamd://scanner:3310", True),
        ("clamd:///run/clamav/clamd.ctl", True),
        ("clamd://", False),
        ("tcp://scanner:3310", False),
        ("/run/clamav/clamd.ctl", False),
    ],
)
def test_an_address_of_the_scanner_that_cannot_be_asked_is_told_at_once(run, url, starts):
    """Not by files that are held for ever."""
    done = run("-c", "import config.settings", SCANNER_URL=url, **PUBLIC)
    assert (done.returncode == 0) is starts
    assert starts or "SCANNER_URL must be like" in done.stderr
