"""The corpus is the same for the same seed, its splits have nothing in common, and its labels are true."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from engine.score.classes import BY_NAME, CLASSES, ScoreError
from engine.score.clip import Clip
from engine.score.corpus import Corpus, build
from engine.score.export import export
from engine.score.labels import read_labels
from engine.score.phrases import PHRASES, SPLITS, Split
from engine.score.recordings import read_recordings
from engine.score.speakers import ASSISTANT, SPEAKERS
from engine.score.trial import microphone
from models.ports import MIC_HZ
from tests.shared_data import SHARED, needs_shared


@pytest.fixture(scope="module")
def corpora() -> dict[Split, Corpus]:
    return {split: build(split, unit=1) for split in SPLITS}


def test_the_same_seed_gives_the_same_corpus_and_another_seed_another(corpora: dict[Split, Corpus]) -> None:
    dev = corpora["dev"]
    again = build("dev", unit=1)
    assert again.digest == dev.digest
    for ours, theirs in zip(dev.trials, again.trials, strict=True):
        assert (ours.name, ours.at, ours.words, ours.conditions) == (
            theirs.name,
            theirs.at,
            theirs.words,
            theirs.conditions,
        )
        assert np.array_equal(microphone(ours), microphone(theirs))
    assert build("dev", unit=1, seed=2).digest != dev.digest


def test_splits_share_no_speaker_and_no_clip(corpora: dict[Split, Corpus]) -> None:
    dev, test = corpora["dev"].trials, corpora["test"].trials
    assert not {t.clip.speaker for t in dev} & {t.clip.speaker for t in test}
    assert not {t.clip.digest for t in dev} & {t.clip.digest for t in test}
    voices = {split: {speaker.voice for speaker in SPEAKERS[split]} for split in SPLITS}
    assert not voices["dev"] & voices["test"]
    assert ASSISTANT not in voices["dev"] | voices["test"]


def test_splits_share_no_sentence_but_the_shortest_words() -> None:
    for kind in PHRASES["dev"]:
        common = set(PHRASES["dev"][kind]) & set(PHRASES["test"][kind])
        assert common <= {"stop", "wait", "yeah"}


def test_every_class_is_there_as_often_as_its_weight(corpora: dict[Split, Corpus]) -> None:
    for corpus in corpora.values():
        for each in CLASSES:
            assert sum(trial.kind == each.name for trial in corpus.trials) == each.weight


def test_the_event_is_audible_where_its_label_says(corpora: dict[Split, Corpus]) -> None:
    for trial in corpora["dev"].trials:
        if trial.event.expected == "nothing":
            continue
        sound = microphone(trial)
        assert len(sound) == trial.length
        assert 0 < trial.onset <= trial.take_over < trial.end < trial.length
        assert np.max(np.abs(sound)) <= 1.0
        if trial.conditions.snr_db is None:
            assert not np.any(sound[: trial.at])
            assert np.max(np.abs(sound[trial.onset : trial.onset + MIC_HZ // 50])) > 1e-4
        words = trial.words
        assert all(trial.at <= w.first_sample <= w.end_sample <= trial.end for w in words)
        assert all(a.first_sample <= b.first_sample for a, b in pairwise(words))


def test_noise_lies_at_its_ratio() -> None:
    trial = next(t for t in build("dev", unit=2, classes=["stop"]).trials if t.conditions.snr_db == 20)
    before = microphone(trial)[: trial.at]
    level_db = 20 * np.log10(np.sqrt(np.mean(np.square(before, dtype=np.float64))))
    assert level_db == pytest.approx(-46, abs=2)


def test_a_yeah_but_takes_over_after_its_yeah(corpora: dict[Split, Corpus]) -> None:
    (trial,) = (t for t in corpora["dev"].trials if t.kind == "yeah_but")
    assert trial.take_over in {word.first_sample for word in trial.words[1:]}


def test_pauses_are_as_long_as_their_class(corpora: dict[Split, Corpus]) -> None:
    for trial in corpora["dev"].trials:
        if trial.kind in ("pause_short", "pause_long"):
            gaps = [(b.first_sample - a.end_sample) / MIC_HZ for a, b in pairwise(trial.words)]
            low, high = (0.38, 1.05) if trial.kind == "pause_short" else (1.95, 3.05)
            assert low <= max(gaps) <= high


def test_only_named_classes_and_a_unit_of_one_or_more() -> None:
    assert {trial.kind for trial in build("dev", unit=1, classes=["cough"]).trials} == {"cough"}
    with pytest.raises(ScoreError, match="unknown class 'sneeze'; known are command"):
        build("dev", classes=["sneeze"])
    with pytest.raises(ScoreError, match="1 or more"):
        build("dev", unit=0)


def test_recordings_take_half_of_a_class_at_most() -> None:
    sound = np.full(8000, 0.1, np.float32)
    own = [Clip(f"r{n}", "stop", f"human-{n}", "recorded", sound * (n + 1) / 9, 0, 8000, "stop") for n in range(9)]
    trials = build("dev", unit=4, classes=["stop"], recorded=own).trials
    assert [trial.clip.origin for trial in trials] == ["recorded", "recorded", "made", "made"]


def test_an_exported_corpus_is_labelled_where_its_events_are(tmp_path: Path) -> None:
    corpus = build("dev", unit=1, classes=["stop", "complete", "room_noise"])
    assert export(corpus, tmp_path / "out") == len(corpus.trials) == 4
    for trial in corpus.trials:
        from engine.audio.wav_source import read_audio

        sound = read_audio(tmp_path / "out" / trial.name / "input.wav")
        (label,) = read_labels(tmp_path / "out" / trial.name / "labels.toml", len(sound))
        assert label.event is BY_NAME[trial.kind]
        moved = len(sound) - trial.length
        assert (moved > 3 * MIC_HZ) == (trial.kind == "stop")
        if trial.kind != "room_noise":
            assert (label.onset, label.end) == (trial.onset + moved, trial.end + moved)
    with pytest.raises(ScoreError, match="is not empty"):
        export(corpus, tmp_path / "out")


MANIFEST = '[[clip]]\npath = "a.wav"\nclass = "{kind}"\nspeaker = "s"\ntext = "stop it"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[clip]]\npath = 'a.wav'\nclass = 'stop'\n", "clip 1: has no speaker"),
        (MANIFEST.format(kind="nope"), "clip 1: unknown class 'nope'"),
        (MANIFEST.format(kind="stop") + "who = 1\n", "clip 1: unknown key 'who'"),
        (MANIFEST.format(kind="stop") + "split = 'train'\n", "split must be dev or test"),
        (MANIFEST.format(kind="stop").replace("stop it", ""), "class 'stop' needs a text"),
        ("[[clips]]\n", "unknown key 'clips'"),
    ],
)
def test_a_wrong_manifest_is_told_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "clips.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ScoreError, match=message):
        read_recordings(tmp_path)


def test_missing_recordings_are_told(tmp_path: Path) -> None:
    with pytest.raises(ScoreError, match="no such folder of recordings"):
        read_recordings(tmp_path / "none")
    with pytest.raises(ScoreError, match="no such manifest"):
        read_recordings(tmp_path)


@needs_shared
def test_the_shared_recordings_are_split_by_speaker() -> None:
    found = read_recordings(SHARED, Path(__file__).parent / "recordings.toml")
    dev, test = found.clips["dev"], found.clips["test"]
    assert not {clip.speaker for clip in dev} & {clip.speaker for clip in test}
    assert not {clip.digest for clip in dev} & {clip.digest for clip in test}
    assert sum(clip.origin == "recorded" for clip in dev) > 100
    assert {clip.kind for clip in (*dev, *test)} <= set(BY_NAME)
    assert all(0 <= clip.onset < clip.end <= len(clip.samples) for clip in (*dev, *test))
    assert len(found.rooms) == 3
