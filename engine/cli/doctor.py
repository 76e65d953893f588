"""``is2s doctor``: what is ready, what is missing, and the command that mends it."""

import json
import platform

import click


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(as_json: bool) -> int:
    """Tell which backends are ready. Exits 1 where some role has none.

    \b
    Example:
      is2s doctor
    """
    from engine.backends import ROLES
    from models import registry

    found = {role: {name: registry.available(role, name) for name in registry.names(role)} for role in ROLES}
    lacking = [role for role, choices in found.items() if not any(ready.ready for ready in choices.values())]
    if as_json:
        plain = {
            role: {name: {"ready": r.ready, "detail": r.detail, "remedy": r.remedy} for name, r in choices.items()}
            for role, choices in found.items()
        }
        click.echo(json.dumps({"python": platform.python_version(), "backends": plain}))
        return 1 if lacking else 0
    click.echo(f"Python {platform.python_version()} on {platform.system()} {platform.machine()}")
    for role, choices in found.items():
        for name, readiness in choices.items():
            mark = click.style("ready  ", fg="green") if readiness.ready else click.style("missing", fg="yellow")
            remedy = "" if readiness.ready or not readiness.remedy else f"; mend it with: {readiness.remedy}"
            click.echo(f"  {role}  {name:12} {mark}  {readiness.detail}{remedy}")
    for role in lacking:
        click.echo(f"no {role} is ready: a conversation cannot be held", err=True)
    return 1 if lacking else 0
