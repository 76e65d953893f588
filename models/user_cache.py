"""Where weights lie that can be fetched again: the user's cache folder, as the platform has it."""

import os
import sys
from pathlib import Path


def user_cache() -> Path:
    """The user's folder for files that can be fetched again: ``XDG_CACHE_HOME``, or what the platform has for it."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = str(Path.home() / "Library" / "Caches")
    else:
        base = str(Path.home() / ".cache")
    return Path(os.environ.get("XDG_CACHE_HOME") or base) / "is2s"
