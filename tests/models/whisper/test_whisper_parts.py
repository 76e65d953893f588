"""What stands behind both adapters: errands, the calibration, and the filter of hallucinations."""

import threading
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.hallucination import CREDITS, EVERYDAY, doubt
from models.ports import Transcript
from models.whisper_confidence import Calibration, calibrated, confidence_pct
from models.whisper_errands import Errands, Flag
from states.errors import BackendError

Evidence = tuple[str, float | None, float | None, int, int]
"""Text, mean log-probability, probability of no speech, voiced and all milliseconds."""

STANDS: list[Evidence] = [
    ("Thank you.", -0.2, 0.05, 450, 1500),
    ("Thank you.", -0.45, 0.4, 450, 1500),
    ("Thank you very much.", -0.3, 0.1, 800, 1800),
    ("Thanks for watching!", -0.15, 0.02, 900, 1900),
    ("you", -0.4, 0.2, 200, 1300),
    ("Yes.", -0.6, 0.5, 200, 1300),
    ("Stop.", -0.9, 0.2, 160, 900),
    ("What is the weather like tomorrow in London?", -0.3, 0.7, 2200, 3300),
    ("stop stop stop stop stop stop stop stop", -0.2, 0.02, 3200, 4300),
    ("no no no no no no no no no no", -0.3, 0.1, 2500, 3600),
    ("The [old] man (he was very old) went home", -0.3, 0.05, 2500, 3500),
    ("1984", -0.2, 0.05, 900, 1900),
    ("Thank you.", None, None, 450, 1500),
    ("", None, None, 0, 0),
    ("  ", -3.0, 0.99, 0, 1000),
]

DOUBTED: list[tuple[Evidence, str]] = [
    (("Thank you for watching!", -0.35, 0.85, 1800, 2500), "hallucination_phrase"),
    (("Thank you for watching!", -0.35, 0.45, 1800, 2500), "hallucination_phrase"),
    (("Thanks for watching. Thank you. Bye.", -0.6, 0.2, 2500, 3000), "hallucination_phrase"),
    (("Thank you for watching!", -0.3, 0.1, 4000, 5000), "hallucination_phrase"),
    (("Subtitles by the Amara.org community", -0.55, 0.1, 2500, 3000), "hallucination_phrase"),
    (("Thank you.", -0.3, 0.7, 450, 1500), "hallucination_phrase"),
    (("Thank you.", -0.7, 0.4, 450, 1500), "hallucination_phrase"),
    (("you", -0.7, 0.2, 64, 1300), "hallucination_phrase"),
    (("Thanks for watching!", None, None, 60, 1300), "too_fast"),
    (("Thank you.", -0.7, 0.8, 1500, 2500), "no_speech"),
    (("And so we went home again.", -0.4, 0.97, 64, 2500), "no_speech"),
    (("Can you check the order?", -1.2, 0.9, 1500, 2500), "no_speech"),
    (("Colourless green ideas", -1.2, 0.1, 1500, 2500), "low_logprob"),
    (("What is the weather like tomorrow in London and in Paris", -0.3, 0.1, 400, 1500), "too_fast"),
    (("Thank you, Mr. President. " * 12, -0.1, 0.1, 12_000, 13_000), "repetition"),
    (("na na na na na na na na na na na na na na na", -0.7, 0.1, 3000, 4000), "repetition"),
    (("[BLANK_AUDIO]", -0.1, None, 2000, 2500), "annotation"),
    (("(wind blowing) ♪♪", -0.1, None, 2000, 2500), "annotation"),
    (("♪ la la la", -0.1, None, 2000, 2500), "annotation"),
    (("...", -0.1, 0.1, 300, 900), "annotation"),
]


def transcript(text: str, avg_logprob: float | None, no_speech_prob: float | None) -> Transcript:
    data = text.encode()
    ratio = len(data) / len(zlib.compress(data)) if data else 1.0
    known = avg_logprob is not None
    return Transcript(text, 50, (), avg_logprob, no_speech_prob, ratio if known else None)


@pytest.mark.parametrize("evidence", STANDS, ids=lambda e: f"{e[0][:20]} {e[1]} {e[2]}")
def test_what_stands(evidence: Evidence) -> None:
    text, logprob, no_speech, voiced_ms, audio_ms = evidence
    assert doubt(transcript(text, logprob, no_speech), voiced_ms=voiced_ms, audio_ms=audio_ms) == ""


@pytest.mark.parametrize(("evidence", "reason"), DOUBTED, ids=[f"{e[0][:20]} {why}" for e, why in DOUBTED])
def test_what_is_doubted(evidence: Evidence, reason: str) -> None:
    text, logprob, no_speech, voiced_ms, audio_ms = evidence
    assert doubt(transcript(text, logprob, no_speech), voiced_ms=voiced_ms, audio_ms=audio_ms) == reason


PHRASES = st.sampled_from([" ".join(phrase) for phrase in CREDITS + EVERYDAY])


@given(
    text=st.one_of(st.text(max_size=80), PHRASES, st.lists(PHRASES, max_size=4).map(" ".join)),
    logprob=st.floats(-3, 0),
    no_speech=st.floats(0, 1),
    voiced_ms=st.integers(-5, 40_000),
    audio_ms=st.integers(0, 40_000),
)
def test_better_evidence_never_brings_doubt(
    text: str, logprob: float, no_speech: float, voiced_ms: int, audio_ms: int
) -> None:
    first = doubt(transcript(text, logprob, no_speech), voiced_ms=voiced_ms, audio_ms=audio_ms)
    better = doubt(transcript(text, logprob / 2, no_speech / 2), voiced_ms=voiced_ms, audio_ms=audio_ms)
    assert not (better and not first)


@given(text=PHRASES)
def test_a_surely_spoken_phrase_stands(text: str) -> None:
    letters = len(text.replace(" ", ""))
    found = transcript(text, -0.1, 0.01)
    assert doubt(found, voiced_ms=70 * letters, audio_ms=70 * letters + 1000) == ""


def test_brackets_cost_no_time() -> None:
    assert doubt(Transcript("[a] " * 4000 + "♪" * 4000 + "(" * 4000), voiced_ms=1000, audio_ms=1000)


def test_confidence_is_the_mean_probability_of_the_tokens() -> None:
    assert [confidence_pct(value) for value in (0.0, -0.105, -0.6931, -1.0, -20.0, 0.1)] == [100, 90, 50, 37, 0, 100]
    assert confidence_pct(-700.0, Calibration(5.0, 1.0)) == 0


def test_calibration_finds_the_curve_again() -> None:
    truth = Calibration(6.0, 4.0)
    pairs: list[tuple[float, bool]] = []
    for k in range(40):
        score = -1.6 + k * 0.04
        right = confidence_pct(score, truth)
        pairs += [(score, True)] * right + [(score, False)] * (100 - right)
    found = calibrated(pairs)
    assert found.slope == pytest.approx(truth.slope, rel=0.05)
    assert found.offset == pytest.approx(truth.offset, rel=0.05)
    apart = calibrated([(-0.1, True)] * 5 + [(-1.5, False)] * 5)
    assert confidence_pct(-0.1, apart) > 80 > 20 > confidence_pct(-1.5, apart)
    with pytest.raises(ValueError):
        calibrated([(-0.1, True)])


@given(st.lists(st.tuples(st.floats(-5, 0), st.booleans()), min_size=2, max_size=60))
def test_calibration_never_breaks(pairs: list[tuple[float, bool]]) -> None:
    if len({good for _, good in pairs}) == 2:
        found = calibrated(pairs)
        assert all(0 <= confidence_pct(score, found) <= 100 for score, _ in pairs)


def test_an_errand_tells_all_that_it_finds_and_then_ends() -> None:
    def work(report: Callable[[Transcript], None], _: Flag) -> None:
        report(Transcript("a"))
        report(Transcript("a b"))

    errands = Errands("test", side_by_side=1, poll_ms=0)
    assert [found.text for found in errands.run(work)] == ["a", "a b"]
    assert [found.text for found in errands.run(lambda _report, _flag: None)] == []
    errands.close()
    errands.close()
    with pytest.raises(BackendError):
        list(errands.run(work))


def test_a_waiting_errand_repeats_the_last_and_a_closed_one_raises_its_flag() -> None:
    go, seen, done = threading.Event(), [], threading.Event()

    def work(report: Callable[[Transcript], None], flag: Flag) -> None:
        report(Transcript("so far"))
        assert go.wait(20)
        seen.append(flag.raised)
        done.set()

    errands = Errands("test", side_by_side=1, poll_ms=1)
    stream = errands.run(work)
    texts = {next(stream).text for _ in range(50)}
    assert "so far" in texts
    assert texts <= {"", "so far"}
    queued = errands.run(lambda _report, _flag: seen.append("never"))  # type: ignore[func-returns-value]
    assert next(queued) == Transcript("")
    queued.close()  # type: ignore[attr-defined]
    stream.close()  # type: ignore[attr-defined]
    go.set()
    assert done.wait(20)
    errands._pool.shutdown(wait=True)
    assert seen == [True], "work that was given up before it began never begins"


def test_what_an_errand_raises_reaches_the_waiting_thread() -> None:
    def work(_: Callable[[Transcript], None], __: Flag) -> None:
        raise BackendError("no")

    errands = Errands("test", side_by_side=1, poll_ms=1)
    with pytest.raises(BackendError, match="no"):
        list(errands.run(work))
    errands.close()
