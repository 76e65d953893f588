"""``is2s diagram``: the state machine as a picture, made from the table that drives it."""

import click


@click.command("diagram")
def command() -> None:
    """Print the state diagram as Mermaid.

    \b
    Example:
      is2s diagram > states.mmd
    """
    from states.diagram import mermaid

    click.echo(mermaid())
