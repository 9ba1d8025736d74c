"""Real processes for the tests: started on free ports, watched through their log, killed at the end."""

from __future__ import annotations

import contextlib
import fcntl
import os
import random
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, TypeVar

ROOT = Path(__file__).resolve().parent.parent.parent
PORTS = range(20_000, 32_000)  # the kernel gives those from 32768 on to outgoing connections, at any moment
_kept: list[IO[str]] = []
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
    """A port that nobody listens on, and that nobody else gets from here until this process ends.

    A program takes a second or more to listen on the port it was given; the other processes of the run ask meanwhile.
    """
    folder = Path(tempfile.gettempdir()) / f"guichet-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    for port in random.SystemRandom().sample(PORTS, 100):
        lock = (folder / str(port)).open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
        except OSError:
            lock.close()
            continue
        _kept.append(lock)
        return port
    raise RuntimeError("No free port.")


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

    def wait_for(self, condition: Callable[[], bool], timeout: float = 180) -> None:
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
