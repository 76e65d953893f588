"""Every error this project raises on purpose, in one tree.

::

    IS2SError
    ├── UnexpectedEvent      our own bug: an event that cannot happen; the state is unchanged
    ├── ScenarioError        a scenario file is wrong: file, key, and what is accepted
    │   └── ReplayMismatch   a replay differs from its golden log: first differing line, both versions
    ├── JournalError         a transition log cannot be read or does not re-execute
    ├── ConfigError          a setting is unknown or out of range
    ├── BackendError         a model failed while working
    │   └── BackendUnavailable   a package, model file or server is missing; carries the mending command
    ├── AudioFileError       a sound file is missing, empty or not sound
    └── AudioDeviceError     a microphone or loudspeaker failed

The command line prints the message of any of these as one line and exits non-zero.
"""


class IS2SError(Exception):
    """Base of every error raised on purpose."""


class UnexpectedEvent(IS2SError):
    """An event that no lawful shell can produce here; nothing was changed."""


class ScenarioError(IS2SError):
    """A scenario file is wrong; the message names file, key and what is accepted."""


class ReplayMismatch(ScenarioError):
    """A replayed journal differs from the golden one; the message shows the first differing line."""


class JournalError(IS2SError):
    """A transition log cannot be read, or re-executing it gives something else."""


class ConfigError(IS2SError):
    """A setting is unknown, of the wrong type, or out of range."""


class BackendError(IS2SError):
    """A model failed while it was working."""


class BackendUnavailable(BackendError):
    """A backend cannot be used on this machine.

    ``remedy`` is the exact shell command that mends it, or an empty string where none does; ``what`` is the message
    without it.
    """

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(f"{message}; mend it with: {remedy}" if remedy else message)
        self.what = message
        self.remedy = remedy


class AudioFileError(IS2SError):
    """A sound file is missing, empty, corrupt or not sound at all."""


class AudioDeviceError(IS2SError):
    """A microphone or loudspeaker is missing or failed."""
