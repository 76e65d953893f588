"""The README tells the truth where it can be checked."""

import re
from pathlib import Path

from engine.cli import COMMANDS
from states.diagram import mermaid

README = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")


def test_the_diagram_is_the_tables() -> None:
    shown = re.search(r"<!-- diagram -->\n```mermaid\n(.*?)\n```", README, re.DOTALL)
    assert shown is not None
    assert shown.group(1) == mermaid().rstrip(), "refresh it with: is2s diagram"


def test_every_command_is_there() -> None:
    for name in COMMANDS:
        assert f"is2s {name}" in README, name


def test_every_folder_and_file_named_exists() -> None:
    root = Path(__file__).resolve().parents[1]
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (root / target).exists(), target
