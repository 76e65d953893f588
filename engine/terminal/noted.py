"""What the faces of lines have in common: notes and warnings go to standard error, apart from what is told."""

import sys


class NotedOnStandardError:
    """Half a ``Face``: ``note`` and ``warn``. Any thread."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet

    def note(self, text: str) -> None:
        """On standard error, unless quiet."""
        if not self._quiet:
            self.warn(text)

    def warn(self, text: str) -> None:
        """On standard error, at once."""
        print(f"is2s: {text}", file=sys.stderr, flush=True)
