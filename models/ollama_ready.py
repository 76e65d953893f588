"""Whether Ollama could answer here: found out in less than a second, with the standard library alone.

For the doctor and for ``auto``, which ask before anything heavy is imported. The rules of addresses and the words of
the errors are also the adapter's.
"""

import http.client
import ipaddress
import json
import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from models.profiles import setup_command
from models.registry import Readiness
from states.errors import BackendUnavailable, ConfigError

DEFAULT_MODEL = "llama3.2:3b"
"""2.0 GB: among the small ones it can both keep to a persona and call functions, and it does not reason aloud. Speech
needs about 4 tokens a second. For a slow machine llama3.2:1b (1.3 GB), for a fast one qwen2.5:7b (4.7 GB)."""

DEFAULT_PORT = 11434

_INSTALL = {
    "linux": "curl -fsSL https://ollama.com/install.sh | sh",
    "darwin": "brew install ollama && brew services start ollama",
    "win32": "winget install Ollama.Ollama",
}
"""By ``sys.platform``: what Ollama's own pages and the package managers give."""

STEP_S = 0.3
"""Limit for connecting and for each answer: three steps, so a silent server is told from a good one in 0.9 s."""


def server_url(host: str | None = None) -> str:
    """The server's URL from ``host``, else from OLLAMA_HOST, else Ollama's own default on this machine.

    As Ollama itself reads it: scheme, port and path may be left out. The address of a server that listens everywhere
    (0.0.0.0) stands for this machine. Raises ``ConfigError`` for what is no address.
    """
    given = (host or os.environ.get("OLLAMA_HOST") or "").strip().rstrip("/")
    scheme, mark, rest = given.partition("://")
    if not mark:
        scheme, rest = "http", given
    try:
        split = urlsplit(f"{scheme}://{rest}")
        port = split.port
    except ValueError as error:
        raise ConfigError(f"the host of Ollama, {given!r}: {error}") from error
    if scheme not in ("http", "https") or any(character.isspace() for character in rest):
        raise ConfigError(f"the host of Ollama is to be like http://127.0.0.1:11434, not {given!r}")
    name = split.hostname or "127.0.0.1"
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        pass
    else:
        name = (
            str(ipaddress.ip_address("127.0.0.1" if address.version == 4 else "::1"))
            if address.is_unspecified
            else name
        )
        name = f"[{name}]" if address.version == 6 else name
    default = (443 if scheme == "https" else 80) if mark else DEFAULT_PORT
    return f"{scheme}://{name}:{port or default}{split.path}"


def is_local(url: str) -> bool:
    """Whether this machine serves it, so that a command typed here can mend it."""
    name = urlsplit(url).hostname or ""
    return name == "localhost" or name.startswith("127.") or name == "::1"


def server_absent(url: str) -> BackendUnavailable:
    """The error for a server that does not answer; its remedy only where it would be served from here.

    Where no ``ollama`` is on the path, the remedy is what installs it; on Linux and Windows that starts it, too.
    """
    what = f"no Ollama answers at {url}"
    if not is_local(url):
        return BackendUnavailable(what)
    if shutil.which("ollama") is None:
        install = _INSTALL.get(sys.platform, _INSTALL["linux"])
        return BackendUnavailable(f"{what}, and it is not installed here (https://ollama.com)", remedy=install)
    return BackendUnavailable(what, remedy=_command(url, "serve"))


def pull_command(model: str, url: str) -> str:
    """What has that server fetch a model."""
    return _at(url) + setup_command("ollama", model)


def _command(url: str, *words: str) -> str:
    return _at(url) + shlex.join(["ollama", *words])


def _at(url: str) -> str:
    usual = url in (f"http://127.0.0.1:{DEFAULT_PORT}", f"http://localhost:{DEFAULT_PORT}")
    return "" if usual else f"OLLAMA_HOST={shlex.quote(url)} "


def readiness(model: str = DEFAULT_MODEL, host: str | None = None, **_: object) -> Readiness:
    """Whether server and model are there, with versions and size. Blocks for at most 3 times ``STEP_S``.

    Further options of the adapter are accepted and not looked at. Never raises. A name server that does not answer
    is not covered by the limit.
    """
    try:
        url = server_url(host)
    except ConfigError as error:
        return Readiness(False, str(error))
    try:
        version, models = _asked(url)
    except (OSError, http.client.HTTPException):
        absent = server_absent(url)
        return Readiness(False, absent.what, absent.remedy)
    except (ValueError, TypeError, KeyError, AttributeError):
        return Readiness(False, f"what answers at {url} is not Ollama")
    server = f"Ollama {version} at {url}"
    full = model if ":" in model else f"{model}:latest"
    if full not in models:
        known = ", ".join(sorted(models)[:5]) or "none"
        return Readiness(False, f"{server} has no model {model} (it has {known})", pull_command(model, url))
    return Readiness(True, f"{server}, model {full} ({models[full] / 1e9:.1f} GB)")


def _asked(url: str) -> tuple[str, dict[str, int]]:
    split = urlsplit(url)
    kind = http.client.HTTPSConnection if split.scheme == "https" else http.client.HTTPConnection
    connection = kind(split.hostname or "", split.port, timeout=STEP_S)
    try:
        version = _json(connection, f"{split.path}/api/version")
        tags = _json(connection, f"{split.path}/api/tags")
        return str(version["version"]), {str(entry["name"]): int(entry["size"]) for entry in tags["models"]}
    finally:
        connection.close()


def _json(connection: http.client.HTTPConnection, path: str) -> Mapping[str, Any]:
    connection.request("GET", path, headers={"Accept": "application/json"})
    answer: Mapping[str, Any] = json.loads(connection.getresponse().read())
    return answer
