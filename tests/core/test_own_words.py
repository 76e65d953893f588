"""Our own words, heard back: they take no floor and are no turn, and time and again they raise a suspicion."""

import pytest

from states import commands as do
from states import events as ev
from states.own_words import own_share_pct
from states.settings import DialogueSettings
from states.state import State
from states.step import Step
from tests.core.talk import Talk

TEXT = "one two three four five six seven eight nine ten"
WORDS = TEXT.split()
WORD = 100
"""Samples of each word."""


def counting(reply: int = 1, settings: DialogueSettings | None = None, talk: Talk | None = None) -> Talk:
    """A reply of ten words is being spoken."""
    talk = talk or Talk(settings)
    talk.ask(reply)
    count(talk, reply)
    return talk


def count(talk: Talk, reply: int) -> None:
    spans = []
    at = 0
    for n, word in enumerate(WORDS):
        spans.append((at, at + len(word), n * WORD, (n + 1) * WORD))
        at += len(word) + 1
    sound = ev.ChunkSynthesized(reply, 0, 0, len(WORDS) * WORD, tuple(spans), True, False)
    talk.tell(ev.ClauseGenerated(reply, 0, TEXT), ev.ReplyGenerated(reply, 1), sound, ev.PlayoutStarted(reply))


def cut_in(talk: Talk, words: str, *, onset: int, heard: int, ended: bool = True, voiced_ms: int = 500) -> Step:
    """Speech begins at one place of the reply and is judged at another."""
    at = talk.dialogue.memory.last_utterance + 1
    talk.tell(ev.SpeechStarted(at), heard=onset)
    talk.tell(ev.SpeechSustained(at, 200), heard=heard)
    if ended:
        talk.tell(ev.SpeechPaused(at, voiced_ms), heard=heard)
    return talk.tell(ev.UtteranceAssessed(at, words, 90, voiced_ms, ended), heard=heard)


@pytest.mark.parametrize(
    ("words", "own", "share_pct"),
    [("", TEXT, 0), ("one two", "", 0), ("one two", TEXT, 100), ("two one", TEXT, 50), ("what two three", TEXT, 66)],
)
def test_the_share_of_own_words(words: str, own: str, share_pct: int) -> None:
    assert own_share_pct(tuple(words.split()), tuple(own.split())) == share_pct


@pytest.mark.parametrize("words", ["five six seven", "Six.", "four five", "three four five what"])
def test_the_words_just_played_do_not_interrupt(words: str) -> None:
    step = cut_in(counting(), words, onset=550, heard=720)
    assert (step.dest, step.verdict, step.reason) == (State.SPEAKING, "dismiss", "own_words")
    assert do.ResumePlayout(1) in step.commands


@pytest.mark.parametrize("words", ["one two", "nine ten", "why five", "five six no stop please", "ten"])
def test_other_words_and_words_of_other_places_do(words: str) -> None:
    step = cut_in(counting(), words, onset=750, heard=820)
    assert (step.dest, step.reason) == (State.INTERRUPTED, "words")


def test_the_test_can_be_turned_off() -> None:
    step = cut_in(counting(settings=DialogueSettings(own_words_pct=101)), "five six", onset=550, heard=620)
    assert (step.dest, step.reason) == (State.INTERRUPTED, "words")


def test_own_words_that_go_on_are_not_judged_by_their_length() -> None:
    talk = counting()
    step = cut_in(talk, "five six", onset=550, heard=620, ended=False)
    assert (step.verdict, step.reason) == ("undecided", "own_words")
    talk.tell(ev.SpeechContinued(2, 2000), heard=620)
    step = talk.tell(talk.deadline("candidate"), heard=620)
    assert (step.dest, step.verdict, step.reason) == (State.SPEAKING, "undecided", "own_words")
    step = talk.tell(talk.deadline("candidate"), heard=620)  # it has not gone on since
    assert (step.verdict, step.reason) == ("dismiss", "own_words")


def test_speech_that_outlives_the_reply_is_still_known_for_an_echo_of_it() -> None:
    talk = counting()
    talk.tell(ev.SpeechStarted(2), heard=900)
    step = talk.tell(ev.PlayoutDrained(1), heard=1000)
    assert step.dest is State.LISTENING
    step = talk.tell(ev.SpeechEnded(2, 600), ev.UtteranceTranscribed(2, "nine ten", 90, 600))
    assert (step.dest, step.reason, step.said) == (State.IDLE, "own_words", None)


def after_the_reply(words: str, *, late_ms: int, voiced_ms: int) -> Step:
    """Speech that begins so long after the end of the reply."""
    talk = counting()
    talk.tell(ev.PlayoutDrained(1), heard=1000)
    talk.now += late_ms * 1000
    return talk.tell(
        ev.SpeechStarted(2), ev.SpeechEnded(2, voiced_ms), ev.UtteranceTranscribed(2, words, 90, voiced_ms)
    )


def test_a_short_echo_just_after_the_end_is_no_turn() -> None:
    assert after_the_reply("nine ten", late_ms=200, voiced_ms=350).reason == "own_words"


@pytest.mark.parametrize(
    ("words", "late_ms", "voiced_ms"),
    [("yes", 200, 250), ("ten", 200, 250), ("nine ten", 500, 350), ("nine ten", 200, 700), ("no way", 200, 350)],
)
def test_a_quick_answer_just_after_the_end_is_one(words: str, late_ms: int, voiced_ms: int) -> None:
    step = after_the_reply(words, late_ms=late_ms, voiced_ms=voiced_ms)
    assert (step.dest, step.reason) == (State.THINKING, "words")


def test_own_words_twice_in_a_row_raise_a_suspicion_and_voice_alone_proves_nothing_any_more() -> None:
    talk = counting()
    assert cut_in(talk, "three four", onset=350, heard=420).reason == "own_words"
    step = cut_in(talk, "five six", onset=550, heard=620)
    assert (step.verdict, step.reason) == ("dismiss", "echo_suspected")
    assert talk.dialogue.memory.echo_suspected
    assert cut_in(talk, "what eight", onset=750, heard=820).reason == "own_words", "half of it is enough now"
    talk.tell(ev.SpeechStarted(5), ev.SpeechSustained(5, 900), ev.SpeechContinued(5, 3000), heard=820)
    step = talk.tell(talk.deadline("candidate"), heard=820)
    assert (step.dest, step.verdict, step.reason) == (State.SPEAKING, "dismiss", "unverified")


def test_a_turn_of_the_user_ends_the_suspicion() -> None:
    talk = counting()
    cut_in(talk, "three four", onset=350, heard=420)
    cut_in(talk, "five six", onset=550, heard=620)
    step = cut_in(talk, "please stop it now", onset=650, heard=720)
    assert step.dest is State.INTERRUPTED
    at = talk.dialogue.memory.last_utterance
    talk.tell(ev.SpeechEnded(at, 900), ev.UtteranceTranscribed(at, "please stop it now", 90, 900))
    talk.take_turn()
    assert not talk.dialogue.memory.echo_suspected
    count(talk, 2)
    assert cut_in(talk, "three four", onset=350, heard=420).reason == "own_words"
