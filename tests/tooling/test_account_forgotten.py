"""A service whose operator forgot to say on which account members pay does not start."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness.environment import ROOT

pytestmark = pytest.mark.once


def run(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Python with the environment of a deployment, on a database of its own."""
    (folder / "empty.env").touch()
    environment = {
        "PATH": os.environ["PATH"],
        "ENV_FILE": str(folder / "empty.env"),
        "VAR_DIR": str(folder),
        "SITE_URL": "https://guichet.example",
        "EMAIL_URL": "smtp://127.0.0.1:9",
        "SECRET_KEY": "k" * 60,
        "FIELD_KEYS": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
        "FIELD_HASH_KEY": "another",
    }
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, env={**environment, **variables}, capture_output=True, text=True)


def test_it_says_which_setting_is_missing_before_it_touches_the_database(tmp_path: Path) -> None:
    done = run(tmp_path, "scripts/prepare.py")
    assert done.returncode != 0
    assert "OPERATOR_IBAN is missing" in done.stderr
    assert "OPERATOR_BIC is missing" in done.stderr
    assert "Migrating" not in done.stdout


def test_with_an_account_of_ones_own_all_is_well(tmp_path: Path) -> None:
    done = run(tmp_path, "manage.py", "check", OPERATOR_IBAN="FR1420041010050500013M02606", OPERATOR_BIC="PSSTFRPP")
    assert done.returncode == 0, done.stderr
