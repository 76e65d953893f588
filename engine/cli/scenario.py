"""``is2s scenario``: recorded sessions made into scenarios."""

from pathlib import Path

import click


@click.group("scenario")
def command() -> None:
    """Make scenarios.

    \b
    Examples:
      is2s scenario new sessions/001 --output scenarios/lost_my_word
    """


@command.command("new")
@click.argument("session", type=click.Path(path_type=Path))
@click.option("--output", type=click.Path(path_type=Path), help="The new folder.  [default: scenarios/session_NAME]")
def new(session: Path, output: Path | None) -> int:
    """Make a scenario folder of SESSION, a folder recorded with: is2s run --record.

    It holds the microphone, the cassette, a scenario.toml with an [expect] filled from what happened, for a person
    to review, and the golden log. A folder that is there already is never overwritten.

    \b
    Examples:
      is2s scenario new sessions/001
      is2s scenario new sessions/001 --output scenarios/lost_my_word
      is2s replay scenarios/lost_my_word
    """
    from engine.cassette.scenario import new_scenario
    from engine.replay.scenario import find

    find([session])  # says what is missing where it is no recorded session
    folder = output if output is not None else Path("scenarios") / f"session_{session.resolve().name}"
    result = new_scenario(session, folder)
    click.echo(f"scenario: {folder} ({result.seconds:.1f} s); review [expect] in {folder / 'scenario.toml'}")
    return 0
