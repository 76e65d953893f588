"""The end of the user's turn: prepared in silence, taken once the silence is long enough, taken back before."""

import pytest

from states import commands as do
from states import events as ev
from states.history import Message, ToolUse
from states.settings import DialogueSettings
from states.state import State
from states.step import Step
from tests.core.talk import Talk, ended_in_mid_word


def paused(talk: Talk, words: str = "tell me a story") -> Step:
    """The user pauses, the words are known, and the answer is prepared."""
    talk.tell(ev.SpeechStarted(1), ev.SpeechSustained(1, 300), ev.SpeechPaused(1, 700, 200))
    return talk.tell(ev.UtteranceTranscribed(1, words, 90, 700))


def kinds(step: Step) -> list[str]:
    return [type(command).__name__ for command in step.commands]


def test_a_pause_is_enough_for_the_words_and_an_answer_in_silence() -> None:
    talk = Talk()
    step = paused(talk)
    assert (step.source, step.dest, step.said) == (State.TRANSCRIBING, State.THINKING, None)
    assert kinds(step) == ["GenerateReply", "HoldPlayout", "SetDeadline", "SetDeadline"]
    assert step.commands[0] == do.GenerateReply(1, (Message("user", "tell me a story"),))
    assert (talk.dialogue.history.messages, step.turn) == ((), 0)
    silence = step.commands[-1]
    assert isinstance(silence, do.SetDeadline)
    assert step.wait_ms == silence.after_ms + 200 + 10, "counted from the beginning of the silence"


def test_a_turn_is_taken_when_the_silence_is_long_enough_and_its_utterance_ends() -> None:
    talk = Talk()
    paused(talk)
    step = talk.take_turn()
    assert (step.reason, step.said, step.utterance, step.turn) == ("turn_over", "tell me a story", 1, 1)
    assert step.commands == (do.ClearDeadline("turn"), do.EndUtterance(1), do.ResumePlayout(1))
    assert talk.tell(ev.SpeechResumed(1)).reason == "turn_taken"
    assert talk.tell(ev.SpeechEnded(1, 700)).outcome == "stale"


def test_an_utterance_that_ended_meanwhile_is_not_ended_again() -> None:
    talk = Talk()
    paused(talk)
    assert talk.tell(ev.SpeechEnded(1, 700)).reason == "endpoint"
    assert do.EndUtterance(1) not in talk.take_turn().commands


def test_words_that_come_after_enough_silence_are_answered_at_once() -> None:
    talk = Talk()
    talk.tell(ev.SpeechStarted(1), ev.SpeechEnded(1, 700))
    talk.now += 9_000_000
    step = talk.tell(ev.UtteranceTranscribed(1, "what time is it", 90, 700))
    assert (step.said, kinds(step)) == ("what time is it", ["GenerateReply", "SetDeadline"])


def test_with_nothing_prepared_the_end_of_the_utterance_ends_the_turn() -> None:
    talk = Talk(DialogueSettings(prepare=False))
    talk.tell(ev.SpeechStarted(1), ev.SpeechSustained(1, 300))
    assert talk.tell(ev.SpeechPaused(1, 700, 200)).dest is State.LISTENING
    talk.tell(ev.SpeechEnded(1, 700))
    step = talk.tell(ev.UtteranceTranscribed(1, "so last week I went to", 90, 700))
    assert (step.said, step.wait_ms) == ("so last week I went to", None)


@pytest.mark.parametrize("ended", [False, True], ids=["same utterance", "next utterance"])
def test_speech_that_goes_on_withdraws_the_answer_and_is_one_utterance(ended: bool) -> None:
    talk = Talk()
    paused(talk)
    talk.tell(ev.ClauseGenerated(1, 0, "Once upon a time."))
    if ended:
        talk.tell(ev.SpeechEnded(1, 700), ev.SpeechStarted(2, 900))
        step = talk.tell(ev.SpeechSustained(2, 160))
    else:
        talk.tell(ev.SpeechResumed(1, 900))
        step = talk.tell(ev.SpeechContinued(1, 860))
    assert (step.dest, step.reason, step.learned_ms) == (State.LISTENING, "user_goes_on", 900)
    assert (step.kept, step.dropped, step.said) == ("", "Once upon a time.", None)
    assert kinds(step)[:2] == ["CancelReply", "StopPlayout"]
    at = 2 if ended else 1
    step = talk.tell(ev.SpeechPaused(at, 1000, 200))
    assert step.commands[0] == do.TranscribeUtterance(at, 1, 1700 if ended else 1000)
    assert talk.dialogue.history.messages == ()


def test_a_little_more_after_the_pause_is_recognised_with_the_rest() -> None:
    talk = Talk()
    paused(talk)
    talk.tell(ev.SpeechResumed(1, 300))
    step = talk.tell(ev.SpeechPaused(1, 796, 200))
    assert (step.dest, step.reason) == (State.TRANSCRIBING, "user_went_on")
    assert do.TranscribeUtterance(1, 1, 796) in step.commands
    assert talk.tell(ev.UtteranceTranscribed(1, "tell me", 90, 700)).reason == "utterance_closed", "older words"
    assert talk.tell(ev.UtteranceTranscribed(1, "tell me a story please", 90, 796)).dest is State.THINKING


@pytest.mark.parametrize("end", [ev.SpeechPaused(1, 795, 200), ev.SpeechEnded(1, 795)], ids=["pauses", "ends"])
def test_a_smack_of_the_lips_changes_nothing(end: ev.Event) -> None:
    talk = Talk()
    paused(talk)
    step = talk.tell(ev.SpeechResumed(1, 300))
    assert (step.reason, kinds(step)) == ("speech_may_go_on", ["SetDeadline", "ClearDeadline"])
    step = talk.tell(end)
    assert (step.dest, kinds(step)) == (State.THINKING, ["ClearDeadline", "SetDeadline"])
    assert talk.take_turn().said == "tell me a story"


@pytest.mark.parametrize("state", [State.TRANSCRIBING, State.INTERRUPTED], ids=lambda state: state.value)
def test_what_was_said_after_the_pause_counts_where_the_sound_ends_in_mid_word(state: State) -> None:
    _, step = ended_in_mid_word(state)
    assert (step.dest, step.reason) == (state, "user_went_on")
    assert step.commands[:2] == (do.CancelTranscription(2), do.ClearDeadline("candidate"))
    assert do.TranscribeUtterance(2, 2, 800) in step.commands


def test_the_beginning_of_speech_that_never_comes_is_forgotten() -> None:
    talk = Talk()
    paused(talk)
    talk.tell(ev.SpeechResumed(1, 300))
    step = talk.tell(talk.deadline("candidate"))
    assert (step.reason, kinds(step)) == ("onset_vanished", ["ClearDeadline", "SetDeadline"])


def test_words_that_fail_in_a_pause_are_asked_for_again_at_the_end() -> None:
    talk = Talk()
    talk.tell(ev.SpeechStarted(1), ev.SpeechSustained(1, 300), ev.SpeechPaused(1, 700, 200))
    assert talk.tell(ev.TranscriptionFailed(1, "broken")).dest is State.LISTENING
    step = talk.tell(ev.SpeechEnded(1, 700))
    assert step.commands[0] == do.TranscribeUtterance(1, 1, 700)


def test_a_silence_that_was_waited_through_counts_from_its_beginning() -> None:
    talk = Talk()
    talk.tell(ev.SpeechStarted(1), ev.SpeechSustained(1, 300), ev.SpeechPaused(1, 700, 200))
    talk.tell(ev.UtteranceTranscribed(1, "", -1, 700))
    talk.now += 330_000
    talk.tell(ev.SpeechEnded(1, 700))
    step = talk.tell(ev.UtteranceTranscribed(1, "tell me a story", 90, 700))
    assert step.wait_ms is not None
    silence = step.commands[-1]
    waited_ms = 200 + 10 + 330 + 20
    assert isinstance(silence, do.SetDeadline)
    assert step.wait_ms == silence.after_ms + waited_ms


def test_a_function_called_for_a_turn_takes_it() -> None:
    talk = Talk()
    paused(talk, "light on")
    step = talk.tell(ev.ToolUsed(1, "light", "{}", "on", False))
    assert (step.said, step.commands[-1]) == ("light on", do.ResumePlayout(1))
    assert talk.dialogue.history.messages == (Message("user", "light on"), ToolUse("light", "{}", "on"))


def test_a_function_called_while_the_user_speaks_again_leaves_a_claim_to_the_floor() -> None:
    talk = Talk()
    paused(talk, "light on")
    talk.tell(ev.SpeechEnded(1, 700), ev.SpeechStarted(2, 900))
    step = talk.tell(ev.ToolUsed(1, "light", "{}", "on", False))
    assert (step.said, do.ResumePlayout(1) in step.commands) == ("light on", False)
    assert talk.tell(ev.SpeechDropped(2, 60)).commands[-1] == do.ResumePlayout(1)


def test_an_answer_without_any_sound_ends_with_its_turn() -> None:
    talk = Talk(DialogueSettings(generation_failed=""))
    paused(talk)
    assert talk.tell(ev.ReplyGenerated(1, 0)).dest is State.THINKING, "the turn is not over"
    step = talk.take_turn()
    assert (step.dest, step.reason, step.said) == (State.IDLE, "reply_finished", "tell me a story")


def test_an_apology_for_a_lost_answer_waits_for_the_end_of_the_turn_too() -> None:
    talk = Talk()
    paused(talk)
    step = talk.tell(ev.GenerationFailed(1, "broken"))
    assert kinds(step)[:4] == ["CancelReply", "StopPlayout", "OpenReply", "SynthesizeClause"]
    assert (step.said, do.HoldPlayout(2) in step.commands) == (None, True)
    assert talk.take_turn().said == "tell me a story"


def test_the_key_before_the_answer_is_heard() -> None:
    talk = Talk()
    paused(talk)
    step = talk.tell(ev.StopRequested())
    assert (step.dest, step.said) == (State.IDLE, "tell me a story")
    assert do.EndUtterance(1) in step.commands


def test_the_key_while_the_user_seems_to_go_on() -> None:
    talk = Talk()
    paused(talk)
    talk.tell(ev.SpeechResumed(1, 300))
    step = talk.tell(ev.StopRequested())
    assert (step.dest, step.said) == (State.LISTENING, None)
    step = talk.tell(ev.SpeechEnded(1, 900))
    assert step.commands[0] == do.TranscribeUtterance(1, 1, 900)


def test_a_typed_turn_takes_the_spoken_one_along() -> None:
    talk = Talk()
    paused(talk)
    step = talk.tell(ev.TurnTyped("about a fox"))
    assert (step.said, step.turn) == ("tell me a story about a fox", 1)
    assert talk.dialogue.history.messages == (Message("user", "tell me a story about a fox"),)


def test_a_reply_that_is_heard_however_that_came_about_takes_the_turn() -> None:
    talk = Talk()
    paused(talk)
    talk.tell(ev.ClauseGenerated(1, 0, "One two."))
    assert talk.tell(ev.PlayoutStarted(1)).said == "tell me a story"


def test_stop_in_one_breath_with_more_is_not_yet_a_command() -> None:
    talk = Talk()
    talk.ask()
    talk.start_reply(1)
    talk.tell(ev.SpeechStarted(2), ev.SpeechSustained(2, 300), heard=100)
    talk.tell(ev.UtteranceAssessed(2, "stop", 90, 300, False), ev.SpeechPaused(2, 400, 200), heard=100)
    step = talk.tell(ev.UtteranceTranscribed(2, "stop", 90, 400))
    assert (step.dest, step.reason) == (State.INTERRUPTED, "stop_command_so_far")
    talk.tell(ev.SpeechEnded(2, 400))
    step = talk.tell(ev.UtteranceTranscribed(2, "stop", 90, 400))
    assert (step.dest, step.reason) == (State.IDLE, "stop_command")


def test_a_pause_after_which_the_user_cuts_off_an_unheard_answer_is_remembered() -> None:
    talk = Talk()
    talk.ask()
    talk.tell(ev.SpeechStarted(2, 1200), ev.SpeechSustained(2, 300))
    step = talk.tell(ev.UtteranceAssessed(2, "in Paris", 90, 300, False))
    assert (step.dest, step.kept, step.learned_ms) == (State.INTERRUPTED, "", 1200)


def test_only_the_latest_pauses_are_remembered() -> None:
    talk = Talk()
    talk.tell(ev.SpeechStarted(1), ev.SpeechSustained(1, 300))
    for voiced_ms in range(400, 5000, 400):
        talk.tell(ev.SpeechPaused(1, voiced_ms, 200), ev.SpeechResumed(1, voiced_ms))
        talk.tell(ev.SpeechContinued(1, voiced_ms + 160))
    assert talk.dialogue.memory.own_pauses_ms == tuple(range(2000, 5000, 400))


def test_a_function_called_while_the_turn_itself_goes_on_lets_the_answer_be_heard() -> None:
    talk = Talk()
    paused(talk, "light on")
    talk.tell(ev.SpeechResumed(1, 300))
    step = talk.tell(ev.ToolUsed(1, "light", "{}", "on", False))
    assert talk.dialogue.memory.candidate is None, "the rest is told of under another id"
    assert (do.EndUtterance(1) in step.commands, do.ResumePlayout(1) in step.commands) == (True, True)


def test_evidence_of_an_interruption_is_not_in_question_when_its_turn_may_go_on() -> None:
    talk = Talk()
    talk.ask()
    talk.start_reply(1)
    talk.tell(ev.SpeechStarted(2), ev.SpeechSustained(2, 300), heard=100)
    talk.tell(ev.UtteranceAssessed(2, "so what", 90, 300, False), ev.SpeechPaused(2, 700, 200), heard=100)
    talk.tell(ev.UtteranceTranscribed(2, "so what", 90, 700), ev.SpeechResumed(2, 300))
    assert talk.tell(ev.UtteranceAssessed(2, "so what is", 90, 500, False)).reason == "not_in_question"
