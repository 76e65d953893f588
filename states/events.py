"""Facts: what happened outside, told to the dialogue in the past tense.

Every event is a small frozen value of integers and, at most, a few words. Samples never travel here.
Ids are positive integers that only grow: an ``utterance`` is one captured stretch of user speech,
a ``reply`` is one attempt to answer.

Life of an utterance, as the endpointing stage promises it::

    SpeechStarted
    ( SpeechDropped
    | (SpeechPaused SpeechResumed)*
      (SpeechSustained (SpeechContinued | SpeechPaused SpeechResumed)*)?
      SpeechPaused?
      SpeechEnded )

The next utterance starts only after that.

Life of a reply, as generation, synthesis and playout promise it: clauses in order, each synthesised in
order, ``PlayoutStarted`` at its first sample, ``PlayoutDrained`` whenever nothing is left to play.
"""

from typing import get_args

from states.event import Event as Event
from states.event import WordSpan as WordSpan
from states.events_reply import ChunkSynthesized as ChunkSynthesized
from states.events_reply import ClauseGenerated as ClauseGenerated
from states.events_reply import GenerationFailed as GenerationFailed
from states.events_reply import PlayoutDrained as PlayoutDrained
from states.events_reply import PlayoutStarted as PlayoutStarted
from states.events_reply import ReplyGenerated as ReplyGenerated
from states.events_reply import SynthesisFailed as SynthesisFailed
from states.events_reply import ToolUsed as ToolUsed
from states.events_session import CaptureOverflowed as CaptureOverflowed
from states.events_session import DeadlineExpired as DeadlineExpired
from states.events_session import DeviceLost as DeviceLost
from states.events_session import DeviceRestored as DeviceRestored
from states.events_session import MicrophoneMuted as MicrophoneMuted
from states.events_session import MicrophoneUnmuted as MicrophoneUnmuted
from states.events_session import SessionStopped as SessionStopped
from states.events_session import StopRequested as StopRequested
from states.events_session import TurnTyped as TurnTyped
from states.events_speech import SpeechContinued as SpeechContinued
from states.events_speech import SpeechDropped as SpeechDropped
from states.events_speech import SpeechEnded as SpeechEnded
from states.events_speech import SpeechPaused as SpeechPaused
from states.events_speech import SpeechResumed as SpeechResumed
from states.events_speech import SpeechStarted as SpeechStarted
from states.events_speech import SpeechSustained as SpeechSustained
from states.events_speech import TranscriptionFailed as TranscriptionFailed
from states.events_speech import UtteranceAssessed as UtteranceAssessed
from states.events_speech import UtteranceTranscribed as UtteranceTranscribed

SpeechEvent = (
    SpeechStarted | SpeechSustained | SpeechContinued | SpeechPaused | SpeechResumed | SpeechDropped | SpeechEnded
)
"""What endpointing posts; each carries ``utterance``."""

ReplyEvent = (
    ClauseGenerated | ReplyGenerated | ChunkSynthesized | PlayoutStarted | PlayoutDrained | GenerationFailed
    | SynthesisFailed
)  # fmt: skip
"""What the work on a reply posts; each carries ``reply``."""

EVENTS: tuple[type[Event], ...] = (
    *get_args(SpeechEvent), UtteranceAssessed, UtteranceTranscribed, TranscriptionFailed,
    *get_args(ReplyEvent), ToolUsed, DeadlineExpired, CaptureOverflowed, MicrophoneMuted, MicrophoneUnmuted,
    DeviceLost, DeviceRestored, TurnTyped, StopRequested, SessionStopped,
)  # fmt: skip
"""Every event there is, in the order of the documentation."""
