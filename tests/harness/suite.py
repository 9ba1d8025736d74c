"""Run the whole suite on both engines: `python -m tests.harness.suite [pytest arguments]`.

SQLite with the file-system broker and cache, as a demonstration runs; then PostgreSQL with Redis, as production does,
without the tests marked `once`.
Everything started here is gone when it ends, however it ends.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.harness.processes import ROOT
from tests.harness.servers import PostgresServer, RedisServer


def _pytest(engine: str, arguments: list[str], env: dict[str, str]) -> int:
    """Its exit code; 0 when nothing is left to run, as when only tests marked `once` are asked for."""
    print(f"\n{'=' * 30} {engine} {'=' * 30}", flush=True)
    # Four on two cores: a test with a browser or a worker often waits for it.
    command = [sys.executable, "-m", "pytest", "-n", "4", "-q", *arguments]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **env}, stdin=subprocess.DEVNULL, check=False)
    return 0 if done.returncode == pytest.ExitCode.NO_TESTS_COLLECTED and "-m" in arguments else done.returncode


def main(arguments: list[str]) -> int:
    # SIGTERM unwinds like Ctrl-C, so that servers are stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # Makes a skipped test a failure (conftest.py); hypothesis then draws the same examples every time.
    os.environ["CI"] = "true"
    for name in ("DATABASE_URL", "GUICHET_TEST_REDIS", "GUICHET_TEST_DIR"):
        os.environ.pop(name, None)
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="guichet-suite-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        postgres = PostgresServer("autovacuum=off")  # how it reads a table does not depend on when it looked at it
        stack.callback(postgres.remove)
        redis = RedisServer(folder)
        stack.callback(redis.stop)
        codes = {
            "SQLite": _pytest("SQLite", arguments, {}),
            "PostgreSQL and Redis": _pytest(
                "PostgreSQL and Redis",
                ["-m", "not once", *arguments],
                {"DATABASE_URL": postgres.create("guichet"), "GUICHET_TEST_REDIS": redis.url},
            ),
        }
    failed = [engine for engine, code in codes.items() if code]
    if failed:
        print(f"\nFailed on {' and on '.join(failed)}.", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
