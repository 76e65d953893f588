"""``is2s run``: a conversation."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.cli.settings import device_table, table_of
from models.profiles import PROFILES, model_options

if TYPE_CHECKING:
    from engine.earlier import Earlier
    from engine.terminal.face import Face


@click.command("run")
@click.option("--input", "wav", type=click.Path(path_type=Path), help="Sound file in place of the card.")
@click.option("--input-device", metavar="NAME", help="Microphone, by name, part of it, or number.")
@click.option("--output-device", metavar="NAME", help="Loudspeaker, the same; is2s devices lists them.")
@click.option("--text", is_flag=True, help="Type instead of speaking: no microphone, no loudspeaker.")
@click.option("--push-to-talk", is_flag=True, help="The microphone counts only between two presses of the space bar.")
@click.option("--output", type=click.Path(path_type=Path), help="Folder of the session.  [default: sessions/NNN]")
@click.option("--resume", "resumed", type=click.Path(path_type=Path), help="Go on with the session in this folder.")
@click.option("--record", is_flag=True, help="Keep what the models answer, so that is2s replay can play it again.")
@click.option("--fast", is_flag=True, help="The same as --pace virtual.")
@click.option(
    "--pace",
    type=click.Choice(["real", "virtual"]),
    default="real",
    show_default=True,
    help="In real time with threads, or as fast as it goes on a virtual clock.",
)
@click.option("--vad", metavar="NAME", help="Voice activity detector.")
@click.option("--stt", metavar="NAME", help="Speech recogniser.")
@click.option("--llm", metavar="NAME", help="Language model.")
@click.option("--tts", metavar="NAME", help="Speech synthesiser.")
@click.option("--profile", type=click.Choice(list(PROFILES)), help="Take the models of this profile of is2s setup.")
@click.option("--persona", metavar="NAME", help="Who the language model is to be; a name or a .toml file.")
@click.option("--config", "file", type=click.Path(path_type=Path), help="TOML file of settings.")
@click.option("--set", "assignments", multiple=True, metavar="KEY=VALUE", help="One setting, as section.key=value.")
@click.option("--strict", is_flag=True, help="Refuse a backend that is not the default or named; see is2s doctor.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but faults, and with --text the replies.")
@click.option("-v", "--verbose", is_flag=True, help="Print every step, also late events, instead of the live view.")
def command(
    wav: Path | None,
    input_device: str | None,
    output_device: str | None,
    text: bool,
    push_to_talk: bool,
    output: Path | None,
    resumed: Path | None,
    record: bool,
    fast: bool,
    pace: str,
    vad: str | None,
    stt: str | None,
    llm: str | None,
    tts: str | None,
    profile: str | None,
    persona: str | None,
    file: Path | None,
    assignments: tuple[str, ...],
    strict: bool,
    quiet: bool,
    verbose: bool,
) -> int:
    """Hold a conversation and leave its folder: transitions.jsonl, metrics.jsonl, conversation.wav, config.toml.

    It is held through the sound card, or with a sound file in place of the microphone. conversation.wav has the
    microphone on the left and the loudspeaker on the right. With --record a cassette/ is added, with all that the
    models answered and when. Ctrl-C ends the session in order, in any state.

    With --resume it goes on where the session in that folder ended or broke off: with its history, its turn
    number and its settings, in a new folder. Its journal is enough, also one that a crash cut off.

    At a terminal the conversation is shown as it goes on, and keys count: space stops the reply, m mutes the
    microphone, t types a turn, q quits, ? shows the keys. In a pipe each step is a line.

    \b
    Examples:
      is2s run                               talk; Ctrl-C ends it
      is2s run --input question.wav --fast
      is2s run --input question.wav --output /tmp/session --set endpointing.silence_ms=500
      is2s run --input question.wav --tts espeak --config my.toml
      is2s run --input question.wav --record     and then: is2s replay sessions/001
      is2s run --text
      is2s run --resume sessions/001
      echo "count to five" | is2s run --text
    """
    hurried = fast or pace == "virtual"
    virtual = hurried and not text  # what is typed has no time of its own; then only the voice hurries
    _check(wav, text=text, push_to_talk=push_to_talk, virtual=virtual, record=record)
    from engine.audio.card_plan import plan
    from engine.audio.wav_source import WavSource
    from engine.backends import choose, warm_up
    from engine.config import build, merged
    from engine.converse import Conversation, converse
    from engine.session_folder import free_folder
    from engine.terminal.terminals import is_terminal

    table = table_of(file, assignments, vad=vad, stt=stt, llm=llm, tts=tts, persona=persona)
    if profile is not None:
        table = merged({"options": model_options(profile)}, table)
    table = merged(table, device_table(input_device, output_device))
    earlier, notes = _earlier(resumed)
    table = _adapted(table, push_to_talk=push_to_talk, unread=text and (hurried or not is_terminal(sys.stdin)))
    if resumed is not None:
        table = merged(_settings_then(resumed, notes), table)
    config = build(table, where=str(file or "settings"))
    source = WavSource.open(wav) if wav is not None else None
    if source is None and not text:
        plan(config.audio)  # so that a missing device is told before the models are loaded
    folder = free_folder(output)
    models = choose(config, notes.append, strict=strict, text=text)
    face = _face(
        text=text,
        push_to_talk=push_to_talk,
        virtual=virtual,
        quiet=quiet,
        verbose=verbose,
        title=str(folder),
        backends=" · ".join(models.names.values()),
    )
    for note in notes:
        face.note(note)
    warm_up(models, lambda line: None if quiet else click.echo(f"is2s: {line}", err=True))
    held = Conversation(config, models, folder, source, text=text, virtual=virtual, record=record, earlier=earlier)
    converse(held, face)
    if not quiet:
        click.echo(f"session: {folder}", err=text)
    return 0


def _earlier(session: Path | None) -> "tuple[Earlier, list[str]]":
    """What the session to go on with left behind, and what there is to tell about that."""
    from engine.earlier import NOTHING_EARLIER
    from engine.resume import resume

    if session is None:
        return NOTHING_EARLIER, []
    found = resume(session)
    turns = f"{found.earlier.turn} turn{'' if found.earlier.turn == 1 else 's'}"
    return found.earlier, [f"going on from {session} after {turns}", *found.notes]


def _settings_then(session: Path, notes: list[str]) -> dict[str, Any]:
    """The settings of the session to go on with, below those of this call; empty where they are lost or too old."""
    from engine.config import build, read_toml
    from states.errors import ConfigError

    path = (session if session.is_dir() else session.parent) / "config.toml"
    if not path.is_file():
        return {}
    try:
        table = read_toml(path)
        build(table, where=str(path))
    except ConfigError as error:
        notes.append(f"going on without the settings of then: {error}")
        return {}
    return table


def _check(wav: Path | None, *, text: bool, push_to_talk: bool, virtual: bool, record: bool) -> None:
    """Raise ``UsageError`` for what does not go together."""
    from engine.terminal.terminals import is_terminal

    if text:
        if sys.stdin is None:
            raise click.UsageError("--text reads turns from standard input, which is closed")
        for name, given in (("--input", wav is not None), ("--push-to-talk", push_to_talk), ("--record", record)):
            if given:
                raise click.UsageError(f"--text has no microphone, so {name} does not go with it")
    elif wav is None and virtual:
        raise click.UsageError("only a sound file can be faster than real time: --input FILE; or type: --text")
    if push_to_talk and (virtual or not is_terminal(sys.stdin)):
        raise click.UsageError("--push-to-talk needs a terminal whose keys are pressed in real time")


def _adapted(table: dict[str, Any], *, push_to_talk: bool, unread: bool) -> dict[str, Any]:
    """Settings that follow from how the conversation is held, below those that were asked for.

    ``unread``: replies are printed, and nobody reads along.
    """
    from engine.config import merged

    if push_to_talk:  # the key ends a turn, so a pause to think does not
        return merged({"endpointing": {"silence_ms": 30_000}}, table)
    if unread:
        return merged({"options": {"silent": {"words_per_minute": 60_000}}}, table)
    return table


def _face(
    *,
    text: bool,
    push_to_talk: bool,
    virtual: bool,
    quiet: bool,
    verbose: bool,
    title: str,
    backends: str,
) -> "Face":
    """The live view where it can be seen and anybody would follow it, else lines."""
    from engine.terminal.terminals import keys_are_there, shows_pictures

    live = shows_pictures() and not (virtual or quiet or verbose)
    if live and (keys_are_there() or not text):
        from engine.terminal.live import LiveFace

        return LiveFace(title=title, backends=backends, push_to_talk=push_to_talk, text_only=text)
    if text:
        from engine.terminal.typed import TypedFace

        return TypedFace(quiet=quiet, verbose=verbose)
    from engine.terminal.plain import PlainFace

    return PlainFace(quiet=quiet, everything=verbose, push_to_talk=push_to_talk, keys=not virtual)
