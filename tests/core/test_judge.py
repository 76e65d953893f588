"""The verdict on speech, as a table of what people say."""

import pytest

from states.events import UtteranceAssessed, UtteranceTranscribed
from states.judge import Verdict, is_stop_command, judge, judge_by_voice, rejection, tokens
from states.settings import DialogueSettings

SETTINGS = DialogueSettings()
TAKE, HOLD, WAIT = Verdict.INTERRUPT, Verdict.DISMISS, Verdict.UNDECIDED

# What was heard, confidence, voiced ms -> verdict while speech goes on, verdict in a pause, reason.
DURING_A_REPLY = [
    ("", -1, 400, WAIT, HOLD, "no_words"),
    ("...", -1, 400, WAIT, HOLD, "no_words"),
    ("tell me more", -1, 159, WAIT, HOLD, "too_short"),
    ("tell me more", -1, 160, TAKE, TAKE, "words"),
    ("tell me more", 39, 400, WAIT, HOLD, "low_confidence"),
    ("tell me more", 40, 400, TAKE, TAKE, "words"),
    ("tell me more", 0, 400, WAIT, HOLD, "low_confidence"),
    ("Mm-hm.", -1, 400, WAIT, HOLD, "backchannel"),
    ("Mm-hmm.", -1, 400, WAIT, HOLD, "backchannel"),
    ("mm hmm", -1, 400, WAIT, HOLD, "backchannel"),
    ("Uh-huh", -1, 400, WAIT, HOLD, "backchannel"),
    ("uh huh", -1, 400, WAIT, HOLD, "backchannel"),
    ("Yeah.", -1, 400, WAIT, HOLD, "backchannel"),
    ("Yeah, yeah, okay, right.", -1, 900, WAIT, HOLD, "backchannel"),
    ("umm", -1, 400, WAIT, HOLD, "backchannel"),
    ("Thank you.", -1, 400, WAIT, HOLD, "backchannel"),
    ("That makes sense", -1, 400, TAKE, TAKE, "words"),
    ("makes sense", -1, 400, WAIT, HOLD, "backchannel"),
    ("Oh, I see!", -1, 400, WAIT, HOLD, "backchannel"),
    ("I see a cat", -1, 400, TAKE, TAKE, "words"),
    ("of course", -1, 400, WAIT, HOLD, "backchannel"),
    ("of all things", -1, 400, TAKE, TAKE, "words"),
    ("Yeah, but why?", -1, 400, TAKE, TAKE, "words"),
    ("yes yes I know, and then?", -1, 900, TAKE, TAKE, "words"),
    ("thank you, and now something else", -1, 900, TAKE, TAKE, "words"),
    ("No", -1, 400, TAKE, TAKE, "words"),
    ("Stop!", -1, 200, TAKE, TAKE, "stop_phrase"),
    ("stop", 5, 400, TAKE, TAKE, "stop_phrase"),
    ("stop", -1, 100, TAKE, TAKE, "stop_phrase"),
    ("umm okay stop", -1, 400, TAKE, TAKE, "stop_phrase"),
    ("hold on a second", -1, 400, TAKE, TAKE, "stop_phrase"),
    ("That’s enough", -1, 400, TAKE, TAKE, "stop_phrase"),
    ("don't stop", -1, 400, TAKE, TAKE, "words"),
]


@pytest.mark.parametrize(("text", "confidence_pct", "voiced_ms", "going_on", "in_pause", "reason"), DURING_A_REPLY)
def test_speech_during_a_reply(
    text: str, confidence_pct: int, voiced_ms: int, going_on: Verdict, in_pause: Verdict, reason: str
) -> None:
    for ended, verdict in ((False, going_on), (True, in_pause)):
        found = judge(UtteranceAssessed(1, text, confidence_pct, voiced_ms, ended), SETTINGS)
        assert (found.verdict, found.reason) == (verdict, reason)


@pytest.mark.parametrize(
    ("text", "going_on", "in_pause", "reason"),
    [
        ("thanks for watching", WAIT, HOLD, "hallucination_phrase"),
        ("stop", TAKE, TAKE, "stop_phrase"),
        ("", WAIT, HOLD, "no_words"),
    ],
)
def test_doubted_words_do_not_interrupt_unless_they_are_a_stop_phrase(
    text: str, going_on: Verdict, in_pause: Verdict, reason: str
) -> None:
    for ended, verdict in ((False, going_on), (True, in_pause)):
        found = judge(UtteranceAssessed(1, text, 90, 400, ended, "hallucination_phrase"), SETTINGS)
        assert (found.verdict, found.reason) == (verdict, reason)


def test_doubted_words_are_no_turn() -> None:
    heard = UtteranceTranscribed(1, "thanks for watching", 90, 400, "no_speech")
    assert rejection(heard, SETTINGS, overlapped=False) == "no_speech"


@pytest.mark.parametrize(("voiced_ms", "verdict", "reason"), [(799, HOLD, "unverified"), (800, TAKE, "voice_alone")])
def test_voice_alone_decides_by_its_length(voiced_ms: int, verdict: Verdict, reason: str) -> None:
    found = judge_by_voice(voiced_ms, SETTINGS, otherwise="unverified")
    assert (found.verdict, found.reason) == (verdict, reason)


# What was said, confidence -> why it is no turn: begun in silence, begun while a reply was playing.
TURNS = [
    ("", -1, "no_words", "no_words"),
    (" ?! ", -1, "no_words", "no_words"),
    ("what time is it", -1, None, None),
    ("what time is it", 39, "low_confidence", "low_confidence"),
    ("what time is it", 40, None, None),
    ("yeah", -1, None, "backchannel"),
    ("umm, okay", -1, None, "backchannel"),
    ("yeah, but why", -1, None, None),
    ("stop", -1, None, None),
]


@pytest.mark.parametrize(("text", "confidence_pct", "in_silence", "overlapped"), TURNS)
def test_words_that_are_a_turn(
    text: str, confidence_pct: int, in_silence: str | None, overlapped: str | None
) -> None:
    heard = UtteranceTranscribed(1, text, confidence_pct, 700)
    assert rejection(heard, SETTINGS, overlapped=False) == in_silence
    assert rejection(heard, SETTINGS, overlapped=True) == overlapped


STOP_COMMANDS = [
    ("Stop.", True),
    ("okay, stop it!", True),
    ("wait, wait", True),
    ("umm okay stop, thank you", True),
    ("Be quiet", True),
    ("stop the music", False),
    ("wait a minute", False),
    ("wait a moment", True),
    ("okay", False),
    ("", False),
    ("don't stop", False),
]


@pytest.mark.parametrize(("text", "is_one"), STOP_COMMANDS)
def test_words_that_only_ask_for_silence(text: str, is_one: bool) -> None:
    assert is_stop_command(text, SETTINGS) is is_one


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Mm-hm, I'm", ("mmhm", "i'm")),
        ("That’s it", ("that's", "it")),
        ("'quoted' _words_", ("quoted", "words")),
        ("ÄRGER? été 한국어", ("ärger", "été", "한국어")),
        (" \t\n", ()),
        ("?! -- …", ()),
    ],
)
def test_words_of_a_text(text: str, words: tuple[str, ...]) -> None:
    assert tokens(text) == words


def test_every_phrase_of_the_settings_is_short_enough_to_be_found() -> None:
    for phrases in (SETTINGS.backchannels, SETTINGS.fillers, SETTINGS.stop_phrases):
        assert all(1 <= len(tokens(phrase)) <= 4 for phrase in phrases)


@pytest.mark.parametrize("phrase", SETTINGS.backchannels + SETTINGS.fillers)
def test_every_backchannel_and_filler_holds_the_floor(phrase: str) -> None:
    assert judge(UtteranceAssessed(1, phrase, -1, 400, True), SETTINGS).verdict is HOLD


@pytest.mark.parametrize("phrase", SETTINGS.stop_phrases)
def test_every_stop_phrase_takes_the_floor(phrase: str) -> None:
    assert judge(UtteranceAssessed(1, phrase, 1, 50, False), SETTINGS).verdict is TAKE
