"""Scores of trials whose outcome is known: who yields, who holds, what is void."""

import numpy as np
import pytest

from engine.score.classes import event_class
from engine.score.clip import Clip, LabelledWord
from engine.score.corpus import Corpus
from engine.score.floor import FloorScore, score_floor
from engine.score.making import Script
from engine.score.running import Rendered, Taken
from engine.score.trial import Conditions, Trial
from models.ports import MIC_HZ, Samples
from tests.score.made_outputs import SECOND, control, cut_at, held, turned_down

WORDS = "one two three four five six seven eight nine ten"
REPLY = control(10.0)
SPANS = tuple((k * SECOND, (k + 1) * SECOND) for k in range(10))
STORY = Script(WORDS, REPLY, SPANS)
QUIET = Clip("none", "stop", "nobody", "made", np.ones(SECOND, np.float32), 0, SECOND)
CORPUS = Corpus("dev", 0, (), STORY, Script("and so on", REPLY[:SECOND], ((0, SECOND),)), QUIET, "")
ONSET = 4 * SECOND


def trial(kind: str, *, take_over: int = -1) -> Trial:
    clip = Clip("made", kind, "nobody", "made", np.ones(SECOND, np.float32), 0, SECOND, take_over=take_over)
    return Trial("a", kind, clip, Conditions(), ONSET, 0, len(REPLY))


def scored(kind: str, out: Samples, *told: tuple[str, str], take_over: int = -1) -> FloorScore:
    return score_floor(trial(kind, take_over=take_over), Rendered(out, out, told), REPLY, CORPUS)


@pytest.mark.parametrize("after", [1, 960, 3200, 31_999])
def test_the_latency_of_a_cut_is_exact(after: int) -> None:
    score = scored("stop", cut_at(ONSET + after, REPLY))
    assert score.reacted_ms == score.silenced_ms == pytest.approx(after * 1000 / MIC_HZ, abs=0.01)
    assert score.right
    assert score.right_tau
    assert not score.kept


def test_an_engine_that_never_yields_is_wrong_where_it_must_and_right_where_it_must_not() -> None:
    assert not scored("stop", REPLY).right
    assert scored("stop", REPLY).silenced_ms is None
    held_on = scored("backchannel", REPLY)
    assert held_on.right
    assert held_on.right_tau
    assert held_on.turned_down_s == 0


def test_yielding_after_two_seconds_is_too_late() -> None:
    assert not scored("stop", cut_at(ONSET + 2 * SECOND + 16, REPLY)).right


def test_a_late_end_of_a_reply_that_must_go_on_counts_though_tau_voice_does_not_look() -> None:
    score = scored("cough", cut_at(ONSET + 2 * SECOND, REPLY))
    assert not score.right
    assert score.right_tau


def test_a_pause_is_a_stop_by_tau_voice_only() -> None:
    short, long = (scored("cough", held(ONSET + 1600, ms * 16, REPLY)) for ms in (190, 210))
    assert short.right
    assert short.right_tau
    assert long.right
    assert not long.right_tau
    assert long.pauses == 1
    assert long.lost == long.repeated == 0
    assert long.turned_down_s == pytest.approx(0.21)


def test_resuming_is_counted_from_the_end_of_the_event() -> None:
    score = scored("cough", held(ONSET + 1600, SECOND, REPLY))
    assert score.resumed_ms == pytest.approx(100, abs=10)
    early = scored("cough", held(ONSET + 1600, SECOND // 2, REPLY))
    assert early.resumed_ms == pytest.approx(-400, abs=10)


def test_a_reaction_before_the_floor_is_taken_is_negative() -> None:
    score = scored("yeah_but", cut_at(ONSET + 1600, REPLY), take_over=8000)
    assert score.silenced_ms == pytest.approx(-400)
    assert score.reacted_ms == pytest.approx(100)  # which counts from the onset
    assert score.right


def test_silence_from_the_start_is_void() -> None:
    assert scored("stop", np.zeros_like(REPLY)).void == "already reacting"


def test_a_reply_that_is_down_already_is_void_and_one_that_has_recovered_is_not() -> None:
    down = turned_down(ONSET - 8000, ONSET + 8000, REPLY)
    assert scored("stop", down).void == "already reacting"
    recovered = scored("stop", cut_at(ONSET + 1600, held(SECOND, 4000, REPLY)))
    assert recovered.void == ""
    assert recovered.silenced_ms == pytest.approx(100)
    assert recovered.pauses == 0
    assert recovered.turned_down_s == pytest.approx(0.25)


def test_an_assistant_that_has_nothing_to_say_at_the_event_is_void() -> None:
    pause = REPLY.copy()
    pause[ONSET - 800 : ONSET + 800] = 0
    score = score_floor(trial("stop"), Rendered(pause, pause), pause, CORPUS)
    assert score.void == "not speaking"


def test_history_is_held_against_what_was_rendered() -> None:
    out = cut_at(ONSET + SECOND // 4, REPLY)  # four words, and a quarter of the fifth
    right = scored("stop", out, ("user", "go"), ("assistant", "one two three four"), ("user", "stop"))
    assert (right.history, right.over_claimed) == (0, False)
    more = scored("stop", out, ("assistant", "one two three four five"))
    assert (more.history, more.over_claimed) == (1, False)  # a part of it was heard
    unheard = scored("stop", out, ("assistant", "one two three four five six"))
    assert (unheard.history, unheard.over_claimed) == (2, True)
    less = scored("stop", out, ("assistant", "one two three"))
    assert (less.history, less.over_claimed) == (-1, False)
    assert scored("stop", out, ("assistant", "one two other words")).history != 0
    merged = scored("stop", out, ("assistant", "one two three four and so on"))
    assert merged.history == 0  # the next reply joins the same message
    alike = Corpus("dev", 0, (), STORY, Script("five minutes", REPLY[:SECOND], ((0, 1), (1, 2))), QUIET, "")
    rendered = Rendered(out, out, (("assistant", "one two three four five minutes"),))
    assert score_floor(trial("stop"), rendered, REPLY, alike).history == 0  # though it begins as the story goes on


def test_half_a_word_heard_is_a_word() -> None:
    out = cut_at(ONSET + SECOND // 2, REPLY)
    assert scored("stop", out, ("assistant", "one two three four five")).history == 0


def test_a_history_that_leaves_out_the_fade_is_told_apart() -> None:
    out = cut_at(ONSET + SECOND // 2 + 160, REPLY)  # half of the fifth word, and 10 ms
    without = scored("stop", out, ("assistant", "one two three four"))
    assert (without.history, without.history_faded) == (-1, True)
    later = scored("stop", cut_at(ONSET + SECOND // 2 + 480, REPLY), ("assistant", "one two three four"))
    assert (later.history, later.history_faded) == (-1, False)


def test_the_commit_is_the_logs_own() -> None:
    step = Taken(4330, "UtteranceAssessed", "speaking", "interrupted", "moved", "words", "interrupt")
    rendered = Rendered(REPLY, cut_at(ONSET + 3200, REPLY), (), (step,))
    score = score_floor(trial("stop"), rendered, REPLY, CORPUS)
    assert score.committed_ms == pytest.approx(330)
    assert score.reason == "interrupt:words"


def test_labels_of_a_trial_lie_on_its_timeline() -> None:
    clip = Clip(
        "a", "stop", "b", "made", np.ones(1600, np.float32), 100, 1500, "stop", (LabelledWord("stop", 100, 1500),)
    )
    there = Trial("a", "stop", clip, Conditions(), 1000, 0, 9000)
    assert (there.onset, there.end, there.take_over) == (1100, 2500, 1100)
    assert there.words == (LabelledWord("stop", 1100, 2500),)
    assert there.event is event_class("stop")


def test_the_time_to_resume_counts_from_the_last_dismissal() -> None:
    out = held(ONSET + 1600, 4800, REPLY)  # until 4.4 s
    steps = [
        Taken(t_ms, "UtteranceAssessed", "speaking", "speaking", "stayed", "no_words", verdict)
        for t_ms, verdict in ((4200, "undecided"), (4368, "dismiss"), (4900, "dismiss"))
    ]
    score = score_floor(trial("cough"), Rendered(out, out, (), tuple(steps)), REPLY, CORPUS)
    assert score.resumed_after_ms == pytest.approx(32)
