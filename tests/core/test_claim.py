"""What the dialogue makes of how speech sounds, of the user's level, and of backchannels."""

import pytest

from states import events as ev
from states.commands import DuckPlayout, GenerateReply, HoldPlayout, ResumePlayout
from states.settings import DialogueSettings
from states.state import State
from tests.core.talk import Talk

COUGH = (79, 19, 70, 60)
PERSON = (95, 80, 70, 60)
FAR = (95, 80, 61, 10)
NOTE = "(While you spoke, I said mm-hm.)"


def replying(settings: DialogueSettings | None = None, level_db: int = 70, *, taken: bool = True) -> Talk:
    """A user of that level has asked, and the reply is being heard."""
    talk = Talk(settings)
    talk.tell(ev.SpeechStarted(1), ev.SpeechSustained(1, 300), ev.SpeechEnded(1, 700, 95, 80, level_db, 60))
    talk.tell(ev.UtteranceTranscribed(1, "question 1", 90, 700))
    if taken:
        talk.take_turn()
    talk.start_reply(1)
    return talk


def holds(talk: Talk, event: ev.Event) -> bool:
    """Whether this has the reply held."""
    return any(isinstance(c, HoldPlayout) for c in talk.tell(event, heard=150).commands)


UNKNOWN = (-1, -1, -1, -1)


@pytest.mark.parametrize(("sound", "held"), [(PERSON, True), (COUGH, False), (FAR, False), (UNKNOWN, True)])
def test_the_reply_is_held_for_what_lasts_and_may_be_the_user(sound: tuple[int, int, int, int], held: bool) -> None:
    talk = replying()
    talk.tell(ev.SpeechStarted(2), heard=150)
    lasting = (
        ev.SpeechSustained(2, 160, *sound),
        ev.SpeechContinued(2, 479, *sound),
        ev.SpeechContinued(2, 480, *sound),
    )
    assert [holds(talk, event) for event in lasting] == [False, False, held]


def test_a_cough_that_turns_into_speech_holds_then_and_once() -> None:
    talk = replying()
    talk.tell(ev.SpeechStarted(2), heard=150)
    sounds = (ev.SpeechSustained(2, 480, *COUGH), ev.SpeechContinued(2, 520, *PERSON), ev.SpeechContinued(2, 560))
    assert [holds(talk, sound) for sound in sounds] == [False, True, False]


AT_640 = ev.SpeechContinued(2, 639, *PERSON)
AT_800 = ev.SpeechContinued(2, 800, *PERSON)


@pytest.mark.parametrize(
    ("text", "next_event", "held"),
    [
        ("", AT_640, False),
        ("", ev.SpeechContinued(2, 799, *PERSON), False),
        ("", AT_800, False),  # laughter, perhaps
        ("of", AT_800, False),
        ("yeah", AT_800, False),
        ("not now mum", AT_800, False),
    ],
)
def test_what_the_words_so_far_have_to_do_with_it(text: str, next_event: ev.Event, held: bool) -> None:
    talk = replying()
    talk.tell(ev.SpeechStarted(2), ev.SpeechSustained(2, 160, *PERSON), heard=150)
    talk.tell(ev.UtteranceAssessed(2, text, -1, 160, False), heard=150)
    assert holds(talk, next_event) is held


def test_a_reply_held_for_a_backchannel_goes_on_turned_down() -> None:
    talk = replying()
    talk.tell(ev.SpeechStarted(2), ev.SpeechSustained(2, 160, *PERSON), heard=150)
    assert holds(talk, ev.SpeechContinued(2, 480, *PERSON))
    step = talk.tell(ev.UtteranceAssessed(2, "yeah", -1, 160, False), heard=150)
    assert step.commands == (ResumePlayout(1), DuckPlayout(1))
    assert (step.verdict, step.reason) == ("undecided", "backchannel")


def test_words_that_are_not_believed_yet_hold() -> None:
    talk = replying()
    talk.tell(ev.SpeechStarted(2), ev.SpeechSustained(2, 160, *PERSON), heard=150)
    talk.tell(ev.UtteranceAssessed(2, "", -1, 160, False), heard=150)
    assert not holds(talk, ev.SpeechContinued(2, 480, *PERSON))
    assert holds(talk, ev.UtteranceAssessed(2, "mumble", 5, 480, False))


def test_going_on_after_a_pause_holds_where_it_has_lasted() -> None:
    talk = replying()
    talk.tell(ev.SpeechStarted(2), ev.SpeechSustained(2, 160, *PERSON), heard=150)
    assert not holds(talk, ev.SpeechPaused(2, 600, 200, *PERSON))
    assert holds(talk, ev.SpeechResumed(2))


def test_a_cough_is_dismissed_with_what_it_sounded_like() -> None:
    talk = replying()
    talk.tell(
        ev.SpeechStarted(2), ev.SpeechSustained(2, 160, *COUGH), ev.SpeechPaused(2, 900, 200, *COUGH), heard=150
    )
    step = talk.tell(talk.deadline("candidate"), heard=150)
    assert (step.verdict, step.reason) == ("dismiss", "unlike_voice")
    assert step.evidence is not None
    assert (step.evidence.voice.steady_pct, step.evidence.voice.tonal_pct) == COUGH[:2]
    assert any(isinstance(c, ResumePlayout) for c in step.commands)


def test_a_television_is_let_go_on_without_a_pause_in_it() -> None:
    talk = replying()
    talk.tell(ev.SpeechStarted(2), ev.SpeechSustained(2, 480, *FAR), heard=150)
    step = talk.tell(ev.UtteranceAssessed(2, "good evening", -1, 480, False), heard=150)
    assert (step.verdict, step.reason) == ("dismiss", "far_talker")
    assert talk.tell(ev.SpeechContinued(2, 5000, *FAR), heard=150).outcome == "declined"


def test_the_users_level_is_learned_from_turns_and_told() -> None:
    talk = Talk()
    told = []
    for utterance, level_db in enumerate((70, 78, -1, 61), 1):
        talk.tell(ev.SpeechStarted(utterance), ev.SpeechSustained(utterance, 300))
        talk.tell(ev.SpeechEnded(utterance, 700, 95, 80, level_db, 60))
        assert talk.tell(ev.UtteranceTranscribed(utterance, "so what", 90, 700)).usual_level_db is None
        told.append(talk.take_turn().usual_level_db)
        talk.tell(ev.StopRequested())
    assert told == [70, 72, None, 69]
    assert talk.dialogue.memory.usual_level_db == 69


def test_words_that_are_no_turn_teach_nothing() -> None:
    talk = Talk()
    talk.tell(ev.SpeechStarted(1), ev.SpeechSustained(1, 300), ev.SpeechEnded(1, 700, 95, 80, 50, 60))
    talk.tell(ev.UtteranceTranscribed(1, "", -1, 700))
    assert talk.dialogue.memory.usual_level_db == -1


def test_a_barge_in_teaches_its_level_too() -> None:
    talk = replying(level_db=70)
    talk.tell(ev.SpeechStarted(2), ev.SpeechSustained(2, 160, 95, 80, 74, 60), heard=150)
    talk.tell(ev.SpeechPaused(2, 300, 200, 95, 80, 74, 60), ev.SpeechEnded(2, 300, 95, 80, 74, 60), heard=150)
    talk.tell(ev.UtteranceAssessed(2, "so what", -1, 300, True), heard=150)
    talk.tell(ev.UtteranceTranscribed(2, "so what", -1, 300))
    assert talk.take_turn().usual_level_db == 71


def test_a_clear_voice_cuts_in_at_once_and_its_evidence_is_told() -> None:
    talk = replying()
    talk.tell(ev.SpeechStarted(2), ev.SpeechSustained(2, 160, *PERSON), heard=150)
    step = talk.tell(ev.SpeechContinued(2, 640, *PERSON), heard=150)
    assert (step.dest, step.verdict, step.reason) == (State.INTERRUPTED, "interrupt", "clear_voice")
    assert step.evidence is not None
    assert step.evidence.voice.voiced_ms == 640
    assert step.evidence.usual_level_db == 70


def test_a_clear_voice_over_two_utterances_is_one_claim() -> None:
    talk = replying()
    talk.tell(ev.SpeechStarted(2), ev.SpeechSustained(2, 480, *PERSON), ev.SpeechEnded(2, 480, *PERSON), heard=150)
    talk.tell(ev.SpeechStarted(3), heard=150)
    step = talk.tell(ev.SpeechSustained(3, 160, *PERSON), heard=150)
    assert (step.dest, step.reason) == (State.INTERRUPTED, "clear_voice")
    assert talk.dialogue.memory.utterance is not None
    assert talk.dialogue.memory.utterance.since == 2


def backed(talk: Talk, utterance: int) -> None:
    """The user says "mm-hm" into the reply."""
    talk.tell(ev.SpeechStarted(utterance), ev.SpeechSustained(utterance, 160), heard=150)
    talk.tell(ev.SpeechPaused(utterance, 300), heard=150)
    step = talk.tell(ev.UtteranceAssessed(utterance, "mm-hm", -1, 300, True), heard=150)
    assert (step.verdict, step.reason) == ("dismiss", "backchannel")
    talk.tell(ev.SpeechEnded(utterance, 300), heard=150)


def asked_of_the_model(talk: Talk, utterance: int) -> GenerateReply:
    """What the model is asked after the reply is over and the user has said more."""
    talk.tell(ev.StopRequested(), heard=150)
    spoken = (ev.SpeechStarted(utterance), ev.SpeechSustained(utterance, 300), ev.SpeechEnded(utterance, 700))
    step = talk.tell(*spoken, ev.UtteranceTranscribed(utterance, f"question {utterance}", 90, 700))
    talk.take_turn()
    return next(c for c in step.commands if isinstance(c, GenerateReply))


@pytest.mark.parametrize(("note", "told"), [("", "question 4"), (NOTE, f"question 4 {NOTE}")])
def test_backchannels_are_remembered_and_told_once_where_a_note_is_set(note: str, told: str) -> None:
    talk = replying(DialogueSettings(backchannel_note=note))
    backed(talk, 2)
    backed(talk, 3)
    asked = asked_of_the_model(talk, 4)
    assert (asked.backchannels, asked.messages[-1].text) == (2, told)
    assert all("mm-hm" not in message.text for message in talk.dialogue.history.messages)
    talk.start_reply(2)
    again = asked_of_the_model(talk, 5)
    assert (again.backchannels, again.messages[-1].text) == (0, "question 5")


def test_backchannels_of_an_earlier_turn_are_not_counted_again() -> None:
    talk = replying(DialogueSettings(backchannel_note=NOTE))
    backed(talk, 2)
    asked_of_the_model(talk, 3)
    talk.start_reply(2)
    backed(talk, 4)
    assert asked_of_the_model(talk, 5).backchannels == 1


def test_without_a_backchannel_there_is_no_note() -> None:
    talk = replying(DialogueSettings(backchannel_note=NOTE))
    assert asked_of_the_model(talk, 2).messages[-1].text == "question 2"


@pytest.mark.parametrize("prepare", [True, False])
def test_the_note_is_told_again_where_the_user_goes_on_with_the_turn(prepare: bool) -> None:
    talk = replying(DialogueSettings(backchannel_note=NOTE, prepare=prepare), taken=prepare)
    backed(talk, 2)
    talk.tell(ev.StopRequested(), heard=150)
    talk.tell(ev.SpeechStarted(3), ev.SpeechSustained(3, 300), ev.SpeechPaused(3, 700, 200))
    if prepare:
        talk.tell(ev.UtteranceTranscribed(3, "I want to", 90, 700))
    talk.tell(ev.SpeechResumed(3, 300), ev.SpeechContinued(3, 1000), ev.SpeechEnded(3, 1000))
    step = talk.tell(ev.UtteranceTranscribed(3, "I want to know", 90, 1000))
    asked = next(c for c in step.commands if isinstance(c, GenerateReply))
    assert (asked.backchannels, asked.messages[-1].text) == (1, f"I want to know {NOTE}")


@pytest.mark.parametrize(("assumed_level_db", "far"), [(0, False), (69, False), (70, True)])
def test_before_the_first_turn_a_level_may_be_assumed(assumed_level_db: int, far: bool) -> None:
    talk = replying(DialogueSettings(assumed_level_db=assumed_level_db), level_db=-1)
    talk.tell(ev.SpeechStarted(2), ev.SpeechSustained(2, 480, *FAR), heard=150)
    step = talk.tell(ev.UtteranceAssessed(2, "good evening", -1, 480, False), heard=150)
    assert step.reason == ("far_talker" if far else "words")
