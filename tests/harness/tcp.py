"""Network peers that misbehave, and an HTTP server that answers what a test planned."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class BrokenTcp:
    """A port that hangs (accepts, never answers), drops (accepts, cuts) or refuses connections."""

    def __init__(self, mode: str = "hang") -> None:
        if mode not in ("hang", "drop", "refuse"):
            raise ValueError(mode)
        self.mode = mode
        self.connections = 0
        self._held: list[socket.socket] = []
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        if mode != "refuse":  # bound but not listening: the port stays ours and refuses
            self._socket.listen(64)
            threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            if self.mode == "drop":
                connection.close()
            else:
                self._held.append(connection)

    def close(self) -> None:
        # shutdown() is what wakes the thread out of accept().
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._socket.close()
        for connection in self._held:
            connection.close()


class Talker:
    """Reads `read` bytes of each connection, sends the pieces of `says` one after the other, and cuts it."""

    def __init__(self, says: Iterable[bytes], *, read: int = 1) -> None:
        self.says, self.read = says, read
        self._closed = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            received = 0
            while received < self.read and (piece := connection.recv(self.read - received)):
                received += len(piece)
            for number, piece in enumerate(self.says):
                if number and self._closed.wait(0.05):
                    return
                connection.sendall(piece)

    def close(self) -> None:
        self._closed.set()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


@dataclass(frozen=True)
class Asked:
    """One request that the HTTP server received."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class HttpServer:
    """Answers 200 `{}` unless `answer(...)` planned something else; `asked` holds the requests."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._plan: deque[tuple[int, bytes, str] | None] = deque()
        self._released = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(self, status: int = 200, body: Any = None, content_type: str = "application/json") -> None:
        """Plan the next reply. `body` is sent as it is when bytes, else as JSON."""
        raw = body if isinstance(body, bytes) else json.dumps({} if body is None else body).encode()
        self._plan.append((status, raw, content_type))

    def hang(self) -> None:
        """The next request gets no answer until the server closes."""
        self._plan.append(None)

    def close(self) -> None:
        self._released.set()
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def _reply(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                owner.asked.append(Asked(self.command, self.path, dict(self.headers), self.rfile.read(length)))
                planned = owner._plan.popleft() if owner._plan else (200, b"{}", "application/json")
                if planned is None:
                    owner._released.wait()
                    self.close_connection = True
                    return
                status, body, content_type = planned
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = do_DELETE = _reply

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        return Handler
