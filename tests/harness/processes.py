"""Real processes for the tests: started on free ports, watched through their log, killed at the end."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).resolve().parent.parent.parent
T = TypeVar("T")


def wait_until(condition: Callable[[], T], timeout: float = 120, what: str = "") -> T:
    """Poll `condition` until it is true and return what it gave; AssertionError when `timeout` seconds passed."""
    end = time.monotonic() + timeout
    while not (value := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"not so after {timeout} s: {what or condition}")
        time.sleep(0.03)
    return value


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port: int) -> bool:
    """Does something accept connections there?"""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Process:
    """One program with its children, in a group of their own so that none outlives the test."""

    def __init__(
        self, args: Sequence[str], *, log: Path, env: Mapping[str, str] | None = None, cwd: Path = ROOT, user: str = ""
    ) -> None:
        self.log = log
        with log.open("ab") as output:
            self._popen = subprocess.Popen(
                list(args),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(env or {})},
                cwd=cwd,
                start_new_session=True,
                user=user or None,
            )

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def alive(self) -> bool:
        return self._popen.poll() is None

    @property
    def output(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def wait_for(self, condition: Callable[[], bool], timeout: float = 60) -> None:
        """Wait until it is ready; tells what it printed when it died instead."""

        def ready() -> bool:
            if not self.alive:
                raise AssertionError(f"{self._popen.args} ended with {self._popen.returncode}:\n{self.output[-3000:]}")
            return condition()

        try:
            wait_until(ready, timeout)
        except AssertionError:
            self.kill()
            raise AssertionError(f"{self._popen.args} is not ready:\n{self.output[-3000:]}") from None

    def send(self, number: int) -> None:
        """Send a signal to the whole group (SIGSTOP hangs it, SIGCONT lets it go on)."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def kill(self) -> None:
        """kill -9, children included."""
        self.send(signal.SIGKILL)
        self._popen.wait()

    def stop(self, number: int = signal.SIGTERM, timeout: float = 15) -> int:
        """End it politely, then not politely; returns its exit code."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)
        try:
            self._popen.wait(timeout)
        except subprocess.TimeoutExpired:
            pass
        self.send(signal.SIGKILL)
        return self._popen.wait()
