"""Single moments that deserve a test of their own; each of the later ones was once a bug."""

import pytest

from states import commands as do
from states import events as ev
from states.history import Message
from states.settings import DialogueSettings
from states.state import State
from tests.core.talk import ALL_FINISHING, Talk, dropped_continuation, finishing


@pytest.mark.parametrize(
    ("state", "candidate", "ending"), ALL_FINISHING, ids=lambda value: getattr(value, "value", value)
)
def test_a_reply_heard_to_its_end_gives_the_floor_to_who_speaks(state: State, candidate: str, ending: str) -> None:
    talk, step = finishing(state, candidate, ending)
    dest = {"none": State.IDLE, "onset": State.LISTENING, "ended": State.TRANSCRIBING}[candidate]
    assert (step.source, step.dest, step.reason) == (state, dest, "reply_finished")
    assert talk.dialogue.history.messages[-1] == Message("assistant", "One.")
    assert not any(isinstance(c, do.StopPlayout) for c in step.commands)
    if candidate != "none":
        assert talk.dialogue.memory.utterance is not None
        assert talk.dialogue.memory.utterance.overlapped


def test_a_continuation_that_is_dropped_still_has_the_words_before_it_recognised() -> None:
    talk, step = dropped_continuation()
    assert (step.dest, step.reason) == (State.INTERRUPTED, "continuation_too_short")
    assert talk.dialogue.memory.utterance is not None
    told = next(c for c in step.commands if isinstance(c, do.TranscribeUtterance))
    assert (told.utterance, told.since) == (3, 2)


def test_speech_that_follows_before_the_verdict_takes_the_claim_along() -> None:
    talk = Talk()
    talk.ask()
    talk.start_reply(1)
    talk.tell(ev.SpeechStarted(2), ev.SpeechSustained(2, 300), ev.SpeechEnded(2, 700), heard=100)
    step = talk.tell(ev.SpeechStarted(3), heard=100)
    assert (step.reason, step.commands) == ("verdict_pending", ())
    step = talk.tell(ev.SpeechSustained(3, 300), heard=100)
    assert any(isinstance(c, do.HoldPlayout) for c in step.commands), "both together last long"
    step = talk.tell(ev.UtteranceAssessed(2, "what about trains", 90, 700, True), heard=100)
    assert (step.dest, step.reason, step.kept) == (State.INTERRUPTED, "words", "Answer")
    step = talk.tell(ev.SpeechEnded(3, 600))
    assert step.commands[0] == do.TranscribeUtterance(3, 2, 1300)


def test_the_voice_of_both_parts_of_a_claim_counts() -> None:
    talk = Talk()
    talk.ask()
    talk.start_reply(1)
    talk.tell(ev.SpeechStarted(2), ev.SpeechSustained(2, 300), ev.SpeechEnded(2, 500), heard=100)
    talk.tell(ev.SpeechStarted(3), ev.SpeechSustained(3, 300), heard=100)
    step = talk.tell(talk.deadline("candidate"), heard=100)
    assert (step.dest, step.reason) == (State.INTERRUPTED, "voice_alone")


def test_an_onset_while_a_verdict_is_pending_does_not_take_the_claim_away() -> None:
    talk = Talk()
    talk.ask()
    talk.start_reply(1)
    talk.tell(ev.SpeechStarted(2), ev.SpeechSustained(2, 300), ev.SpeechEnded(2, 700), heard=100)
    talk.tell(ev.SpeechStarted(3), ev.SpeechDropped(3, 60), heard=100)
    step = talk.tell(ev.UtteranceAssessed(2, "mm-hmm", 90, 700, True), heard=100)
    assert (step.verdict, step.reason, step.utterance) == ("dismiss", "backchannel", 2)
    assert step.commands[-1] == do.ResumePlayout(1)


def test_evidence_of_an_earlier_pause_cannot_dismiss_what_was_said_since() -> None:
    talk = Talk()
    talk.ask()
    talk.start_reply(1)
    talk.tell(ev.SpeechStarted(2), ev.SpeechSustained(2, 300), ev.SpeechPaused(2, 400), heard=100)
    talk.tell(ev.SpeechResumed(2), ev.SpeechPaused(2, 700), heard=100)
    step = talk.tell(ev.UtteranceAssessed(2, "yeah", 90, 400, True), heard=100)
    assert (step.dest, step.verdict) == (State.SPEAKING, "undecided")
    step = talk.tell(ev.UtteranceAssessed(2, "yeah, but why", 90, 700, True), heard=100)
    assert (step.dest, step.reason) == (State.INTERRUPTED, "words")


def test_a_clause_that_breaks_off_claims_only_the_words_that_sounded() -> None:
    talk = Talk()
    talk.ask()
    sound = ev.ChunkSynthesized(1, 0, 0, 100, ((0, 3, 0, 100),), False, False)
    talk.tell(ev.ClauseGenerated(1, 0, "One two."), sound, ev.PlayoutStarted(1))
    step = talk.tell(ev.SynthesisFailed(1, 0, "broken"), heard=100)
    assert (step.dest, step.kept, step.dropped) == (State.IDLE, "One", "two.")
    assert talk.dialogue.history.messages[-1] == Message("assistant", "One", cut=True)


def test_a_clause_that_cannot_be_spoken_is_logged_as_dropped() -> None:
    talk = Talk()
    talk.ask()
    talk.tell(ev.ClauseGenerated(1, 0, "One."), ev.ClauseGenerated(1, 1, " Two."), ev.ReplyGenerated(1, 2))
    talk.tell(ev.ChunkSynthesized(1, 0, 0, 100, ((0, 3, 0, 100),), True, False), ev.PlayoutStarted(1))
    talk.tell(ev.SynthesisFailed(1, 1, "broken"), heard=50)
    step = talk.tell(ev.PlayoutDrained(1), heard=100)
    assert (step.kept, step.dropped) == ("One.", "Two.")


def test_silence_demanded_by_key_holds_for_what_is_said_right_after() -> None:
    talk = Talk()
    talk.ask()
    talk.start_reply(1)
    talk.tell(ev.SpeechStarted(2), ev.StopRequested(), ev.SpeechEnded(2, 100), ev.SpeechStarted(3), heard=100)
    step = talk.tell(ev.UtteranceTranscribed(2, "", -1, 100))
    assert (step.dest, step.reason) == (State.INTERRUPTED, "no_words")
    talk.tell(ev.SpeechEnded(3, 100))
    step = talk.tell(ev.UtteranceTranscribed(3, "", -1, 100))
    assert (step.dest, step.commands) == (State.IDLE, (do.ClearDeadline("state"),))


def test_a_stop_that_was_hardly_understood_is_still_one() -> None:
    talk = Talk()
    talk.ask()
    talk.start_reply(1)
    talk.tell(ev.SpeechStarted(2), ev.SpeechSustained(2, 300), heard=100)
    step = talk.tell(ev.UtteranceAssessed(2, "stop", 20, 300, False), heard=100)
    assert (step.dest, step.reason) == (State.INTERRUPTED, "stop_phrase")
    talk.tell(ev.SpeechEnded(2, 400))
    step = talk.tell(ev.UtteranceTranscribed(2, "Stop.", 20, 400))
    assert (step.dest, step.reason, step.said) == (State.IDLE, "stop_command", None)


def test_without_apologies_nothing_is_said_of_a_failure() -> None:
    talk = Talk(DialogueSettings(not_understood="", recognition_failed="", generation_failed=""))
    talk.tell(ev.SpeechStarted(1), ev.SpeechEnded(1, 900))
    assert talk.tell(ev.TranscriptionFailed(1, "broken")).dest is State.IDLE
    talk.ask(2)
    assert talk.tell(ev.ReplyGenerated(1, 0)).dest is State.IDLE


@pytest.mark.parametrize(
    ("steady", "tonal", "dest"),
    [(-1, -1, State.THINKING), (95, 80, State.THINKING), (95, 5, State.THINKING), (40, 5, State.IDLE)],
    ids=["not measured", "voice", "whisper", "cough"],
)
def test_an_apology_is_for_who_spoke_and_not_for_a_cough(steady: int, tonal: int, dest: State) -> None:
    talk = Talk()
    talk.tell(ev.SpeechStarted(1), ev.SpeechEnded(1, 900, steady, tonal, 60, 40))
    step = talk.tell(ev.UtteranceTranscribed(1, "", -1, 900))
    assert (step.dest, step.reason) == (dest, "no_words")


def test_a_cough_while_the_words_are_recognised_does_not_make_them_stale() -> None:
    talk = Talk()
    talk.tell(ev.SpeechStarted(1), ev.SpeechEnded(1, 700), ev.SpeechStarted(2))
    step = talk.tell(ev.UtteranceTranscribed(1, "what time is it", 90, 700))
    assert (step.dest, step.said, step.commands[1]) == (State.THINKING, None, do.HoldPlayout(1))
    step = talk.tell(ev.SpeechDropped(2, 60))
    assert (step.dest, step.reason) == (State.THINKING, "too_short")
    step = talk.take_turn()
    assert (step.said, step.commands[-1]) == ("what time is it", do.ResumePlayout(1))


def test_speech_before_the_first_sound_of_a_reply_merges_with_what_was_said() -> None:
    talk = Talk()
    talk.ask()
    talk.tell(ev.SpeechStarted(2), ev.SpeechSustained(2, 300), ev.UtteranceAssessed(2, "in Paris", 90, 300, False))
    step = talk.tell(ev.SpeechEnded(2, 500), ev.UtteranceTranscribed(2, "in Paris", 90, 500))
    assert step.dest is State.THINKING
    talk.take_turn()
    assert talk.dialogue.history.messages == (Message("user", "question 1 in Paris"),)


def test_a_plain_turn_step_by_step() -> None:
    talk = Talk()
    story: list[tuple[ev.Event, int, str]] = [
        (ev.SpeechStarted(1), 0, "speech"),
        (ev.SpeechSustained(1, 300), 0, "capturing"),
        (ev.SpeechContinued(1, 600), 0, "capturing"),
        (ev.SpeechPaused(1, 700, 200), 0, "short_pause"),
        (ev.SpeechResumed(1, 250), 0, "speech_may_go_on"),
        (ev.SpeechContinued(1, 860), 0, "user_goes_on"),
        (ev.SpeechEnded(1, 900), 0, "endpoint"),
        (ev.UtteranceTranscribed(1, "count to two", 90, 900), 0, "words"),
        (ev.DeadlineExpired(7), 0, "turn_over"),
        (ev.ClauseGenerated(1, 0, "One two."), 0, "clause"),
        (ev.ReplyGenerated(1, 1), 0, "reply_complete"),
        (ev.ChunkSynthesized(1, 0, 0, 200, ((0, 3, 0, 100), (4, 7, 100, 200)), True, False), 0, "sound"),
        (ev.PlayoutStarted(1), 1, "first_sample"),
        (ev.PlayoutDrained(1), 200, "reply_finished"),
    ]
    steps = [talk.tell(event, heard=heard) for event, heard, _ in story]
    assert [step.reason for step in steps] == [why for _, _, why in story]
    assert [step.seq for step in steps] == list(range(1, len(story) + 1))
    assert steps[3].commands == (do.TranscribeUtterance(1, 1, 700), do.SetDeadline("state", 2, 10_000))
    assert steps[5].commands[0] == do.CancelTranscription(1)
    assert (steps[5].learned_ms, talk.dialogue.memory.own_pauses_ms) == (250, (250,))
    assert steps[6].commands == (do.TranscribeUtterance(1, 1, 900), do.SetDeadline("state", 5, 10_000))
    assert steps[7].commands == (
        do.GenerateReply(1, (Message("user", "count to two"),)),
        do.HoldPlayout(1),
        do.SetDeadline("state", 6, 20_000),
        do.SetDeadline("turn", 7, (steps[7].wait_ms or 0) - 10),
    )
    assert (steps[7].said, steps[8].said) == (None, "count to two")
    assert steps[8].commands == (do.ClearDeadline("turn"), do.ResumePlayout(1))
    assert steps[9].commands == (do.SynthesizeClause(1, 0, "One two."),)
    assert steps[12].commands == (do.SetDeadline("state", 8, 8_000),)
    assert steps[13].commands == (do.ClearDeadline("state"),)


def test_a_playout_that_stands_still_is_given_up() -> None:
    talk = Talk()
    talk.ask()
    talk.start_reply(1)
    assert talk.tell(talk.deadline(), heard=100).reason == "still_sounding"
    step = talk.tell(talk.deadline(), heard=100)
    assert (step.dest, step.reason, step.kept) == (State.IDLE, "playout_stalled", "Answer")


def test_work_on_what_follows_a_fault_stops() -> None:
    talk = Talk()
    talk.ask()
    talk.tell(ev.ClauseGenerated(1, 0, "One."), ev.ClauseGenerated(1, 1, " Two."))
    talk.tell(ev.ChunkSynthesized(1, 0, 0, 100, ((0, 3, 0, 100),), True, False))
    step = talk.tell(ev.SynthesisFailed(1, 1, "broken"))
    assert (step.dest, step.commands) == (State.THINKING, (do.CancelReply(1),))


def test_a_lone_backchannel_after_a_barge_in_is_no_turn_also_when_the_user_goes_on() -> None:
    for more in (False, True):
        talk = Talk()
        talk.ask()
        talk.start_reply(1)
        talk.tell(ev.SpeechStarted(2), ev.SpeechSustained(2, 300), heard=100)
        talk.tell(ev.UtteranceAssessed(2, "but", 90, 300, False), ev.SpeechEnded(2, 400), heard=100)
        if more:
            talk.tell(ev.SpeechStarted(3), ev.SpeechSustained(3, 300), ev.SpeechEnded(3, 400))
        step = talk.tell(ev.UtteranceTranscribed(3 if more else 2, "yeah", 90, 800 if more else 400))
        assert (step.reason, step.said) == ("backchannel", None)


def test_evidence_is_asked_for_in_each_stage_and_says_whether_the_user_is_silent() -> None:
    talk = Talk()
    talk.ask()
    talk.start_reply(1)
    talk.tell(ev.SpeechStarted(2))
    assert do.AssessUtterance(2, 2, 300, False) in talk.tell(ev.SpeechSustained(2, 300)).commands
    assert not talk.tell(ev.SpeechContinued(2, 400)).commands, "evidence is on its way"
    assert talk.tell(ev.SpeechPaused(2, 450)).commands == (do.AssessUtterance(2, 2, 450, True),)
    talk.tell(ev.SpeechResumed(2))
    assert talk.tell(ev.UtteranceAssessed(2, "yeah", 90, 450, True)).verdict == "undecided", "the user has gone on"
    assert talk.tell(ev.SpeechContinued(2, 600)).commands == (do.AssessUtterance(2, 2, 600, False),)
    assert talk.tell(ev.SpeechEnded(2, 650)).commands == (do.AssessUtterance(2, 2, 650, True),)


def test_being_told_twice_that_speech_lasts_asks_again_and_loses_no_claim() -> None:
    talk = Talk()
    talk.ask()
    talk.start_reply(1)
    talk.tell(ev.SpeechStarted(2), ev.SpeechSustained(2, 300))
    assert do.AssessUtterance(2, 2, 300, False) in talk.tell(ev.SpeechSustained(2, 300)).commands


@pytest.mark.parametrize("state", [State.THINKING, State.SPEAKING])
def test_a_failed_assessment_leaves_it_to_the_voice(state: State) -> None:
    for voiced_ms, silent, dest, verdict, reason in (
        (300, False, state, "undecided", "recognition_failed"),
        (300, True, state, "dismiss", "recognition_failed"),
        (900, False, State.INTERRUPTED, "interrupt", "voice_alone"),
    ):
        talk = Talk()
        talk.ask()
        if state is State.SPEAKING:
            talk.start_reply(1)
        talk.tell(ev.SpeechStarted(2), ev.SpeechSustained(2, voiced_ms))
        if silent:
            talk.tell(ev.SpeechPaused(2, voiced_ms))
        step = talk.tell(ev.TranscriptionFailed(2, "broken"))
        assert (step.dest, step.verdict, step.reason) == (dest, verdict, reason)
        resumed = any(isinstance(command, do.ResumePlayout) for command in step.commands)
        assert resumed == (verdict == "dismiss")


def test_backchannels_that_go_on_are_listened_to_until_they_end() -> None:
    talk = Talk()
    talk.ask()
    talk.start_reply(1)
    talk.tell(ev.SpeechStarted(2), ev.SpeechSustained(2, 900), heard=100)
    assert talk.tell(ev.UtteranceAssessed(2, "yeah yeah", 90, 900, False), heard=100).verdict == "undecided"
    step = talk.tell(talk.deadline("candidate"), heard=100)
    assert (step.dest, step.verdict, step.reason) == (State.SPEAKING, "undecided", "backchannel")
    step = talk.tell(talk.deadline("candidate"), heard=100)
    assert (step.dest, step.verdict, step.reason) == (State.SPEAKING, "dismiss", "backchannel")
    assert step.commands[-1] == do.ResumePlayout(1)


def test_a_reply_stopped_while_it_is_still_written_is_cut_though_all_of_it_was_heard() -> None:
    for written in (False, True):
        talk = Talk()
        talk.ask()
        sound = ev.ChunkSynthesized(1, 0, 0, 100, ((0, 3, 0, 100),), True, False)
        talk.tell(ev.ClauseGenerated(1, 0, "One."), sound, ev.PlayoutStarted(1))
        if written:
            talk.tell(ev.ReplyGenerated(1, 1), heard=50)
        step = talk.tell(ev.StopRequested(), heard=100)
        assert (step.kept, step.dropped, step.cut) == ("One.", "", not written)
        assert talk.dialogue.history.messages[-1].cut is not written


def test_whoever_takes_the_floor_has_the_time_of_an_utterance() -> None:
    talk = Talk()
    talk.ask()
    talk.start_reply(1)
    step = talk.tell(ev.SpeechStarted(2), ev.SpeechSustained(2, 300), heard=100)
    step = talk.tell(ev.UtteranceAssessed(2, "so what", 90, 300, False), heard=100)
    armed = next(c for c in step.commands if isinstance(c, do.SetDeadline))
    assert (armed.slot, armed.after_ms) == ("state", DialogueSettings().utterance_ms)
