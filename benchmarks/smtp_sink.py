"""An SMTP server that takes every mail and keeps none, as cheap as can be: `python -m benchmarks.smtp_sink PORT`."""

from __future__ import annotations

import asyncio
import sys


class Sink(asyncio.Protocol):
    """One connection. Commands are answered without being looked at, but for where the message begins and ends."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]
        self.rest, self.in_data = b"", False
        self.transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        if self.in_data:
            self.rest = (self.rest + data)[-5:]
            if self.rest == b"\r\n.\r\n":
                self.rest, self.in_data = b"", False
                self.transport.write(b"250 taken\r\n")
            return
        *lines, self.rest = (self.rest + data).split(b"\r\n")
        for line in lines:
            self._answer(line[:4].upper())

    def _answer(self, command: bytes) -> None:
        if command == b"DATA":
            self.in_data = True
            self.transport.write(b"354 go on\r\n")
        elif command == b"QUIT":
            self.transport.write(b"221 bye\r\n")
            self.transport.close()
        else:
            self.transport.write(b"250 ok\r\n")


async def main(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
