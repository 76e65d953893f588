"""A server that speaks the model hub's HTTP on loopback, and fails as it is told.

As the hub does it: ``/OWNER/NAME/resolve/main/PATH`` tells commit, checksum and size in headers and redirects large
files to another address, which knows ranges; small files are served at once, with git's checksum. What goes wrong is
a queue of ``Fault`` values, one for each GET of content.
"""

import hashlib
import threading
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

LARGE_BYTES = 3_000
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass(frozen=True)
class Fault:
    """How one answer with content goes wrong.

    ``drop_at``: the connection is closed after so many bytes of this answer's content. ``status``: this instead.
    ``no_range``: the whole file, whatever was asked for. ``flip``: a byte at this place of the file is another.
    ``wrong_start``: a range that was not asked for. ``gate``: after ``drop_at`` bytes nothing more until it is set.
    """

    drop_at: int | None = None
    status: int = 0
    no_range: bool = False
    flip: int | None = None
    wrong_start: bool = False
    gate: threading.Event | None = None


FINE = Fault()


@dataclass
class HubServer:
    """A context manager. ``files``: "OWNER/NAME/PATH" to content; ``heads``: status of each HEAD, where not fine."""

    files: dict[str, bytes] = field(default_factory=dict)
    faults: "deque[Fault]" = field(default_factory=deque)
    heads: dict[str, int] = field(default_factory=dict)
    checksums: dict[str, str] = field(default_factory=dict)
    gets: list[tuple[str, str]] = field(default_factory=list)
    asked: int = 0
    reached: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "HubServer":
        handler = type("Handler", (_Handler,), {"hub": self})
        self._server = _Server(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def checksum(self, name: str) -> str:
        """What the hub says: SHA-256 for large files, git's for small ones, or what ``checksums`` says."""
        content = self.files[name]
        if name in self.checksums:
            return self.checksums[name]
        if len(content) >= LARGE_BYTES:
            return hashlib.sha256(content).hexdigest()
        return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """Say nothing of clients that were killed."""


class _Handler(BaseHTTPRequestHandler):
    hub: HubServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def _name(self) -> str | None:
        name = self.path.removeprefix("/cdn").removeprefix("/").partition("?")[0].replace("/resolve/main/", "/", 1)
        return name if name in self.hub.files else None

    def do_HEAD(self) -> None:  # the name is the library's
        self.hub.asked += 1
        name = self._name()
        if name in self.hub.heads:
            self._refuse(self.hub.heads[name])
        elif name is None:
            known = any(file.startswith("/".join(self.path.split("/")[1:3]) + "/") for file in self.hub.files)
            self._refuse(404 if known else 401, "EntryNotFound" if known else "RepoNotFound")
        else:
            self._found(name, redirecting=len(self.hub.files[name]) >= LARGE_BYTES)

    def _found(self, name: str, *, redirecting: bool) -> None:
        content = self.hub.files[name]
        self.send_response(302 if redirecting else 200)
        self.send_header("X-Repo-Commit", COMMIT)
        if redirecting:
            self.send_header("X-Linked-Size", str(len(content)))
            self.send_header("X-Linked-ETag", f'"{self.hub.checksum(name)}"')
            # By another name of this host, as a content network is another host.
            host = self.hub.url.replace("127.0.0.1", "localhost")
            self.send_header("Location", f"{host}/cdn/{name}?signature=x")
            self.send_header("Content-Length", "0")
        else:
            self.send_header("ETag", f'"{self.hub.checksum(name)}"')
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()

    def _refuse(self, status: int, code: str = "") -> None:
        self.send_response(status)
        if code:
            self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self) -> None:  # as above
        name = self._name()
        if name is None:
            self._refuse(404, "EntryNotFound")
        elif len(self.hub.files[name]) >= LARGE_BYTES and not self.path.startswith("/cdn/"):
            self._found(name, redirecting=True)
        else:
            self.hub.gets.append((name, self.headers.get("Range", "")))
            fault = self.hub.faults.popleft() if self.hub.faults else FINE
            self._send(self.hub.files[name], fault)

    def _send(self, content: bytes, fault: Fault) -> None:
        if fault.status:
            self._refuse(fault.status)
            return
        if fault.flip is not None:
            content = content[: fault.flip] + bytes([content[fault.flip] ^ 1]) + content[fault.flip + 1 :]
        wanted = self.headers.get("Range", "")
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and not fault.no_range else 0
        self.send_response(206 if wanted and not fault.no_range else 200)
        if wanted and not fault.no_range:
            first = start + 7 if fault.wrong_start else start
            self.send_header("Content-Range", f"bytes {first}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        part = content[start:]
        if fault.drop_at is not None and fault.drop_at < len(part):
            self.wfile.write(part[: fault.drop_at])
            self.wfile.flush()
            if fault.gate is not None:
                self.hub.reached.set()
                fault.gate.wait(30)
            self.close_connection = True
            return
        self.wfile.write(part)
