"""``is2s run``: a conversation."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.cli.settings import device_table, table_of
from states.errors import ConfigError, IS2SError

if TYPE_CHECKING:
    from engine.audio.wav_source import WavSource
    from engine.config import Config
    from engine.session import Models, Session
    from states.step import Step


@click.command("run")
@click.option("--input", "wav", type=click.Path(path_type=Path), help="Sound file in place of the card.")
@click.option("--input-device", metavar="NAME", help="Microphone, by name, part of it, or number.")
@click.option("--output-device", metavar="NAME", help="Loudspeaker, the same; is2s devices lists them.")
@click.option("--output", type=click.Path(path_type=Path), help="Folder of the session.  [default: sessions/NNN]")
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
@click.option("--config", "file", type=click.Path(path_type=Path), help="TOML file of settings.")
@click.option("--set", "assignments", multiple=True, metavar="KEY=VALUE", help="One setting, as section.key=value.")
@click.option("--strict", is_flag=True, help="Refuse a backend that is not the default or named; see is2s doctor.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but faults.")
def command(
    wav: Path | None,
    input_device: str | None,
    output_device: str | None,
    output: Path | None,
    record: bool,
    fast: bool,
    pace: str,
    vad: str | None,
    stt: str | None,
    llm: str | None,
    tts: str | None,
    file: Path | None,
    assignments: tuple[str, ...],
    strict: bool,
    quiet: bool,
) -> int:
    """Hold a conversation and leave its folder: transitions.jsonl, metrics.jsonl, conversation.wav, config.toml.

    It is held through the sound card, or with a sound file in place of the microphone. conversation.wav has the
    microphone on the left and the loudspeaker on the right. With --record a cassette/ is added, with all that the
    models answered and when. Ctrl-C ends the session in order, in any state.

    \b
    Examples:
      is2s run                               talk; Ctrl-C ends it
      is2s run --input question.wav --fast
      is2s run --input question.wav --output /tmp/session --set endpointing.silence_ms=500
      is2s run --input question.wav --tts espeak --config my.toml
      is2s run --input question.wav --record     and then: is2s replay sessions/001
    """
    virtual = fast or pace == "virtual"
    if wav is None and virtual:
        raise click.UsageError("only a sound file can be faster than real time: --input FILE")
    from engine.backends import choose
    from engine.config import build, merged

    table = merged(
        table_of(file, assignments, vad=vad, stt=stt, llm=llm, tts=tts), device_table(input_device, output_device)
    )
    config = build(table, where=str(file or "settings"))
    source = _source(wav, config)
    folder = _free_folder(output)
    say: Callable[[str], None] = (lambda _: None) if quiet else (lambda text: click.echo(f"is2s: {text}", err=True))
    models = choose(config, say, strict=strict)
    _make(folder)  # only now, so that a missing model leaves no empty folder
    _converse(config, models, source, folder, virtual=virtual, record=record, quiet=quiet)
    if not quiet:
        click.echo(f"session: {folder}")
    return 0


def _source(wav: Path | None, config: "Config") -> "WavSource | None":
    """The file in place of the microphone. None: the sound card, and there is one."""
    if wav is None:
        from engine.audio.card_plan import plan

        plan(config.audio)
        return None
    from engine.audio.wav_source import WavSource

    return WavSource.open(wav)


def _free_folder(output: Path | None) -> Path:
    """The folder of the session, not made yet. An earlier session is never overwritten."""
    folder = output
    if folder is None:
        root = Path("sessions")
        taken = {path.name for path in root.glob("[0-9]*")} if root.is_dir() else set()
        folder = root / next(f"{n:03}" for n in range(1, 100_000) if f"{n:03}" not in taken)
    if (folder / "transitions.jsonl").exists():
        raise ConfigError(f"{folder} holds a session already; choose another --output")
    return folder


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise IS2SError(f"cannot make the folder {folder}: {error.strerror}") from error


def _converse(
    config: "Config",
    models: "Models",
    source: "WavSource | None",
    folder: Path,
    *,
    virtual: bool,
    record: bool,
    quiet: bool,
) -> None:
    from contextlib import ExitStack

    from engine.cassette.recording import recording
    from engine.clock import MonotonicClock, VirtualClock
    from engine.executor_inline import InlineExecutor
    from engine.executor_threads import ThreadExecutor
    from engine.run_card import run_card
    from engine.run_real import run_real
    from engine.run_virtual import latencies, run_virtual
    from engine.session import Session

    def warn(text: str) -> None:
        click.echo(f"is2s: {text}", err=True)

    standing = VirtualClock()
    clock = standing if virtual else MonotonicClock()
    costs = latencies(config.latency)
    with ExitStack() as recorder:
        times = None
        if record:
            samples = None if source is None else source.length
            tape = recording(models, folder / "cassette", clock, source_samples=samples, warn=warn)
            models, times = recorder.enter_context(tape)
        session = Session(
            config,
            models,
            folder,
            clock=clock,
            executor=lambda mailbox: (
                InlineExecutor(mailbox.post, standing, costs) if virtual else ThreadExecutor(mailbox.post, times)
            ),
            warn=warn,
            listeners=() if quiet else (_tell,),
        )
        if source is None:
            _closing(session, lambda: run_card(session, (lambda _: None) if quiet else warn))
        elif virtual:
            _closing(session, lambda: _interruptible(session, lambda: run_virtual(session, source)))
        else:
            _closing(session, lambda: run_real(session, source))


def _closing(session: "Session", run: Callable[[], None]) -> None:
    try:
        run()
    finally:
        session.close()


def _interruptible(session: "Session", run: Callable[[], None]) -> None:
    """Let Ctrl-C end a virtual session in order, and then count as what it is."""
    from engine.interrupt import orderly_interrupt

    with orderly_interrupt(session.mailbox.post) as interrupt:
        run()
    if interrupt.came:
        raise KeyboardInterrupt


def _tell(step: "Step", _waited_us: int, _took_us: int) -> None:
    """Print a step for the person in front of the terminal, as it happens."""
    from engine.codec import step_record
    from engine.inspect.timeline import notable, text_of

    for line in notable([step_record(step)]):
        click.echo(text_of(line))
