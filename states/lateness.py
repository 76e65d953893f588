"""Why an event may find nothing that waits for it, said for every kind of event."""

from typing import Final

from states import events as ev

LATE: Final[dict[type[ev.Event], str]] = {
    ev.SpeechStarted: "already_started",
    ev.SpeechSustained: "speech_was_dismissed",
    ev.SpeechContinued: "speech_was_dismissed",
    ev.SpeechPaused: "speech_was_dismissed",
    ev.SpeechResumed: "speech_was_dismissed",
    ev.SpeechDropped: "speech_was_dismissed",
    ev.SpeechEnded: "speech_was_dismissed",
    ev.UtteranceAssessed: "not_in_question",
    ev.UtteranceTranscribed: "utterance_closed",
    ev.TranscriptionFailed: "utterance_closed",
    ev.ClauseGenerated: "reply_closed",
    ev.ReplyGenerated: "reply_closed",
    ev.ToolUsed: "session_over",
    ev.ChunkSynthesized: "reply_closed",
    ev.PlayoutStarted: "already_speaking",
    ev.PlayoutDrained: "reply_closed",
    ev.GenerationFailed: "reply_closed",
    ev.SynthesisFailed: "reply_closed",
    ev.DeadlineExpired: "deadline_replaced",
    ev.CaptureOverflowed: "session_over",
    ev.MicrophoneMuted: "session_over",
    ev.MicrophoneUnmuted: "session_over",
    ev.DeviceLost: "session_over",
    ev.DeviceRestored: "session_over",
    ev.TurnTyped: "session_over",
    ev.StopRequested: "session_over",
    ev.SessionStopped: "session_over",
}
"""Why an event may arrive in a state that has no row for it: nothing there waits for it any more."""

DECLINED: Final[dict[type[ev.Event], str]] = {ev.PlayoutDrained: "more_to_come"}
"""Why no row may apply to an event that is about live work; where none is given, the reason is that of ``LATE``."""
