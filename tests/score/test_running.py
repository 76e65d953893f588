"""The engine, run on trials: the real detector and the real dialogue, scored from what they rendered."""

import numpy as np
import pytest

from engine.config import build as build_config
from engine.score.classes import ScoreError
from engine.score.corpus import Corpus, build
from engine.score.floor import FloorScore
from engine.score.gate import heard_runs
from engine.score.recognisers import LabelRecognizer, Listening, NoWords, recogniser
from engine.score.running import Runner
from engine.score.scoring import score_all, score_trial
from engine.score.turns import GhostScore, TurnScore
from models.ports import Audio


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return build("dev", unit=1, classes=["stop", "typing", "complete", "room_noise", "backchannel"])


@pytest.fixture(scope="module")
def runner(corpus: Corpus) -> Runner:
    return Runner(build_config({}), Listening(), corpus)


def of(corpus: Corpus, runner: Runner, kind: str) -> FloorScore | TurnScore | GhostScore:
    return score_trial(next(trial for trial in corpus.trials if trial.kind == kind), runner, corpus).score


def test_the_control_is_the_story_to_the_sample(corpus: Corpus, runner: Runner) -> None:
    begin = heard_runs(runner.control)[0][0]
    story = corpus.story.samples[heard_runs(corpus.story.samples)[0][0] :]
    heard = runner.control[begin : begin + len(story)]
    assert np.array_equal(heard[:-2], story[: len(heard)][:-2])


def test_a_run_is_the_control_until_something_happens(corpus: Corpus, runner: Runner) -> None:
    trial = next(trial for trial in corpus.trials if trial.kind == "stop")
    rendered = runner.run(trial)
    assert np.array_equal(rendered.out[: trial.onset], runner.control[: trial.onset])
    assert not np.array_equal(rendered.out, runner.control[: len(rendered.out)])
    again = runner.run(trial)
    assert np.array_equal(again.out, rendered.out)
    assert again.log == rendered.log


def test_stop_stops_it_and_typing_does_not(corpus: Corpus, runner: Runner) -> None:
    stop, typing = of(corpus, runner, "stop"), of(corpus, runner, "typing")
    assert isinstance(stop, FloorScore)
    assert isinstance(typing, FloorScore)
    assert stop.right
    assert not stop.kept
    assert stop.history == 0
    assert typing.right
    assert typing.history is None


def test_a_turn_is_answered_and_a_room_is_not(corpus: Corpus, runner: Runner) -> None:
    turn, room = of(corpus, runner, "complete"), of(corpus, runner, "room_noise")
    assert isinstance(turn, TurnScore)
    assert turn.answered
    assert not turn.cut
    assert turn.answer_ms is not None
    assert turn.answer_ms > 0
    assert room == GhostScore(0, 30.0)


def test_an_engine_that_hears_no_words_does_not_stop_in_time(corpus: Corpus) -> None:
    deaf = Runner(build_config({"dialogue": {"voice_alone_ms": 60_000}}), Listening("none"), corpus)
    stop = of(corpus, deaf, "stop")
    assert isinstance(stop, FloorScore)
    assert not stop.right


def test_results_do_not_depend_on_the_number_of_processes() -> None:
    corpus = build("dev", unit=5, classes=["stop", "cough"])
    done: list[int] = []
    one = score_all(corpus, {}, Listening(), jobs=1)
    two = score_all(corpus, {}, Listening(), jobs=2, told=done.append)
    assert one == two
    assert done == [8, 10]


def test_the_oracle_gives_the_words_that_were_heard(corpus: Corpus) -> None:
    trial = next(trial for trial in corpus.trials if trial.kind == "complete")
    oracle = recogniser(Listening())(trial.words, trial.seed)
    whole = Audio(np.zeros(trial.length, np.float32), 0)
    assert [t.text for t in oracle.recognize(whole)] == [trial.clip.text]
    first = trial.words[0]
    begun = Audio(np.zeros(first.end_sample - trial.at, np.float32), trial.at)
    assert [t.text for t in oracle.recognize(begun)] == [first.text]
    before = Audio(np.zeros(trial.at, np.float32), 0)
    assert [t.text for t in oracle.recognize(before)] == [""]
    assert [t.text for t in NoWords().recognize(whole)] == [""]


def test_the_oracle_mishears_as_much_as_it_is_told_to(corpus: Corpus) -> None:
    words = [word for trial in corpus.trials for word in trial.words] * 30
    moved = [type(w)(w.text, w.first_sample + n, w.end_sample + n) for n, w in enumerate(words)]
    whole = Audio(np.zeros(10**7, np.float32), 0)
    (heard,) = LabelRecognizer(moved, wer_pct=20, seed=1).recognize(whole)
    wrong = sum(a != b.text for a, b in zip(heard.text.split(), moved, strict=True))
    assert 0.1 < wrong / len(moved) < 0.3


@pytest.mark.parametrize(("kind", "wer"), [("vosk", 0), ("labels", 101), ("none", 5)])
def test_a_recogniser_that_cannot_be_is_told(kind: str, wer: int) -> None:
    with pytest.raises(ScoreError):
        Listening(kind, wer)
