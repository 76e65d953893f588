"""Every transition of the dialogue, and nothing but transitions.

Rules of this file
------------------
* A row says: on this event, in these states, if all these guards hold, do this and go there. ``to=None`` stays.
* Of several rows for one pair the first whose guards hold is taken; if none holds, the event is *declined*.
* A pair without a row is *late*: it is recorded as stale with the reason given in ``LATE``. There is no third case,
  so every state × event pair has a documented verdict.
* Guards and actions are function references: a slip of the pen fails at import or in the type checker.
* Ids are checked before the table is asked (``states/fence.py``): here every event is about live work.

A short theory
--------------
The floor belongs to one side at a time. User speech while the assistant has the floor is only a *candidate*: in its
first stage the reply is ducked (or, before its first sample, kept from beginning), in its second it is held at an
exact sample while evidence is gathered, and both can be taken back without loss. Only the third stage, the verdict,
moves the state, and that one step closes the reply, aborts the work on it and cuts the history to what was heard.
Everything later that names the closed reply or utterance is stale by its id.

The end of a turn can be taken back too, until the turn is *taken*: a short pause is enough to have the words
recognised and the answer prepared, but it is prepared in silence, and the words are not in the history. Speech that
goes on withdraws the answer and continues the utterance as one. Only when the silence has been long enough is the
turn taken, and the answer may be heard. If the user goes on after all, before the first sample, that is a barge-in,
and the words merge in the history.

Every state but IDLE holds a deadline, and IDLE waits for nothing, so no state lacks a way out.
"""

from typing import Final, TypeVar

from states import actions_answer as answer
from states import actions_reply as reply
from states import actions_speech as speech
from states import actions_turn as turn
from states import actions_utterance as user
from states import events as ev
from states import guards as g
from states import guards_turn as t
from states.row import Guard, Row, on
from states.state import State

Ending = TypeVar("Ending", bound=reply.EndingEvent)

IDLE, LISTENING, TRANSCRIBING = State.IDLE, State.LISTENING, State.TRANSCRIBING
THINKING, SPEAKING, INTERRUPTED = State.THINKING, State.SPEAKING, State.INTERRUPTED


def finishing(event: type[Ending], *sources: State, when: tuple[Guard[Ending], ...]) -> list[Row]:
    """Rows for a reply heard to its end: speech that was being weighed gets the floor, else nobody has it."""
    nobody, user, why = reply.finish_reply, reply.finish_reply_for_candidate, "reply_finished"
    return [
        *on(event, *sources, to=TRANSCRIBING, when=(*when, g.has_ended_candidate), do=user, why=why),
        *on(event, *sources, to=LISTENING, when=(*when, g.has_candidate), do=user, why=why),
        *on(event, *sources, to=IDLE, when=when, do=nobody, why=why),
    ]


USER_SPEECH: Final = [
    # Nobody has the floor: any speech takes it.
    *on(ev.SpeechStarted, IDLE, to=LISTENING, do=user.listen, why="speech"),
    *on(ev.SpeechResumed, IDLE, to=LISTENING, do=user.listen, why="speech_goes_on"),
    *on(ev.SpeechSustained, IDLE, to=LISTENING, do=user.listen, why="speech_goes_on"),
    *on(ev.SpeechContinued, IDLE, to=LISTENING, do=user.listen, why="speech_goes_on"),
    # The user has the floor.
    *on(ev.SpeechStarted, LISTENING, do=user.go_on_listening, why="end_was_missed"),
    *on(ev.SpeechSustained, LISTENING, when=(g.is_newer_utterance,), do=user.go_on_listening, why="end_was_missed"),
    *on(ev.SpeechSustained, LISTENING, INTERRUPTED, when=(g.is_adopted_utterance,), why="capturing"),
    *on(ev.SpeechContinued, LISTENING, when=(g.is_newer_utterance,), do=user.go_on_listening, why="end_was_missed"),
    *on(ev.SpeechContinued, LISTENING, INTERRUPTED, when=(g.is_adopted_utterance,), why="capturing"),
    *on(ev.SpeechPaused, LISTENING, to=TRANSCRIBING, when=(t.prepares, g.is_adopted_utterance), do=user.transcribe,
        why="short_pause"),
    *on(ev.SpeechPaused, LISTENING, why="short_pause"),
    *on(ev.SpeechResumed, LISTENING, do=user.note_voice, why="speech_goes_on"),
    *on(ev.SpeechDropped, LISTENING, to=IDLE, when=(g.is_adopted_utterance, g.is_whole), do=user.drop_utterance,
        why="too_short"),
    *on(ev.SpeechDropped, LISTENING, to=TRANSCRIBING, when=(g.is_adopted_utterance,), do=user.transcribe,
        why="continuation_too_short"),
    *on(ev.SpeechEnded, LISTENING, to=TRANSCRIBING, when=(g.is_newer_utterance,), do=user.transcribe_longer,
        why="end_was_missed"),
    *on(ev.SpeechEnded, LISTENING, to=TRANSCRIBING, do=user.transcribe, why="endpoint"),
    *on(ev.DeadlineExpired, LISTENING, to=TRANSCRIBING, do=user.transcribe, why="utterance_too_long"),
    # The user has paused and may go on.
    *on(ev.SpeechStarted, TRANSCRIBING, do=speech.consider, why="speech_may_go_on"),
    *on(ev.SpeechSustained, TRANSCRIBING, to=LISTENING, when=(g.is_newer_utterance,), do=user.go_on_listening,
        why="user_goes_on"),
    *on(ev.SpeechContinued, TRANSCRIBING, to=LISTENING, when=(g.is_newer_utterance,), do=user.go_on_listening,
        why="user_goes_on"),
    *on(ev.SpeechSustained, TRANSCRIBING, to=LISTENING, when=(t.is_of_turn,), do=user.go_on_listening,
        why="user_goes_on"),
    *on(ev.SpeechContinued, TRANSCRIBING, to=LISTENING, when=(t.is_of_turn,), do=user.go_on_listening,
        why="user_goes_on"),
    *on(ev.SpeechSustained, INTERRUPTED, when=(t.is_of_turn,), do=user.go_on_listening, why="user_goes_on"),
    *on(ev.SpeechContinued, INTERRUPTED, when=(t.is_of_turn,), do=user.go_on_listening, why="user_goes_on"),
    *on(ev.SpeechPaused, TRANSCRIBING, INTERRUPTED, when=(t.prepares, t.is_more_of_turn), do=user.transcribe_longer,
        why="user_went_on"),
    *on(ev.SpeechPaused, TRANSCRIBING, INTERRUPTED, when=(t.prepares, g.is_candidate), do=speech.forget_candidate,
        why="too_short"),
    *on(ev.SpeechPaused, INTERRUPTED, when=(t.prepares, g.is_adopted_utterance), do=user.transcribe,
        why="short_pause"),
    *on(ev.SpeechPaused, INTERRUPTED, why="short_pause"),
    *on(ev.SpeechPaused, TRANSCRIBING, when=(g.is_candidate,), why="short_pause"),
    *on(ev.SpeechResumed, TRANSCRIBING, INTERRUPTED, when=(t.is_of_turn,), do=speech.consider,
        why="speech_may_go_on"),
    *on(ev.SpeechResumed, INTERRUPTED, do=user.note_voice, why="speech_goes_on"),
    *on(ev.SpeechResumed, TRANSCRIBING, when=(g.is_candidate,), why="speech_goes_on"),
    *on(ev.SpeechEnded, TRANSCRIBING, INTERRUPTED, when=(t.is_of_turn, t.is_more_of_turn),
        do=user.transcribe_longer, why="user_went_on"),
    *on(ev.SpeechEnded, TRANSCRIBING, INTERRUPTED, when=(t.is_of_turn,), do=turn.note_end, why="endpoint"),
    *on(ev.SpeechDropped, TRANSCRIBING, INTERRUPTED, when=(g.is_candidate,), do=speech.forget_candidate,
        why="too_short"),
    *on(ev.SpeechEnded, TRANSCRIBING, when=(g.is_newer_utterance,), do=user.transcribe_longer, why="user_went_on"),
    # The user has taken the floor from a reply.
    *on(ev.SpeechStarted, INTERRUPTED, do=speech.consider, why="speech_may_go_on"),
    *on(ev.SpeechSustained, INTERRUPTED, when=(g.is_newer_utterance,), do=user.go_on_listening, why="user_goes_on"),
    *on(ev.SpeechContinued, INTERRUPTED, when=(g.is_newer_utterance,), do=user.go_on_listening, why="user_goes_on"),
    *on(ev.SpeechDropped, INTERRUPTED, to=IDLE, when=(g.is_adopted_utterance, g.is_whole), do=user.drop_utterance,
        why="too_short"),
    *on(ev.SpeechDropped, INTERRUPTED, when=(g.is_adopted_utterance,), do=user.transcribe,
        why="continuation_too_short"),
    *on(ev.SpeechEnded, INTERRUPTED, when=(g.is_adopted_utterance,), do=user.transcribe, why="endpoint"),
    *on(ev.SpeechEnded, INTERRUPTED, when=(g.is_newer_utterance,), do=user.transcribe_longer, why="user_went_on"),
]  # fmt: skip

PREPARED: Final = [
    # The answer is prepared in silence. Any sign that the user goes on keeps the turn from being taken.
    *on(ev.SpeechStarted, THINKING, when=(t.is_prepared,), do=turn.consider_more, why="speech_may_go_on"),
    *on(ev.SpeechResumed, THINKING, when=(t.is_prepared,), do=turn.consider_more, why="speech_may_go_on"),
    # It goes on: the answer was none.
    *on(ev.SpeechSustained, THINKING, to=LISTENING, when=(t.is_prepared,), do=answer.take_back, why="user_goes_on"),
    *on(ev.SpeechContinued, THINKING, to=LISTENING, when=(t.is_prepared,), do=answer.take_back, why="user_goes_on"),
    *on(ev.SpeechPaused, THINKING, to=TRANSCRIBING, when=(t.is_prepared, t.is_more_of_turn),
        do=answer.take_back_to_transcribe, why="user_went_on"),
    *on(ev.SpeechEnded, THINKING, to=TRANSCRIBING, when=(t.is_prepared, t.is_more_of_turn),
        do=answer.take_back_to_transcribe, why="user_went_on"),
    *on(ev.StopRequested, THINKING, to=LISTENING, when=(t.is_prepared, g.has_candidate), do=answer.take_back_by_key,
        why="stop_key"),
    # It was nothing.
    *on(ev.SpeechEnded, THINKING, when=(t.is_prepared, t.is_of_turn), do=turn.note_end, why="endpoint"),
    *on(ev.SpeechPaused, THINKING, when=(t.is_prepared, g.is_candidate), do=turn.forget_more, why="too_short"),
    *on(ev.SpeechEnded, THINKING, when=(t.is_prepared, g.is_candidate), do=turn.forget_more, why="too_short"),
    *on(ev.SpeechDropped, THINKING, when=(t.is_prepared, g.is_candidate), do=turn.forget_more, why="too_short"),
    *on(ev.DeadlineExpired, THINKING, when=(t.is_prepared, g.is_about_candidate), do=turn.forget_more,
        why="onset_vanished"),
    # The silence was long enough.
    *on(ev.DeadlineExpired, THINKING, to=IDLE, when=(t.is_turn_deadline, t.is_silent_answer), do=reply.finish_reply,
        why="reply_finished"),
    *on(ev.DeadlineExpired, THINKING, when=(t.is_turn_deadline,), do=reply.take_turn, why="turn_over"),
    *on(ev.ToolUsed, THINKING, when=(t.is_prepared, g.is_live_reply), do=reply.note_tool_use_for_turn,
        why="tool_used"),
]  # fmt: skip

BARGE_IN: Final = [
    # Stage one. Where a verdict on the speech before is pending, the reply waits for that already.
    *on(ev.SpeechStarted, THINKING, SPEAKING, when=(g.has_sustained_candidate,), why="verdict_pending"),
    *on(ev.SpeechStarted, SPEAKING, do=speech.duck_for, why="onset"),
    *on(ev.SpeechStarted, THINKING, do=speech.wait_for, why="onset"),
    *on(ev.SpeechResumed, THINKING, SPEAKING, when=(g.is_candidate,), do=speech.note_going_on, why="speech_goes_on"),
    *on(ev.SpeechResumed, THINKING, SPEAKING, when=(g.has_sustained_candidate,), why="verdict_pending"),
    *on(ev.SpeechResumed, SPEAKING, do=speech.duck_for, why="onset_after_pause"),
    *on(ev.SpeechResumed, THINKING, do=speech.wait_for, why="onset_after_pause"),
    # Stage two, and at once stage three where the voice says enough, or a dismissal where it is over too soon.
    *on(ev.SpeechSustained, THINKING, SPEAKING, to=INTERRUPTED, when=(g.is_interruption,), do=reply.interrupt,
        why="barge_in"),
    *on(ev.SpeechSustained, THINKING, SPEAKING, do=speech.verify, why="verifying"),
    *on(ev.SpeechContinued, THINKING, SPEAKING, to=INTERRUPTED, when=(g.is_candidate, g.is_interruption),
        do=reply.interrupt, why="barge_in"),
    *on(ev.SpeechContinued, THINKING, SPEAKING, when=(g.is_sustained_candidate,), do=speech.verify_more,
        why="verifying"),
    *on(ev.SpeechContinued, THINKING, SPEAKING, when=(g.is_candidate,), do=speech.verify, why="verifying"),
    *on(ev.SpeechPaused, THINKING, SPEAKING, when=(g.is_sustained_candidate, g.is_dismissed), do=speech.dismiss,
        why="dismissed"),
    *on(ev.SpeechEnded, THINKING, SPEAKING, when=(g.is_sustained_candidate, g.is_dismissed), do=speech.dismiss,
        why="dismissed"),
    *on(ev.SpeechPaused, THINKING, SPEAKING, when=(g.is_sustained_candidate,), do=speech.verify_in_pause,
        why="verifying_in_pause"),
    *on(ev.SpeechEnded, THINKING, SPEAKING, when=(g.is_sustained_candidate,), do=speech.verify_at_end,
        why="verifying_at_end"),
    # Taken back.
    *on(ev.SpeechPaused, THINKING, SPEAKING, when=(g.is_candidate,), do=speech.dismiss_short, why="too_short"),
    *on(ev.SpeechEnded, THINKING, SPEAKING, when=(g.is_candidate,), do=speech.dismiss_short, why="too_short"),
    *on(ev.SpeechDropped, THINKING, SPEAKING, when=(g.is_candidate,), do=speech.dismiss_short, why="too_short"),
    *on(ev.UtteranceAssessed, THINKING, SPEAKING, when=(g.is_dismissed,), do=speech.dismiss, why="dismissed"),
    *on(ev.TranscriptionFailed, THINKING, SPEAKING, when=(g.is_dismissed,), do=speech.dismiss, why="dismissed"),
    # Stage three.
    *on(ev.UtteranceAssessed, THINKING, SPEAKING, to=INTERRUPTED, when=(g.is_interruption,), do=reply.interrupt,
        why="barge_in"),
    *on(ev.TranscriptionFailed, THINKING, SPEAKING, to=INTERRUPTED, when=(g.is_interruption,), do=reply.interrupt,
        why="barge_in"),
    *on(ev.UtteranceAssessed, THINKING, SPEAKING, do=speech.note_undecided, why="undecided"),
    *on(ev.TranscriptionFailed, THINKING, SPEAKING, do=speech.note_undecided, why="undecided"),
    # The verdict is due; in states without a reply the onset is just forgotten.
    *on(ev.DeadlineExpired, THINKING, SPEAKING, to=INTERRUPTED, when=(g.is_overdue_interruption,), do=reply.interrupt,
        why="barge_in"),
    *on(ev.DeadlineExpired, THINKING, SPEAKING, when=(g.is_undecided,), do=speech.verify_longer, why="undecided"),
    *on(ev.DeadlineExpired, THINKING, SPEAKING, when=(g.is_about_candidate,), do=speech.dismiss, why="dismissed"),
    *on(ev.DeadlineExpired, TRANSCRIBING, INTERRUPTED, when=(g.is_about_candidate,), do=speech.forget_candidate,
        why="onset_vanished"),
]  # fmt: skip

WORDS: Final = [
    *on(ev.UtteranceTranscribed, INTERRUPTED, when=(g.has_only_stop_words, g.has_candidate),
        do=user.adopt_candidate, why="stop_command"),
    *on(ev.UtteranceTranscribed, INTERRUPTED, when=(g.has_only_stop_words, t.is_open), do=user.listen_on,
        why="stop_command_so_far"),
    *on(ev.UtteranceTranscribed, INTERRUPTED, to=IDLE, when=(g.has_only_stop_words,), do=user.drop_utterance,
        why="stop_command"),
    *on(ev.UtteranceTranscribed, TRANSCRIBING, INTERRUPTED, to=THINKING, when=(g.has_words,), do=answer.answer,
        why="words"),
    *on(ev.UtteranceTranscribed, TRANSCRIBING, to=LISTENING, when=(g.has_candidate,),
        do=answer.reject_words_for_candidate, why="no_words"),
    *on(ev.UtteranceTranscribed, INTERRUPTED, when=(g.has_candidate,), do=answer.reject_words_for_candidate,
        why="no_words"),
    *on(ev.UtteranceTranscribed, TRANSCRIBING, to=LISTENING, when=(t.is_open,), do=user.listen_on,
        why="no_words_yet"),
    *on(ev.UtteranceTranscribed, INTERRUPTED, when=(t.is_open,), do=user.listen_on, why="no_words_yet"),
    *on(ev.UtteranceTranscribed, TRANSCRIBING, to=THINKING, when=(g.deserves_apology,),
        do=answer.apologise_not_understood, why="no_words"),
    *on(ev.UtteranceTranscribed, TRANSCRIBING, to=IDLE, do=answer.reject_words, why="no_words"),
    *on(ev.UtteranceTranscribed, INTERRUPTED, to=IDLE, when=(g.is_after_hard_stop,), do=answer.reject_words,
        why="no_words"),
    *on(ev.UtteranceTranscribed, INTERRUPTED, to=THINKING, when=(g.has_history,), do=answer.answer_anew,
        why="no_words"),
    *on(ev.UtteranceTranscribed, INTERRUPTED, to=IDLE, do=answer.reject_words, why="no_words"),
    *on(ev.TranscriptionFailed, TRANSCRIBING, to=LISTENING, when=(t.is_open,), do=user.listen_on,
        why="recognition_failed"),
    *on(ev.TranscriptionFailed, INTERRUPTED, when=(t.is_open,), do=user.listen_on, why="recognition_failed"),
    *on(ev.TranscriptionFailed, TRANSCRIBING, INTERRUPTED, to=THINKING, when=(g.can_say_recognition_failed,),
        do=answer.apologise_not_heard, why="recognition_failed"),
    *on(ev.TranscriptionFailed, TRANSCRIBING, INTERRUPTED, to=IDLE, do=user.drop_utterance,
        why="recognition_failed"),
    *on(ev.DeadlineExpired, INTERRUPTED, when=(g.is_unended,), do=user.transcribe, why="utterance_too_long"),
    *on(ev.DeadlineExpired, TRANSCRIBING, INTERRUPTED, to=THINKING, when=(g.can_say_recognition_failed,),
        do=answer.apologise_not_heard, why="recognition_overdue"),
    *on(ev.DeadlineExpired, TRANSCRIBING, INTERRUPTED, to=IDLE, do=user.cancel_utterance,
        why="recognition_overdue"),
]  # fmt: skip

ANSWER: Final = [
    *on(ev.ClauseGenerated, THINKING, SPEAKING, do=reply.add_clause, why="clause"),
    # What was done stays done, also for a reply that was closed meanwhile.
    *on(ev.ToolUsed, THINKING, SPEAKING, when=(g.is_live_reply,), do=reply.note_tool_use, why="tool_used"),
    *on(ev.ToolUsed, *State, do=reply.note_tool_use, why="tool_used_by_closed_reply"),
    # The reply comes to nothing.
    *on(ev.ReplyGenerated, THINKING, when=(g.is_empty_answer, g.can_say_generation_failed),
        do=answer.apologise_no_answer, why="empty_answer"),
    *on(ev.GenerationFailed, THINKING, when=(g.has_no_clauses, g.can_say_generation_failed),
        do=answer.apologise_no_answer, why="generation_failed"),
    *on(ev.SynthesisFailed, THINKING, when=(g.is_first_clause, g.can_say_generation_failed),
        do=answer.apologise_no_answer, why="synthesis_failed"),
    # The reply has been heard to its end.
    *finishing(ev.ReplyGenerated, THINKING, SPEAKING, when=(g.will_be_finished,)),
    *finishing(ev.ChunkSynthesized, THINKING, SPEAKING, when=(g.will_be_finished,)),
    *finishing(ev.GenerationFailed, THINKING, SPEAKING, when=(g.will_be_finished,)),
    *finishing(ev.SynthesisFailed, THINKING, SPEAKING, when=(g.will_be_finished,)),
    *finishing(ev.PlayoutDrained, THINKING, SPEAKING, when=(g.is_finished,)),
    *finishing(ev.DeadlineExpired, SPEAKING, when=(g.is_finished,)),
    # The reply grows.
    *on(ev.ReplyGenerated, THINKING, SPEAKING, do=reply.end_generation, why="reply_complete"),
    *on(ev.GenerationFailed, THINKING, SPEAKING, do=reply.end_generation, why="generation_failed"),
    *on(ev.ChunkSynthesized, THINKING, SPEAKING, do=reply.add_chunk, why="sound"),
    *on(ev.SynthesisFailed, THINKING, SPEAKING, do=reply.end_before_clause, why="synthesis_failed"),
    # The reply is heard.
    *on(ev.PlayoutStarted, THINKING, to=SPEAKING, do=reply.begin_speaking, why="first_sample"),
    # It takes too long.
    *on(ev.DeadlineExpired, THINKING, when=(g.has_candidate,), do=reply.wait_longer, why="waiting_for_verdict"),
    *on(ev.DeadlineExpired, THINKING, when=(g.can_say_generation_failed,), do=answer.apologise_no_answer,
        why="reply_overdue"),
    *on(ev.DeadlineExpired, THINKING, to=IDLE, do=reply.cut_reply, why="reply_overdue"),
    *on(ev.DeadlineExpired, SPEAKING, when=(g.is_advancing,), do=reply.watch, why="still_sounding"),
    *on(ev.DeadlineExpired, SPEAKING, to=IDLE, do=reply.cut_reply, why="playout_stalled"),
]  # fmt: skip

CONTROL: Final = [
    *on(ev.StopRequested, THINKING, SPEAKING, to=INTERRUPTED, when=(g.has_candidate,), do=reply.interrupt_by_key,
        why="stop_key"),
    *on(ev.StopRequested, THINKING, SPEAKING, to=IDLE, do=reply.cut_reply, why="stop_key"),
    *on(ev.StopRequested, TRANSCRIBING, INTERRUPTED, to=IDLE, do=user.cancel_utterance, why="stop_key"),
    *on(ev.StopRequested, IDLE, LISTENING, why="nothing_to_stop"),
    *on(ev.TurnTyped, IDLE, LISTENING, TRANSCRIBING, SPEAKING, INTERRUPTED, to=THINKING, do=answer.answer_typed,
        why="typed"),
    *on(ev.TurnTyped, THINKING, do=answer.answer_typed, why="typed"),
    *on(ev.CaptureOverflowed, *State, why="samples_lost"),
    *on(ev.MicrophoneMuted, *State, why="muted"),
    *on(ev.MicrophoneUnmuted, *State, why="unmuted"),
    *on(ev.DeviceLost, *State, why="device_lost"),
    *on(ev.DeviceRestored, *State, why="device_restored"),
    *on(ev.SessionStopped, *State, to=IDLE, do=reply.stop_session, why="session_stopped"),
]  # fmt: skip

TABLE: Final[tuple[Row, ...]] = (*USER_SPEECH, *PREPARED, *BARGE_IN, *WORDS, *ANSWER, *CONTROL)
