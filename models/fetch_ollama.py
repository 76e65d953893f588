"""Have an Ollama server fetch a model, through its own interface.

The server does the work: it fetches in parts, compares checksums, keeps what has come where a fetch breaks off, and
goes on with that the next time. So nothing is tried again here, and a model counts as there only once the server has
said "success".
"""

from importlib.util import find_spec

from models.fetch_hub import FetchError, Report
from models.ollama_ready import server_absent, server_url
from states.errors import BackendUnavailable

CONNECT_S = 1.0

SILENCE_S = 120.0
"""The server tells of its progress several times a second, and nothing while it compares checksums of gigabytes."""


def pull(model: str, report: Report, host: str | None = None) -> None:
    """Have the model on the server. Blocks for minutes; ``report`` counts the bytes of the parts known so far.

    Raises ``BackendUnavailable`` where server or package are missing, ``FetchError`` where the fetch fails or does
    not end with success, ``ConfigError`` for a host that is no address.
    """
    if find_spec("ollama") is None:
        raise BackendUnavailable("the package ollama is not installed", remedy="pip install 'is2s[ollama]'")
    import httpx
    import ollama

    url = server_url(host)
    done: dict[str, tuple[int, int]] = {}
    status = ""
    try:
        limits = httpx.Timeout(SILENCE_S, connect=CONNECT_S)
        with ollama.Client(url, timeout=limits, trust_env=False) as client:
            for line in client.pull(model, stream=True):
                status = line.status or ""
                if line.digest and line.total:
                    done[line.digest] = (line.completed or 0, line.total)
                    report(sum(have for have, _ in done.values()), sum(total for _, total in done.values()))
    except ollama.ResponseError as error:
        raise FetchError(f"Ollama at {url} cannot fetch {model}: {_line(str(error.error))}") from error
    except (httpx.ConnectError, httpx.ConnectTimeout, ConnectionError) as error:
        raise server_absent(url) from error
    except httpx.HTTPError as error:
        said = _line(f"{type(error).__name__}: {error}")
        raise FetchError(f"Ollama at {url} was lost while it fetched {model} ({said})") from error
    except ValueError as error:  # a line that is no JSON, or none of a progress
        raise FetchError(f"what answers at {url} is not Ollama ({_line(str(error))})") from error
    if status != "success":
        raise FetchError(f"Ollama at {url} ended without having fetched {model} (last it said {status!r})")


def _line(text: str) -> str:
    return " ".join(text.split())[:300] or "no reason given"
