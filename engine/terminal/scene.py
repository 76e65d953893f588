"""What a display knows of a session: built from its steps, and from nothing that the dialogue keeps to itself."""

from collections import deque
from dataclasses import dataclass

from states.commands import (
    DuckPlayout,
    GenerateReply,
    HoldPlayout,
    OpenReply,
    ResumePlayout,
    StopPlayout,
    SynthesizeClause,
)
from states.events import (
    CaptureOverflowed,
    ChunkSynthesized,
    ClauseGenerated,
    DeviceLost,
    DeviceRestored,
    GenerationFailed,
    PlayoutStarted,
    ReplyGenerated,
    SpeechDropped,
    SpeechEnded,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
    SynthesisFailed,
    TurnTyped,
    UtteranceAssessed,
    UtteranceTranscribed,
)
from states.history import Role
from states.reply import Reply
from states.state import State
from states.step import Step

KEPT_LINES = 50
"""Contributions and transitions that are kept: more than the largest terminal shows."""

ECHOES = frozenset(("own_words", "echo_suspected"))
"""Reasons of steps in which the assistant heard itself."""

QUIET = frozenset(
    ("capturing", "short_pause", "speech_goes_on", "sound", "clause", "reply_complete", "still_sounding")
)
"""Reasons of steps in place that tell a spectator little."""


@dataclass(frozen=True, slots=True)
class Line:
    """One contribution to the conversation. ``dropped`` are words of a reply that were never heard."""

    role: Role
    text: str
    dropped: str = ""
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """A step worth showing: a move, or a decision in place."""

    t_us: int
    source: State
    dest: State
    moved: bool
    reason: str
    verdict: str = ""


@dataclass(frozen=True, slots=True)
class Caption:
    """What the recogniser makes of the user's speech. ``settled``: nothing better will come."""

    utterance: int
    text: str
    settled: bool
    fate: str = ""
    """Why these words are no turn, where they are none."""


class Scene:
    """Grows step by step. One thread.

    ``pause_ms`` is the silence after which endpointing tells of a pause: so long ago the user had fallen silent.
    """

    def __init__(self, *, pause_ms: int = 0) -> None:
        self._pause_us = pause_ms * 1000
        self.state = State.IDLE
        self.lines: deque[Line] = deque(maxlen=KEPT_LINES)
        self.changes: deque[Change] = deque(maxlen=KEPT_LINES)
        self.caption: Caption | None = None
        self.reply: Reply | None = None
        self.playing = ""
        """What the reply does: nothing that is heard, or it is playing, ducked or held."""
        self.latency_us: int | None = None
        """From the end of the last turn's speech, or its typing, to the first sample of the answer to it."""
        self.under_runs = 0
        """Times the loudspeaker had nothing to play in the middle of a reply."""
        self.lost_samples = 0
        self.lost_devices: tuple[str, ...] = ()
        self.echo_us: int | None = None
        """When speech was last taken for the assistant's own."""
        self.over = False
        self._silent_us: int | None = None  # since when the user has been silent
        self._silent_before_us: int | None = None

    def hear(self, utterance: int, text: str) -> None:
        """Take a transcript that may still get better."""
        if text and (self.caption is None or utterance >= self.caption.utterance):
            self.caption = Caption(utterance, text, settled=False)

    def take(self, step: Step) -> None:
        """Take the next step."""
        self.state = step.dest
        late = step.outcome in ("stale", "declined")
        if not late:
            self._grow(step)
            self._command(step)
            self._settle_caption(step)
        self._time(step)
        self._note(step)
        if step.reason == "more_to_come":
            self.under_runs += 1
        if step.reason in ECHOES:
            self.echo_us = step.now_us
        withdrawn = not step.kept and step.dest in (State.LISTENING, State.TRANSCRIBING)  # nobody knew of it
        if step.kept is not None and not withdrawn:
            self.lines.append(Line("assistant", step.kept, step.dropped or "", step.cut))
        if step.said is not None:  # a turn that is typed into a reply first cuts it off
            self.lines.append(Line("user", step.said))
        moved = step.outcome == "moved"
        if moved or not (late or step.reason in QUIET):
            self.changes.append(Change(step.now_us, step.source, step.dest, moved, step.reason, step.verdict or ""))
        self.over = self.over or step.reason == "session_stopped"

    def _grow(self, step: Step) -> None:
        """Let the reply grow as the dialogue's own does."""
        if step.kept is not None:
            self.reply, self.playing = None, ""
        reply = self.reply
        if reply is None:
            return
        match step.event:
            case ClauseGenerated(_, _, text):
                reply.add_clause(text)
            case ChunkSynthesized() as chunk:
                reply.add_chunk(chunk)
            case ReplyGenerated() | GenerationFailed():
                reply.generated = True
            case SynthesisFailed(_, clause, _):
                reply.end_before(clause)
            case _:
                pass

    def _command(self, step: Step) -> None:
        for command in step.commands:
            match command:
                case GenerateReply(reply) | OpenReply(reply):
                    self.reply = Reply(reply)
                    self.playing = ""
                case SynthesizeClause(_, clause, text) if self.reply and clause == len(self.reply.clauses):
                    self.reply.add_clause(text)  # an apology: its words come from the dialogue itself
                case DuckPlayout():
                    self.playing = "ducked"
                case HoldPlayout():
                    self.playing = "held"
                case ResumePlayout():
                    self.playing = "playing" if self.state is State.SPEAKING else ""
                case StopPlayout():
                    self.playing = ""
                case _:
                    pass

    def _settle_caption(self, step: Step) -> None:
        match step.event:
            case UtteranceTranscribed(utterance=utterance, text=text):
                refused = step.dest is not State.THINKING
                self.caption = Caption(utterance, text, refused, step.reason if refused else "") if text else None
            case UtteranceAssessed(utterance=utterance, text=text) if text:
                dismissed = step.verdict == "dismiss"
                self.caption = Caption(utterance, text, dismissed, step.reason if dismissed else "")
            case _:
                pass
        if step.said is not None:
            self.caption = None

    def _time(self, step: Step) -> None:
        match step.event:
            case SpeechStarted() | SpeechResumed():
                self._silent_us, self._silent_before_us = None, self._silent_us
            case SpeechDropped():
                self._silent_us = self._silent_before_us  # it was a click
            case SpeechPaused():
                self._silent_us = step.now_us - self._pause_us
            case SpeechEnded() if self._silent_us is None:
                self._silent_us = step.now_us
            case TurnTyped():
                self._silent_us = step.now_us
            case PlayoutStarted() if step.outcome == "moved":
                self.playing = self.playing or "playing"
                if self._silent_us is not None:
                    self.latency_us, self._silent_us = step.now_us - self._silent_us, None
            case _:
                pass

    def _note(self, step: Step) -> None:
        match step.event:
            case DeviceLost(device):
                self.lost_devices = (*(d for d in self.lost_devices if d != device), device)
            case DeviceRestored(device):
                self.lost_devices = tuple(d for d in self.lost_devices if d != device)
            case CaptureOverflowed(samples):
                self.lost_samples += samples
            case _:
                pass


def words_of(reply: Reply, heard: int) -> tuple[str, str]:
    """What was heard of a reply, and what is still to come."""
    spoken = reply.spoken_text(heard)
    return spoken, reply.text[len(spoken) :]
