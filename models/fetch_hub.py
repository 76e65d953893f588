"""Fetch single files from a model hub so that a broken download is gone on with and never taken for whole.

Where a file is, how long it is and its checksum come from the hub's own client, which also knows HF_ENDPOINT,
HF_TOKEN and proxies. The bytes do not. ``hf_hub_download`` of huggingface_hub 2.4 (tried) writes to a file with a
random name, which a killed process leaves behind for good and no later one goes on with; it compares lengths and no
checksums, so a flipped bit is accepted; it deletes the old file before the new one has come; and it writes in steps
of 10 MB. So the client's session is used for a plain GET with a range.

A file that is under way is ``NAME.CHECKSUM.part``, so that the parts of two versions are never put together.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from states.errors import BackendError, BackendUnavailable

CONNECT_S, SILENCE_S = 5.0, 20.0
"""How long a connection may take, and how long a server may be silent in the middle of a file."""

INSTALL = "pip install 'is2s[models]'"

_SHA256_LETTERS, _SHA1_LETTERS = 64, 40
_BLOCK_BYTES = 1 << 20

_LOST = ("ReadError", "ReadTimeout", "RemoteProtocolError")
"""What the client calls a connection that ended or fell silent after it stood."""

Report = Callable[[int, int], None]
"""Is told the bytes that are here and those there will be."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file on the hub. ``checksum``: SHA-256 in 64 hexadecimal digits, or git's SHA-1 of the blob in 40, or
    something else where a mirror gives neither: then only the length can be compared.
    """

    name: str
    url: str
    size_bytes: int
    checksum: str


class FetchError(BackendError):
    """A file could not be fetched; the message is one line. What has come of it is kept."""


def require_client() -> None:
    """Raise ``BackendUnavailable`` where the hub's client is not installed."""
    if find_spec("huggingface_hub") is None:
        raise BackendUnavailable("huggingface-hub is not installed", remedy=INSTALL)


def describe(repository: str, path: str) -> RemoteFile | None:
    """Ask the hub for a file; None where the repository has none such.

    Blocks for one request, a second at most where there is no network, without trying again. Raises ``FetchError``
    where there is no answer or no such repository.
    """
    from huggingface_hub import get_hf_file_metadata, hf_hub_url
    from huggingface_hub.errors import EntryNotFoundError, OfflineModeIsEnabled, RepositoryNotFoundError

    endpoint = os.environ.get("HF_ENDPOINT") or None  # read now, not when the library was imported
    url = hf_hub_url(repository, path, endpoint=endpoint)
    try:
        with _as_fetch_error(url):
            found = get_hf_file_metadata(url, timeout=CONNECT_S)
    except FetchError as error:
        if isinstance(error.__cause__, EntryNotFoundError):
            return None
        if isinstance(error.__cause__, RepositoryNotFoundError):
            raise FetchError(f"the hub has no public {repository}") from error
        if isinstance(error.__cause__, OfflineModeIsEnabled):
            raise FetchError("HF_HUB_OFFLINE is set, so the hub may not be asked") from error
        raise
    if found.size is None:
        raise FetchError(f"{_host(url)} does not tell the size of {path}")
    return RemoteFile(Path(path).name, url, found.size, (found.etag or "").lower())


def fetch(remote: RemoteFile, folder: Path, report: Report) -> Path:
    """Have the file in ``folder``, whole and with the right checksum; what was there of it is gone on with.

    Blocks until it is there. A dropped connection is taken up again, for as long as each attempt brings more. Raises
    ``FetchError`` for a network or a disk that does not play along; the part is kept, except where it is wrong.
    """
    target = folder / remote.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if target.is_file() and _is_right(target, remote):
            report(remote.size_bytes, remote.size_bytes)
            return target
        part = folder / f"{remote.name}.{remote.checksum[:12] or 'unsigned'}.part"
        for stale in set(folder.glob(f"{remote.name}.*.part")) - {part}:
            stale.unlink()
        _complete(remote, part, report)
        if not _is_right(part, remote):
            part.unlink()
            raise FetchError(f"{remote.name} came with a wrong checksum and was thrown away")
        _settle(part, target)
    except OSError as error:
        raise FetchError(f"cannot write {error.filename or target}: {error.strerror or error}") from error
    return target


def is_checked(remote: RemoteFile) -> bool:
    """Whether the hub gave a checksum that can be compared."""
    return len(remote.checksum) in (_SHA256_LETTERS, _SHA1_LETTERS)


def _complete(remote: RemoteFile, part: Path, report: Report) -> None:
    """Bring the part to its full length."""
    most = _length(part)
    if most > remote.size_bytes:
        part.unlink()
        most = 0
    while _length(part) < remote.size_bytes:
        try:
            with _as_fetch_error(remote.url):
                _receive(remote, part, report)
        except FetchError:
            if _length(part) <= most:
                raise
        most = max(most, _length(part))
    report(remote.size_bytes, remote.size_bytes)


def _receive(remote: RemoteFile, part: Path, report: Report) -> None:
    """One request: write what comes behind what is there. Raises what the client raises, and ``FetchError``."""
    from huggingface_hub import get_session, get_token

    at = _length(part)
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={at}-"} if at else {})
    if token := get_token():
        headers["Authorization"] = f"Bearer {token}"  # which a redirect to another host strips
    session: Any = get_session()  # httpx's or httpx2's, by the library's version
    limits = (CONNECT_S, SILENCE_S, SILENCE_S, CONNECT_S)  # connect, read, write, pool
    with session.stream("GET", remote.url, headers=headers, timeout=limits, follow_redirects=True) as answer:
        if answer.status_code not in (200, 206):
            raise FetchError(f"{_host(remote.url)} answers {answer.status_code} for {remote.name}")
        if answer.status_code == 200:
            at = 0  # it does not know ranges, or was asked for none
        elif not answer.headers.get("Content-Range", "").startswith(f"bytes {at}-"):
            raise FetchError(f"{_host(remote.url)} sends another part of {remote.name} than was asked for")
        # Unbuffered, so that a killed process leaves what has come.
        with _opened(part, at) as file:
            for block in answer.iter_bytes():
                file.write(block)
                at += len(block)
                report(at, remote.size_bytes)
                if at > remote.size_bytes:
                    raise FetchError(f"{_host(remote.url)} sends more of {remote.name} than there is")
    if at < remote.size_bytes:
        raise FetchError(f"{_host(remote.url)} ended {remote.name} after {at} of {remote.size_bytes} bytes")


class _DiskError(Exception):
    """Carries an ``OSError`` of the disk past the handler of network errors, which are of that class, too."""

    def __init__(self, cause: OSError) -> None:
        super().__init__(str(cause))
        self.cause = cause


@contextmanager
def _opened(part: Path, at: int) -> Iterator["_Unbuffered"]:
    try:
        file = part.open("ab" if at else "wb", buffering=0)
    except OSError as error:
        raise _DiskError(error) from error
    with file:
        yield _Unbuffered(file, part)


class _Unbuffered:
    """A file that is written to the last byte or says why not."""

    def __init__(self, file: Any, path: Path) -> None:
        self._file, self._path = file, path

    def write(self, block: bytes) -> None:
        view = memoryview(block)
        try:
            while view:
                view = view[self._file.write(view) :]
        except OSError as error:
            error.filename = str(self._path)
            raise _DiskError(error) from error


@contextmanager
def _as_fetch_error(url: str) -> Iterator[None]:
    """Whatever a network and the client's library can raise, as one line."""
    try:
        yield
    except FetchError:
        raise
    except _DiskError as error:
        raise error.cause from None
    except Exception as error:  # the client's versions share no base class of these
        answer = getattr(error, "response", None)
        if answer is not None:
            raise FetchError(f"{_host(url)} answers {answer.status_code}") from error
        said = " ".join(f"{type(error).__name__}: {error}".split())[:160]
        how = "was lost on the way" if type(error).__name__ in _LOST else "cannot be reached"
        raise FetchError(f"{_host(url)} {how} ({said})") from error


def _host(url: str) -> str:
    return "/".join(url.split("/", 3)[:3])


def _length(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _is_right(path: Path, remote: RemoteFile) -> bool:
    if path.stat().st_size != remote.size_bytes:
        return False
    if not is_checked(remote):
        return True
    if len(remote.checksum) == _SHA256_LETTERS:
        return _digest(path, hashlib.sha256()) == remote.checksum
    # What git calls a blob: a header, then the content.
    start = b"blob %d\0" % remote.size_bytes
    return _digest(path, hashlib.sha1(start, usedforsecurity=False)) == remote.checksum


def _digest(path: Path, digest: Any) -> str:
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
    return str(digest.hexdigest())


def _settle(part: Path, target: Path) -> None:
    """Give the whole file its name, once its bytes are on the disk: a power cut must not leave an empty one."""
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(target)
