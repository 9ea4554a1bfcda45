"""The built site over HTTP as a host of static sites serves it: compressed, with its page for unknown addresses."""

from __future__ import annotations

import contextlib
import gzip
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

COMPRESSED = {".css", ".html", ".js", ".json", ".svg", ".txt", ".xml"}


@dataclass
class Server:
    """A running server.

    Attributes:
        port: Its port on 127.0.0.1.
        sent: The address and the size of each answer so far, headers included.
    """

    port: int
    sent: list[tuple[str, int]] = field(default_factory=list)

    def expect_at_most(self, most_bytes: int, what: str, folder: str = "/") -> None:
        """See that what was sent is no more than some bytes; say how much it was, and of which files.

        Args:
            most_bytes: How much it may be.
            what: What was opened.
            folder: Where the files are that count.
        """
        sent = [(size, address) for address, size in self.sent if folder in address]
        total = sum(size for size, _ in sent)
        print(f"{what}: {total:,} bytes in {len(sent)} answers")
        table = "\n".join(f"{size:8,} {address}" for size, address in sorted(sent, reverse=True))
        assert total <= most_bytes, f"{what}: {total:,} bytes, more than {most_bytes:,}:\n{table}"


@contextlib.contextmanager
def serve(site: Path) -> Iterator[Server]:
    """Serve a folder on a free port while the context lasts."""
    sent: list[tuple[str, int]] = []

    class Handler(_Handler):
        def do_GET(self) -> None:
            self._answer(site, sent)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Server(server.server_port, sent)
        server.shutdown()


class _Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def _answer(self, site: Path, sent: list[tuple[str, int]]) -> None:
        address = self.path.partition("?")[0]
        file, status = site / address.lstrip("/"), HTTPStatus.OK
        if file.is_dir():
            file /= "index.html"
        if not file.is_file():
            file, status = site / "404.html", HTTPStatus.NOT_FOUND
        body = _body(file)
        headers = {"Content-Type": self.guess_type(str(file)), "Content-Length": str(len(body))}
        if file.suffix in COMPRESSED:
            headers["Content-Encoding"] = "gzip"
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        head = sum(len(line) for line in self._headers_buffer)
        self.end_headers()
        with contextlib.suppress(ConnectionError):
            self.wfile.write(body)
        sent.append((address, head + len(body)))


@cache
def _body(file: Path) -> bytes:
    return gzip.compress(file.read_bytes(), mtime=0) if file.suffix in COMPRESSED else file.read_bytes()
