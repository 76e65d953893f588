"""``is2s doctor``: what is ready, how fast it is, what is missing, and the command that mends it."""

import json
import platform
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from models.profiles import PROFILES, model_options

if TYPE_CHECKING:
    from engine.audio.portaudio_ready import SoundReadiness
    from engine.config import Config
    from engine.selftest import Speed
    from models.registry import Readiness

COLOURS = {"ready": "green", "missing": "yellow", "broken": "red"}


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found out about a backend. ``broken``: why it failed when tried; ``speed``: None where not tried."""

    readiness: "Readiness"
    broken: str = ""
    remedy: str = ""
    speed: "Speed | None" = None

    @property
    def state(self) -> str:
        """``ready``, ``missing`` or ``broken``."""
        return "broken" if self.broken else "ready" if self.readiness.ready else "missing"


@click.command("doctor")
@click.option("--config", "file", type=click.Path(path_type=Path), help="TOML file of settings, as for is2s run.")
@click.option("--profile", type=click.Choice(list(PROFILES)), help="Look for the models of this profile.")
@click.option("--set", "assignments", multiple=True, metavar="KEY=VALUE", help="One setting, as section.key=value.")
@click.option("--quick", is_flag=True, help="Do not try the backends out: no speeds, and broken ones look ready.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(file: Path | None, profile: str | None, assignments: tuple[str, ...], quick: bool, as_json: bool) -> int:
    """Tell which backends are ready, and try these out for a second. Exits 1 where a role has none that works.

    With --config, the options in it are honoured. What counts for a role is the backend that a session takes: the one
    that is named, else the first that is ready.

    \b
    Examples:
      is2s doctor
      is2s doctor --quick --json
      is2s doctor --config my.toml
    """
    from engine.audio.portaudio_ready import portaudio
    from engine.backends import check_options
    from engine.cli.settings import table_of
    from engine.config import build, merged
    from models import registry

    table = table_of(file, assignments)
    if profile is not None:
        table = merged({"options": model_options(profile)}, table)
    config = build(table, where=str(file or "settings"))
    check_options(config)
    sound = portaudio()
    if not as_json:
        click.echo(f"Python {platform.python_version()} on {platform.system()} {platform.machine()}")
        _print_sound(sound)
    found: dict[str, dict[str, Finding]] = {}
    for role in registry.ROLES:
        found[role] = {}
        for name in registry.names(role):
            found[role][name] = finding = examine(role, name, config, quick=quick)
            if not as_json:  # at once: some take seconds
                _print(role, name, finding)
    takes = {role: _taken(role, config, found[role]) for role in registry.ROLES}
    lacking = [text for role in registry.ROLES if (text := _lack(role, takes[role], found[role]))]
    for text in lacking:
        click.echo(text, err=True)
    if as_json:
        plain = {role: {name: _plain(one) for name, one in choices.items()} for role, choices in found.items()}
        known = {"python": platform.python_version(), "sound": asdict(sound), "backends": plain, "takes": takes}
        click.echo(json.dumps(known))
    else:
        click.echo("is2s run takes " + ", ".join(f"{role} {name or 'none'}" for role, name in takes.items()))
    return 1 if lacking else 0


def examine(role: str, name: str, config: "Config", *, quick: bool) -> Finding:
    """Whether a backend is ready with the options in ``config``, and unless ``quick`` how it does when tried."""
    from engine.clock import MonotonicClock
    from engine.selftest import measure
    from models import registry
    from states.errors import BackendUnavailable, IS2SError

    options = dict(config.options.get(name, {}))
    if role == "llm":
        options.pop("tools", None)  # a trial must not set anything off
    readiness = registry.available(role, name, **options)
    to_come = options.get("download", False) and not readiness.files  # a doctor does not fetch
    if quick or to_come or not readiness.ready:
        return Finding(readiness, remedy=readiness.remedy)
    try:
        return Finding(
            readiness, speed=measure(role, lambda: registry.create(role, name, **options), MonotonicClock())
        )
    except BackendUnavailable as error:
        return Finding(readiness, error.what, error.remedy)
    except IS2SError as error:
        return Finding(readiness, str(error))


def _taken(role: str, config: "Config", choices: dict[str, Finding]) -> str:
    """What a session with these settings takes: ``auto`` goes by readiness and tries nothing. Empty where nothing."""
    from models import registry

    named: str = config.echo.canceller if role == "aec" else getattr(config.models, role)
    if named != "auto":
        return named
    return next((name for name in registry.BACKENDS[role] if choices[name].readiness.ready), "")


def _lack(role: str, taken: str, choices: dict[str, Finding]) -> str:
    """Why a conversation cannot be held, as far as this role goes; empty where it can."""
    if not taken:
        return f"no {role} is ready: a conversation cannot be held"
    if (role in ("aec", "turn") and taken == "none") or (taken in choices and choices[taken].state == "ready"):
        return ""
    state = choices[taken].state if taken in choices else "not known"
    option = {"aec": "--set echo.canceller", "turn": "--set models.turn"}.get(role, f"--{role}")
    return f"the {role} that is2s run takes, {taken}, is {state}: mend it, or choose another with {option}"


def _print_sound(sound: "SoundReadiness") -> None:
    state = "ready" if sound.ready else "missing"
    remedy = f"; mend it with: {sound.remedy}" if sound.remedy else ""
    click.echo(f"  sound             {click.style(f'{state:7}', fg=COLOURS[state])}  {sound.detail}{remedy}")


def _print(role: str, name: str, finding: Finding) -> None:
    mark = click.style(f"{finding.state:7}", fg=COLOURS[finding.state])
    parts = [finding.readiness.version, finding.broken or finding.readiness.detail, str(finding.speed or "")]
    remedy = f"; mend it with: {finding.remedy}" if finding.remedy else ""
    click.echo(f"  {role}  {name:12} {mark}  {'; '.join(part for part in parts if part)}{remedy}")
    for path in finding.readiness.files:
        click.echo(f"{'':29}{path} ({_size_bytes(path) / 1e6:.1f} MB)")


def _plain(finding: Finding) -> dict[str, Any]:
    readiness = finding.readiness
    return {
        "state": finding.state,
        "ready": finding.state == "ready",
        "detail": finding.broken or readiness.detail,
        "remedy": finding.remedy,
        "version": readiness.version,
        "files": [{"path": str(path), "size_bytes": _size_bytes(path)} for path in readiness.files],
        "speed": None if finding.speed is None else {"ready_s": finding.speed.ready_s} | finding.speed.figures,
    }


def _size_bytes(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())
