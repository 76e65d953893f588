"""Where a session's files go."""

from pathlib import Path

from states.errors import ConfigError, IS2SError


def free_folder(output: Path | None) -> Path:
    """The folder of a session, not made yet: ``output``, else the next number in ``sessions``.

    Raises ``ConfigError`` where it holds a session already: an earlier one is never overwritten.
    """
    folder = output
    if folder is None:
        root = Path("sessions")
        taken = {path.name for path in root.glob("[0-9]*")} if root.is_dir() else set()
        folder = root / next(f"{n:03}" for n in range(1, 100_000) if f"{n:03}" not in taken)
    if (folder / "transitions.jsonl").exists():
        raise ConfigError(f"{folder} holds a session already; choose another --output")
    return folder


def make_folder(folder: Path) -> None:
    """Make it, and those above it. Raises ``IS2SError``."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise IS2SError(f"cannot make the folder {folder}: {error.strerror}") from error
