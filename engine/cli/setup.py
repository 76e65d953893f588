"""``is2s setup``: fetch the models."""

import sys
from typing import TYPE_CHECKING

import click

from models.profiles import DEFAULT, KINDS, ON_REQUEST, PROFILES, Profile
from states.errors import BackendUnavailable, IS2SError

if TYPE_CHECKING:
    from models.fetch import Wanted


@click.command("setup")
@click.option(
    "--profile", type=click.Choice(list(PROFILES)), default=DEFAULT, show_default=True, help="Which models."
)
@click.option(
    "--only", type=click.Choice(KINDS + ON_REQUEST), multiple=True, help="This kind only; may be given again."
)
@click.option("--whisper", metavar="SIZE", help="Another size of Whisper than the profile's.")
@click.option("--voice", metavar="NAME", help="Another voice of Piper.")
@click.option("--ollama", metavar="MODEL", help="Another model of Ollama, at OLLAMA_HOST.")
@click.option("--here", is_flag=True, help="Put weights into ./models, not into the user's cache folder.")
@click.option("--dry-run", is_flag=True, help="Tell what would be fetched, and stop.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
def command(
    profile: str,
    only: tuple[str, ...],
    whisper: str | None,
    voice: str | None,
    ollama: str | None,
    here: bool,
    dry_run: bool,
    yes: bool,
) -> int:
    """Fetch the weights of Whisper and Piper, and have Ollama fetch a language model.

    What is here already is left alone. What breaks off is gone on with the next time; a model is put in its place
    only when all of it is there and its checksums are right. Exits 1 where something could not be fetched; the others
    are fetched all the same.

    \b
    Profiles:
      small   two slow cores: Whisper tiny.en, en_GB-alan-low, llama3.2:1b
      base    a usual machine: Whisper base.en, en_GB-alba-medium, llama3.2:3b
      large   eight fast cores or a GPU: Whisper small.en, en_GB-cori-high, qwen2.5:7b

    \b
    Examples:
      is2s setup --dry-run
      is2s setup --profile small --yes
      is2s setup --only piper --voice en_US-lessac-medium
      is2s setup --only whispercpp               the same Whisper for --stt whispercpp
    """
    from models import fetch

    named = {"whisper": whisper, "whispercpp": whisper, "piper": voice, "ollama": ollama}
    chosen = _chosen(PROFILES[profile], named, only)
    items = [fetch.wanted(kind, model, here=here) for kind, model in chosen.items()]
    missing = []
    for item in items:
        place = fetch.found(item)
        _tell(item, place)
        if not place:
            missing.append(item)
    if not missing:
        click.echo("everything is here: nothing to fetch")
    elif not dry_run:
        _agreed(missing, yes=yes)
        failed = [item for item in missing if not _fetched(item)]
        if failed:
            click.echo(f"is2s: {len(failed)} of {len(missing)} could not be fetched", err=True)
            return 1
    _tell_use(chosen)
    return 0


def _chosen(profile: Profile, named: dict[str, str | None], only: tuple[str, ...]) -> dict[str, str]:
    """The model of each kind that is wanted. A model of a kind that is left out is a slip of the pen."""
    kinds = [kind for kind in KINDS + ON_REQUEST if kind in (only or KINDS)]
    used = {named[kind] for kind in kinds}
    for kind, model in named.items():
        if model not in used | {None}:
            raise click.UsageError(f"{model} is a model of {kind}, which --only leaves out")
    return {kind: named[kind] or profile.model(kind) for kind in kinds}


def _tell(item: "Wanted", place: str) -> None:
    size = f"{item.megabytes} MB" if item.megabytes else "size not known yet"
    what = f"here: {place}" if place else f"to be fetched, {size}, into {item.place}"
    click.echo(f"  {item.kind:8} {item.model:18} {what}")


def _agreed(missing: "list[Wanted]", *, yes: bool) -> None:
    total = sum(item.megabytes or 0 for item in missing)
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError(f"about {total} MB are to be fetched: say with --yes that they may be")
    click.confirm(f"fetch about {total} MB?", default=True, abort=True)


def _fetched(item: "Wanted") -> bool:
    """Fetch one; where that fails, say why and what mends it, and go on with the others."""
    from engine.cli.progress import progress
    from models import fetch

    label = f"{item.kind} {item.model}"
    try:
        with progress(label, bars=sys.stdout.isatty()) as report:
            place = fetch.fetch(item, report)
    except BackendUnavailable as error:
        how = "once that is mended, go on with" if error.remedy.startswith("is2s setup") else "mend it with"
        click.echo(f"is2s: {label}: {error.what}" + (f"; {how}: {error.remedy}" if error.remedy else ""), err=True)
        return False
    except IS2SError as error:
        click.echo(f"is2s: {label}: {error}", err=True)
        return False
    click.echo(f"{label}: here: {place}")
    return True


def _tell_use(chosen: dict[str, str]) -> None:
    """What a session must be told where these are not the models it takes by itself."""
    keys = {kind: f"options.{kind}.{'voice' if kind == 'piper' else 'model'}" for kind in chosen}
    other = {kind: model for kind, model in chosen.items() if model != PROFILES[DEFAULT].model(kind)}
    whole = next((name for name in PROFILES if all(chosen[k] == PROFILES[name].model(k) for k in chosen)), None)
    if other and whole is not None:
        click.echo(f"use them with: is2s run --profile {whole}")
    elif other:
        settings = " ".join(f"--set {keys[kind]}={model}" for kind, model in other.items())
        click.echo(f"use them with: is2s run {settings}")
