"""scripts/again: what dies is started again, what is told to end ends."""

from __future__ import annotations

import os
import signal
import subprocess

import pytest

from tests.harness.environment import ROOT
from tests.harness.processes import wait_until

pytestmark = [pytest.mark.process, pytest.mark.once]
AGAIN = str(ROOT / "scripts" / "again")


def test_what_fails_is_run_again_until_it_succeeds(tmp_path):
    tries = tmp_path / "tries"
    done = subprocess.run(
        [AGAIN, "sh", "-c", f"echo try >> {tries}; [ $(wc -l < {tries}) -eq 2 ]"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0
    assert tries.read_text() == "try\ntry\n"
    assert "started again" in done.stderr


def test_a_killed_worker_comes_back_and_a_told_one_ends(tmp_path):
    pids = tmp_path / "pids"
    again = subprocess.Popen([AGAIN, "sh", "-c", f"echo $$ >> {pids}; exec tail -f /dev/null"], stderr=subprocess.PIPE)

    def started() -> list[int]:
        return [int(pid) for pid in pids.read_text().split()] if pids.exists() else []

    wait_until(lambda: len(started()) == 1)
    os.kill(started()[0], signal.SIGKILL)
    wait_until(lambda: len(started()) == 2)
    again.send_signal(signal.SIGTERM)
    again.communicate(timeout=60)
    with pytest.raises(ProcessLookupError):
        os.kill(started()[1], 0)
