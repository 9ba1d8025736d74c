"""Servers that the application talks to, each a real process on a free port that tests may stop and start again."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.harness.processes import Process, answers, free_port


class RedisServer:
    """A Redis without persistence."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._process: Process | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def start(self) -> None:
        args = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = Process([*args, "--dir", str(self.folder)], log=self.folder / f"redis-{self.port}.log")
        self._process.wait_for(lambda: answers(self.port))

    def stop(self) -> None:
        if self._process:
            self._process.send(signal.SIGCONT)
            self._process.kill()
            self._process = None

    def restart(self) -> None:
        self.stop()
        self.start()

    def hang(self) -> None:
        """Connections are accepted and never answered, until `resume()`."""
        assert self._process
        self._process.send(signal.SIGSTOP)

    def resume(self) -> None:
        assert self._process
        self._process.send(signal.SIGCONT)


class ClamdServer:
    """The real virus scanner, with signatures of our own: it knows `EICAR` and `MARKER` of the documents' samples."""

    def __init__(self, folder: Path, signatures: Mapping[str, bytes]) -> None:
        self.folder = folder / "clamd"
        (self.folder / "database").mkdir(parents=True)
        lines = [f"{name}:0:*:{content.hex()}\n" for name, content in signatures.items()]
        (self.folder / "database/tests.ndb").write_text("".join(lines), encoding="ascii")
        self.port = free_port()
        self.socket = self.folder / "clamd.ctl"
        self._process: Process | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"clamd://127.0.0.1:{self.port}"

    @property
    def socket_url(self) -> str:
        return f"clamd://{self.socket}"

    def start(self) -> None:
        configuration = self.folder / "clamd.conf"
        lines = [
            "Foreground yes",
            f"DatabaseDirectory {self.folder}/database",
            "TCPAddr 127.0.0.1",
            f"TCPSocket {self.port}",
            f"LocalSocket {self.socket}",
            "FixStaleSocket yes",
            "StreamMaxLength 12M",
            f"TemporaryDirectory {self.folder}",
        ]
        configuration.write_text("\n".join([*lines, ""]), encoding="ascii")
        program = shutil.which("clamd") or "/usr/sbin/clamd"
        self._process = Process([program, "--config-file", str(configuration)], log=self.folder / "clamd.log")
        self._process.wait_for(lambda: answers(self.port))

    def stop(self) -> None:
        if self._process:
            self._process.send(signal.SIGCONT)
            self._process.kill()
            self._process = None

    def hang(self) -> None:
        """Connections are accepted and never answered, until `resume()`."""
        assert self._process
        self._process.send(signal.SIGSTOP)

    def resume(self) -> None:
        assert self._process
        self._process.send(signal.SIGCONT)


def _postgres_bin() -> Path:
    """Debian keeps initdb and postgres out of the PATH; the newest version wins."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if not versions:
        raise RuntimeError("PostgreSQL is not installed (scripts/setup test installs it).")
    return versions[-1]


def _postgres_user() -> str:
    """PostgreSQL refuses to run as root: its own account then, else nobody's."""
    if os.geteuid() != 0:
        return ""
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise RuntimeError("No account to run PostgreSQL with.")


class PostgresServer:
    """A cluster of its own in a temporary folder; nothing is synced to disk, since it is thrown away."""

    OPTIONS = (
        "fsync=off",
        "synchronous_commit=off",
        "full_page_writes=off",
        "max_connections=200",
        "log_statement=none",
    )

    def __init__(self, *options: str) -> None:
        """`options` are more lines of its configuration, such as `autovacuum=off`."""
        self.options = (*self.OPTIONS, *options)
        self.bin = _postgres_bin()
        self.user = _postgres_user()
        # Not below a folder of root's: the other account has to reach it.
        self.folder = Path(tempfile.mkdtemp(prefix="guichet-pg-"))
        self.port = free_port()
        if self.user:
            shutil.chown(self.folder, self.user)
        self._process: Process | None = None
        options = ["-U", "guichet", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        self._run("initdb", "-D", f"{self.folder}/data", *options)
        self.start()

    def _run(self, program: str, *args: str) -> None:
        done = subprocess.run(
            [str(self.bin / program), *args],
            user=self.user or None,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stdout}{done.stderr}")

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    def url(self, database: str = "postgres") -> str:
        return f"postgres://guichet@127.0.0.1:{self.port}/{database}"

    def create(self, database: str) -> str:
        """Make an empty database and return its URL."""
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "guichet", database)
        return self.url(database)

    def _accepts(self) -> bool:
        ready = [str(self.bin / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(ready, check=False).returncode == 0

    def start(self) -> None:
        args = [str(self.bin / "postgres"), "-D", f"{self.folder}/data", "-p", str(self.port), "-k", str(self.folder)]
        args += ["-c", "listen_addresses=127.0.0.1", *(word for option in self.options for word in ("-c", option))]
        log = self.folder / "postgres.log"
        self._process = Process(args, log=log, cwd=self.folder, user=self.user)
        self._process.wait_for(self._accepts)

    def stop(self) -> None:
        """A fast shutdown: sessions are cut, as when the service restarts."""
        if self._process:
            self._process.stop(signal.SIGINT)
            self._process = None

    def restart(self) -> None:
        self.stop()
        self.start()

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
