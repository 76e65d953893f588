"""A server that speaks Ollama's HTTP on loopback, byte for byte, and fails as it is told.

Real sockets, chunked NDJSON with one line a chunk, as the Go server sends it. What to answer is a queue of ``Reply``
values a path; where it is empty, or for paths that were not scripted, the server behaves like a healthy Ollama.
It notes every request, and the moment at which a client is seen to have closed its connection. No sleeping: while it
has nothing to do it waits on its sockets.
"""

import json
import select
import socket
import struct
import threading
import time
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from queue import Empty, Queue
from types import TracebackType
from typing import Any, Literal

MODEL = "llama3.2:3b"
CREATED = "2025-01-01T00:00:00.000000Z"
WATCH_S = 0.002
REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 500: "Internal Server Error", 503: "Service Unavailable"}

Line = Mapping[str, Any] | bytes


@dataclass(frozen=True)
class Reply:
    """An answer, and how it goes wrong.

    ``lines``: JSON objects, or raw bytes, each sent with a newline as one chunk. With ``status`` other than 200, or
    ``plain``, the one line is sent as a JSON body with its length. ``end_at``: after so many bytes of the whole
    answer, status line included, the server does ``ending``: closes orderly, resets, or falls silent until the
    client has gone. ``segment``: bytes a TCP segment at most. ``gate``: nothing is sent before it is set.
    ``endless``: the lines again and again.
    """

    lines: Sequence[Line]
    status: int = 200
    plain: bool = False
    end_at: int | None = None
    ending: Literal["close", "reset", "silence"] = "close"
    segment: int | None = None
    gate: threading.Event | None = None
    endless: bool = False

    def chunks(self) -> Iterator[bytes]:
        """The bytes of the answer, in pieces as a server would write them."""
        if self.plain or self.status != 200:
            body = b"".join(map(_encoded, self.lines))
            yield _head(self.status, f"Content-Type: application/json; charset=utf-8\r\nContent-Length: {len(body)}")
            yield body
            return
        yield _head(200, "Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked")
        while True:
            for line in self.lines:
                data = _encoded(line) + b"\n"
                yield b"%x\r\n%s\r\n" % (len(data), data)
            if not self.endless:
                break
        yield b"0\r\n\r\n"

    def size(self) -> int:
        """Bytes of the whole answer."""
        return sum(map(len, self.chunks()))


def _encoded(line: Line) -> bytes:
    return line if isinstance(line, bytes) else json.dumps(line, ensure_ascii=False).encode()


def _head(status: int, fields: str) -> bytes:
    return f"HTTP/1.1 {status} {REASONS[status]}\r\n{fields}\r\nDate: Wed, 01 Jan 2025 00:00:00 GMT\r\n\r\n".encode()


def chat_line(content: str = "", *, model: str = MODEL, **more: Any) -> dict[str, Any]:
    """One line of an answer to /api/chat; ``more`` goes into the message (tool_calls, thinking)."""
    message = {"role": "assistant", "content": content, **more}
    return {"model": model, "created_at": CREATED, "message": message, "done": False}


def last_line(reason: str = "stop", content: str = "", *, model: str = MODEL) -> dict[str, Any]:
    """The line that ends an answer, with its figures in ns."""
    figures = {"total_duration": 9, "load_duration": 1, "prompt_eval_count": 26, "prompt_eval_duration": 3}
    figures |= {"eval_count": 5, "eval_duration": 4}
    return chat_line(content, model=model) | {"done": True, "done_reason": reason} | figures


def answer(*pieces: str, reason: str = "stop") -> list[Line]:
    """The lines of a whole answer."""
    return [*map(chat_line, pieces), last_line(reason)]


def calls(*wanted: tuple[str, Mapping[str, Any]], content: str = "") -> list[Line]:
    """The lines of an answer in which the model calls functions, as current servers send it: with an id."""
    listed = [
        {"id": f"call_{i}", "function": {"index": i, "name": name, "arguments": dict(arguments)}}
        for i, (name, arguments) in enumerate(wanted)
    ]
    return [chat_line(content, tool_calls=listed), last_line()]


@dataclass(frozen=True)
class Request:
    """What a client asked."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]


@dataclass
class OllamaServer:
    """A context manager; serves from threads of its own until it is left. ``models``: name to size in bytes."""

    models: dict[str, int] = field(default_factory=lambda: {MODEL: 2_019_393_189})
    version: str = "0.12.3"
    port: int = 0
    requests: list[Request] = field(default_factory=list)
    _scripts: dict[str, deque[Reply]] = field(default_factory=lambda: defaultdict(deque))
    _gone: "Queue[float]" = field(default_factory=Queue)
    _sent: "Queue[int]" = field(default_factory=Queue)
    _threads: list[threading.Thread] = field(default_factory=list)
    _stopping: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "OllamaServer":
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        for thread in self._threads:  # the first is the one that accepts: after it there are no new ones
            thread.join(5)
            assert not thread.is_alive(), "a thread of the server hangs"
        self._listener.close()

    def script(self, path: str, *replies: Reply) -> None:
        """Answer the next requests to ``path`` like this, then as a healthy server again."""
        self._scripts[path].extend(replies)

    def chat(self, lines: Sequence[Line], **how: Any) -> Reply:
        """Answer the next chat like this."""
        reply = Reply(lines, **how)
        self.script("/api/chat", reply)
        return reply

    def wait_gone(self, timeout_s: float = 5.0) -> float:
        """When (``time.monotonic``) the next client was seen to have closed its connection in mid-answer."""
        try:
            return self._gone.get(timeout=timeout_s)
        except Empty:
            raise AssertionError("no client closed its connection") from None

    def has_sent(self) -> bool:
        """Whether the next answer has sent all that it may before it falls silent; true once for each."""
        try:
            return self._sent.get_nowait() >= 0
        except Empty:
            return False

    def bodies(self, path: str = "/api/chat") -> list[dict[str, Any]]:
        """What was sent to ``path``, in order."""
        return [request.body for request in self.requests if request.path == path]

    def _start(self, run: Any, *arguments: Any) -> None:
        thread = threading.Thread(target=run, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stopping.is_set():
            if select.select([self._listener], [], [], 0.02)[0]:
                self._start(self._serve, self._listener.accept()[0])

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.settimeout(5)
            try:
                while (request := self._read(connection)) is not None:
                    self.requests.append(request)
                    if not self._answer(connection, self._reply(request)):
                        return
            except OSError:
                self._gone.put(time.monotonic())

    def _read(self, connection: socket.socket) -> Request | None:
        data = b""
        while b"\r\n\r\n" not in data:
            while not select.select([connection], [], [], 0.02)[0]:
                if self._stopping.is_set():
                    return None
            more = connection.recv(65536)
            if not more:
                return None
            data += more
        head, _, body = data.partition(b"\r\n\r\n")
        first, *rest = head.decode("latin-1").split("\r\n")
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
        while len(body) < int(fields.get("content-length", 0)):
            body += connection.recv(65536)
        method, path, _ = first.split(" ")
        return Request(method, path, fields, json.loads(body) if body else {})

    def _answer(self, connection: socket.socket, reply: Reply) -> bool:
        """Send it as it says; True where the connection lives on."""
        if reply.gate is not None and not self._waited(connection, reply.gate):
            return False
        sent = 0
        for chunk in _segments(reply.chunks(), reply.segment):
            left = len(chunk) if reply.end_at is None else reply.end_at - sent
            connection.sendall(chunk[:left])
            sent += min(left, len(chunk))
            if reply.end_at is not None and sent >= reply.end_at:
                return self._end(connection, reply, sent)
            if reply.endless and (self._stopping.is_set() or self._has_gone(connection)):
                return False
        return True

    def _end(self, connection: socket.socket, reply: Reply, sent: int) -> bool:
        self._sent.put(sent)
        if reply.ending == "silence":
            self._waited(connection, threading.Event())
        if reply.ending == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    def _waited(self, connection: socket.socket, gate: threading.Event) -> bool:
        """Wait for the gate, watching the client; False where it has gone first."""
        while not gate.is_set() and not self._stopping.is_set():
            if self._has_gone(connection, WATCH_S):
                return False
        return gate.is_set()

    def _has_gone(self, connection: socket.socket, wait_s: float = 0.0) -> bool:
        if not select.select([connection], [], [], wait_s)[0]:
            return False
        if connection.recv(1, socket.MSG_PEEK):
            return False
        self._gone.put(time.monotonic())
        return True

    def _reply(self, request: Request) -> Reply:
        script = self._scripts.get(request.path)
        if script:
            return script.popleft()
        model = str(request.body.get("model", ""))
        full = model if ":" in model or not model else f"{model}:latest"
        if request.path == "/api/version":
            return Reply([{"version": self.version}], plain=True)
        if request.path == "/api/tags":
            return Reply([{"models": [self._described(name) for name in self.models]}], plain=True)
        if request.path == "/api/pull":
            self.models.setdefault(full, 1000)
            return Reply(list(_progress(self.models[full])))
        if full not in self.models:
            return Reply([{"error": f"model '{model}' not found"}], status=404)
        if request.path == "/api/show":
            return Reply([{"details": {"family": "llama"}, "capabilities": ["completion", "tools"]}], plain=True)
        if request.path == "/api/generate":
            loaded = {"model": model, "created_at": CREATED, "response": "", "done": True, "done_reason": "load"}
            return Reply([loaded])
        if request.path == "/api/chat":
            return Reply(answer("Hello", " there", "."))
        return Reply([b"404 page not found"], status=404)

    def _described(self, name: str) -> dict[str, Any]:
        details = {"format": "gguf", "family": "llama", "parameter_size": "3.2B", "quantization_level": "Q4_K_M"}
        return {"name": name, "model": name, "size": self.models[name], "digest": "a80c4f17acd5", "details": details}


def _progress(size: int) -> Iterator[Line]:
    """The lines of a pull, as the server sends them while it fetches one layer."""
    yield {"status": "pulling manifest"}
    for done in (0, size // 2, size):
        yield {"status": "pulling dde5aa3fc5ff", "digest": "sha256:dde5aa3fc5ff", "total": size, "completed": done}
    yield {"status": "verifying sha256 digest"}
    yield {"status": "writing manifest"}
    yield {"status": "success"}


def _segments(chunks: Iterable[bytes], size: int | None) -> Iterator[bytes]:
    for chunk in chunks:
        step = size or max(1, len(chunk))
        yield from (chunk[at : at + step] for at in range(0, len(chunk), step))


def absent_url() -> str:
    """A loopback address where nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"
