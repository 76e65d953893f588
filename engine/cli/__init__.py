"""The command line. Subcommands are imported when they are called, so that ``is2s --help`` is quick."""

import importlib
import io
import os
import sys

import click

from states.errors import IS2SError

COMMANDS = {
    "run": "hold a conversation, through the sound card or with a sound file",
    "replay": "replay recorded scenarios and sessions, as tests",
    "scenario": "make a scenario of a recorded session",
    "inspect": "read the transition log of a session",
    "score": "measure who gets the floor, on labelled sound",
    "diff": "compare two sessions: where they part, and why",
    "tune": "search settings over recorded sessions",
    "diagram": "print the state diagram as Mermaid",
    "setup": "fetch the models",
    "devices": "list microphones and loudspeakers, and try them out",
    "doctor": "tell what is ready, what is missing and how to mend it",
}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"engine.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="is2s")
def cli() -> None:
    """IS2S: a local voice dialogue engine that can be interrupted.

    \b
    Examples:
      is2s setup                                 fetch the models
      is2s run                                   talk; Ctrl-C ends it
      is2s devices --test                        can it hear you, and does it hear itself?
      is2s run --input question.wav --fast       a conversation from a file, as fast as it goes
      is2s replay scenarios                      all recorded scenarios, as tests
      is2s run --input question.wav --record     keep what the models answer, and then
      is2s replay sessions/001                   the same conversation again, without the models
      is2s inspect sessions/001                  what happened, when and why
      is2s inspect sessions/001 --verify         does the log re-execute to the same steps?
    """


def main() -> None:
    """Entry point of ``is2s``: one clear line and a non-zero exit for whatever goes wrong."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a word the terminal cannot show is no reason to fail
    try:
        status = cli.main(standalone_mode=False)
        if sys.stdout is not None:  # closed before we began
            sys.stdout.flush()
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except IS2SError as error:
        click.echo(f"is2s: {error}", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # whoever reads has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is left must not fail again at exit
        sys.exit(1)
    except OSError as error:
        click.echo(f"is2s: {error.filename or 'output'}: {error.strerror or error}", err=True)
        sys.exit(1)
    sys.exit(status if isinstance(status, int) else 0)
