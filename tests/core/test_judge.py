"""The verdict on speech, as a table of what people say."""

from dataclasses import replace

import pytest

from states.events import UtteranceTranscribed
from states.judge import (
    Evidence,
    Verdict,
    Voice,
    is_stop_command,
    is_worth_a_hold,
    judge_in_default,
    judge_voice,
    judge_words,
    rejection,
)
from states.phrases import LONGEST, tokens
from states.settings import DialogueSettings

SETTINGS = DialogueSettings()
TAKE, HOLD, WAIT = Verdict.INTERRUPT, Verdict.DISMISS, Verdict.UNDECIDED


def said(
    text: str, voiced_ms: int = 400, *, silent: bool = False, confidence_pct: int = -1, doubt: str = ""
) -> Evidence:
    """These words were understood, of speech that was not measured otherwise."""
    voice = Voice(voiced_ms)
    return Evidence(voice, silent=silent, text=text, confidence_pct=confidence_pct, doubt=doubt, voiced_ms=voiced_ms)


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
    ("Not now, mum!", -1, 700, WAIT, HOLD, "to_somebody_else"),
    ("yeah, mum, I'm coming", -1, 900, WAIT, HOLD, "to_somebody_else"),
    ("hang on, I'm on the phone", -1, 900, WAIT, HOLD, "to_somebody_else"),
    ("what can I give my mum for her birthday", -1, 1500, TAKE, TAKE, "words"),
    ("call mum", -1, 500, TAKE, TAKE, "words"),
    ("wait, mum is here", -1, 900, TAKE, TAKE, "stop_phrase"),
    ("hang on, I meant Tuesday", -1, 900, TAKE, TAKE, "words"),
]

# What a word more may turn into a phrase that asks for nothing waits for that word, or for a pause.
UNFINISHED = ["of", "makes", "not now", "I'm on", "hang on", "just a", "one second", "go"]


@pytest.mark.parametrize(("text", "confidence_pct", "voiced_ms", "going_on", "in_pause", "reason"), DURING_A_REPLY)
def test_speech_during_a_reply(
    text: str, confidence_pct: int, voiced_ms: int, going_on: Verdict, in_pause: Verdict, reason: str
) -> None:
    for silent, verdict in ((False, going_on), (True, in_pause)):
        found = judge_words(said(text, voiced_ms, silent=silent, confidence_pct=confidence_pct), SETTINGS)
        assert (found.verdict, found.reason) == (verdict, reason)


@pytest.mark.parametrize("text", UNFINISHED)
def test_words_that_may_become_a_phrase_wait_for_the_next_one(text: str) -> None:
    going_on, in_pause = (judge_words(said(text, silent=silent), SETTINGS) for silent in (False, True))
    assert (going_on.verdict, going_on.reason) == (WAIT, "unfinished_phrase")
    assert (in_pause.verdict, in_pause.reason) == (TAKE, "words")


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
    for silent, verdict in ((False, going_on), (True, in_pause)):
        evidence = said(text, silent=silent, confidence_pct=90, doubt="hallucination_phrase")
        found = judge_words(evidence, SETTINGS)
        assert (found.verdict, found.reason) == (verdict, reason)


def test_doubted_words_are_no_turn() -> None:
    heard = UtteranceTranscribed(1, "thanks for watching", 90, 400, "no_speech")
    assert rejection(heard, SETTINGS, overlapped=False) == "no_speech"


# This user's level, the level of the speech -> whether it is somebody farther away.
LEVELS = [(70, 62, False), (70, 61, True), (70, 90, False), (-1, 10, False), (70, -1, False)]


def test_in_a_pause_nothing_is_worth_a_hold() -> None:
    assert is_worth_a_hold(Evidence(Voice(900)), SETTINGS)
    assert not is_worth_a_hold(Evidence(Voice(900), silent=True), SETTINGS)


@pytest.mark.parametrize(("usual_level_db", "level_db", "far"), LEVELS)
def test_somebody_far_away_takes_no_floor_but_may_say_stop(usual_level_db: int, level_db: int, far: bool) -> None:
    def judged(text: str) -> tuple[Verdict, str]:
        voice = Voice(900, 95, 80, level_db)
        found = judge_words(Evidence(voice, usual_level_db=usual_level_db, text=text, voiced_ms=900), SETTINGS)
        return found.verdict, found.reason

    assert judged("the river rose again") == ((HOLD, "far_talker") if far else (TAKE, "words"))
    assert judged("stop") == (TAKE, "stop_phrase")
    assert judged("") == (WAIT, "no_words")
    in_default = judge_in_default(
        Evidence(Voice(900, 95, 80, level_db), usual_level_db=usual_level_db), SETTINGS, "unverified"
    )
    assert (in_default.verdict, in_default.reason) == ((HOLD, "far_talker") if far else (TAKE, "voice_alone"))


@pytest.mark.parametrize(
    ("evidence", "verdict"),
    [
        (Evidence(Voice(1599), voiced_ms=1599), WAIT),
        (Evidence(Voice(1600), voiced_ms=1600), TAKE),
        (Evidence(Voice(1600, 88, 30), voiced_ms=1600), TAKE),
        (Evidence(Voice(1600, 87, 90), voiced_ms=1600), WAIT),
        (Evidence(Voice(1600), voiced_ms=1600, suspicious=True), WAIT),
        (Evidence(Voice(1600), voiced_ms=1600, silent=True), HOLD),
        (Evidence(Voice(1600, 90, 90, 61), voiced_ms=1600, usual_level_db=70), WAIT),
    ],
)
def test_speech_that_goes_on_without_a_word(evidence: Evidence, verdict: Verdict) -> None:
    found = judge_words(evidence, SETTINGS)
    assert (found.verdict, found.reason) == (verdict, "voice_alone" if verdict is TAKE else "no_words")


@pytest.mark.parametrize(
    ("voiced_ms", "silent", "verdict"), [(479, False, WAIT), (480, False, HOLD), (200, True, HOLD)]
)
def test_a_soft_first_syllable_is_not_yet_somebody_far_away(voiced_ms: int, silent: bool, verdict: Verdict) -> None:
    far = Evidence(
        Voice(voiced_ms, 90, 90, 50), usual_level_db=70, silent=silent, text="so what", voiced_ms=voiced_ms
    )
    found = judge_words(far, SETTINGS)
    assert (found.verdict, found.reason) == (verdict, "far_talker")


CLEAR = Evidence(Voice(640, 88, 30, 70), usual_level_db=70)

# What is different from the least of clear voices -> whether the floor is taken before the words are known.
CLEAR_VOICES = [
    (CLEAR, True),
    (replace(CLEAR, voice=replace(CLEAR.voice, voiced_ms=639)), False),
    (replace(CLEAR, voice=replace(CLEAR.voice, steady_pct=87)), False),
    (replace(CLEAR, voice=replace(CLEAR.voice, tonal_pct=29)), False),
    (replace(CLEAR, voice=replace(CLEAR.voice, level_db=61)), False),
    (replace(CLEAR, voice=Voice(5000)), False),  # never measured
    (replace(CLEAR, silent=True), False),
    (replace(CLEAR, suspicious=True), False),
    (replace(CLEAR, so_far="too_short"), True),
    (replace(CLEAR, so_far="low_confidence"), True),
    (replace(CLEAR, so_far="no_words"), False),
    (replace(CLEAR, so_far="backchannel"), False),
    (replace(CLEAR, so_far="own_words"), False),
    (replace(CLEAR, so_far="to_somebody_else"), False),
    (replace(CLEAR, so_far="unfinished_phrase"), False),
    (replace(CLEAR, so_far="hallucination_phrase"), False),
]


@pytest.mark.parametrize(("evidence", "takes"), CLEAR_VOICES)
def test_a_clear_voice_waits_for_no_words(evidence: Evidence, takes: bool) -> None:
    found = judge_voice(evidence, SETTINGS)
    assert found.verdict is (TAKE if takes else WAIT)
    assert found.reason == ("clear_voice" if takes else evidence.so_far or "words_awaited")


@pytest.mark.parametrize(
    ("voice", "verdict", "reason"),
    [
        (Voice(799), HOLD, "unverified"),
        (Voice(800), TAKE, "voice_alone"),
        (Voice(800, 80, 0), TAKE, "voice_alone"),  # a whisper is toneless, and steady
        (Voice(800, 79, 20), TAKE, "voice_alone"),  # a person in noise is unsteady, and tonal
        (Voice(5000, 79, 19), HOLD, "unlike_voice"),
    ],
)
def test_where_words_fail_the_voice_decides(voice: Voice, verdict: Verdict, reason: str) -> None:
    found = judge_in_default(Evidence(voice), SETTINGS, "unverified")
    assert (found.verdict, found.reason) == (verdict, reason)
    echo = judge_in_default(Evidence(voice, suspicious=True), SETTINGS, "unverified")
    assert (echo.verdict, echo.reason) == (HOLD, "unverified")


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
    ("not now, mum", -1, None, "to_somebody_else"),
    ("hang on, I'm on the phone", -1, None, "to_somebody_else"),
    ("stop, I'm on the phone", -1, None, None),
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
    lists = ("backchannels", "fillers", "stop_phrases", "openers", "asides")
    for phrases in (getattr(SETTINGS, name) for name in lists):
        assert all(1 <= len(tokens(phrase)) <= LONGEST for phrase in phrases)


@pytest.mark.parametrize("phrase", SETTINGS.backchannels + SETTINGS.fillers)
def test_every_backchannel_and_filler_holds_the_floor(phrase: str) -> None:
    assert judge_words(said(phrase, silent=True), SETTINGS).verdict is HOLD


@pytest.mark.parametrize("phrase", SETTINGS.stop_phrases)
def test_every_stop_phrase_takes_the_floor(phrase: str) -> None:
    assert judge_words(said(phrase, 50, confidence_pct=1), SETTINGS).verdict is TAKE
