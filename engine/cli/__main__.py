"""``python -m engine.cli`` is ``is2s``."""

from engine.cli import main

main()
