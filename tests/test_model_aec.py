"""What every echo canceller promises, on the project's own clips and a simulated room."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from engine.audio.echo_path import EchoingSource, EchoPath
from engine.audio.wav_source import WavSource, read_audio
from engine.echo import EchoSettings, choose_canceller
from models import registry
from models.aec_kalman import KalmanCanceller
from models.aec_spectra import BINS, HOP_SAMPLES
from models.aec_suppressor import ResidualSuppressor
from models.ports import FRAME_SAMPLES, MIC_HZ, EchoCanceller, Samples
from models.vad_silero import SileroVad
from states.errors import BackendError, BackendUnavailable, ConfigError

CLIPS = Path(__file__).resolve().parents[1] / "scenarios" / "clips"
READY = [name for name in registry.BACKENDS["aec"] if registry.available("aec", name).ready]
LAG = {"kalman": 64, "livekit": 128}
ROOM = EchoPath(level_db=-10.0, delay_ms=80, rt60_ms=250, noise_db=-70.0)


@cache
def clip(name: str) -> Samples:
    return read_audio(CLIPS / f"{name}.flac")


@cache
def assistant() -> Samples:
    """Twelve seconds of somebody reading, whole frames."""
    joined = np.concatenate([clip(name) for name in ("passage_long", "news_rp")])
    return np.asarray(joined[: 12 * MIC_HZ // FRAME_SAMPLES * FRAME_SAMPLES])


def in_room(path: EchoPath, near: Samples, far: Samples) -> Samples:
    source = EchoingSource(WavSource(near), path)
    source.hear(far)
    return source.read(len(far))


def cleaned(canceller: EchoCanceller, mic: Samples, far: Samples) -> Samples:
    frames = range(0, len(mic), FRAME_SAMPLES)
    return np.concatenate([canceller.process(mic[a : a + FRAME_SAMPLES], far[a : a + FRAME_SAMPLES]) for a in frames])


def level_db(sound: Samples) -> float:
    return float(10 * np.log10(np.mean(np.square(sound, dtype=np.float64)) + 1e-20))


def speech_frames(sound: Samples) -> int:
    vad = SileroVad()
    return sum(vad.probability(sound[a : a + FRAME_SAMPLES]) >= 0.5 for a in range(0, len(sound), FRAME_SAMPLES))


@pytest.mark.parametrize("name", READY)
def test_while_nothing_plays_the_microphone_passes(name: str) -> None:
    near = clip("passage_long")[: 5 * MIC_HZ // FRAME_SAMPLES * FRAME_SAMPLES]
    out = cleaned(registry.create("aec", name), near, np.zeros_like(near))
    assert level_db(out) == pytest.approx(level_db(near), abs=1.0)
    if name == "kalman":
        assert np.array_equal(out[64:], near[:-64])


@pytest.mark.parametrize("name", READY)
def test_speech_between_two_replies_keeps_its_level(name: str) -> None:
    """The room has been learned, and nothing plays any more: the same as if nothing ever had."""
    canceller = registry.create("aec", name)
    far = assistant()
    cleaned(canceller, in_room(ROOM, np.zeros(0, np.float32), far), far)
    near = clip("passage_long")[: 5 * MIC_HZ // FRAME_SAMPLES * FRAME_SAMPLES]
    rest = np.zeros(MIC_HZ // FRAME_SAMPLES * FRAME_SAMPLES, np.float32)
    cleaned(canceller, rest, rest)
    assert level_db(cleaned(canceller, near, np.zeros_like(near))) == pytest.approx(level_db(near), abs=1.0)


@pytest.mark.parametrize("name", READY)
def test_our_own_voice_is_no_speech_and_the_user_over_it_is(name: str) -> None:
    far = assistant()
    alone = in_room(ROOM, np.zeros(0, np.float32), far)
    left = cleaned(registry.create("aec", name), alone, far)
    later = slice(5 * MIC_HZ, None)
    assert level_db(alone[later]) - level_db(left[later]) > 20
    assert speech_frames(alone) > 200
    assert speech_frames(left) == 0
    near = np.zeros_like(far)
    near[8 * MIC_HZ :][: len(clip("no_tuesday"))] = clip("no_tuesday")
    both = cleaned(registry.create("aec", name), in_room(ROOM, near, far), far)
    assert speech_frames(both) > 0.7 * speech_frames(near)


@pytest.mark.parametrize("name", READY)
def test_it_only_reads_what_it_is_given_and_gives_as_much(name: str) -> None:
    far = assistant()[: 4 * FRAME_SAMPLES]
    mic = in_room(ROOM, np.zeros(0, np.float32), far)
    for array in (far, mic):
        array.flags.writeable = False
    out = cleaned(registry.create("aec", name), mic, far)
    assert (out.shape, out.dtype) == (mic.shape, np.float32)
    canceller = registry.create("aec", name)
    with pytest.raises(BackendError):
        canceller.process(mic[:500], far[:500])
    with pytest.raises(BackendError):
        canceller.process(mic[:512], far[:1024])


@pytest.mark.parametrize("name", READY)
def test_after_a_reset_it_is_as_new(name: str) -> None:
    far = assistant()[: 60 * FRAME_SAMPLES]
    mic = in_room(ROOM, np.zeros(0, np.float32), far)
    canceller = registry.create("aec", name)
    first = cleaned(canceller, mic, far)
    canceller.reset()
    assert np.array_equal(cleaned(canceller, mic, far), first)


@pytest.mark.parametrize("name", READY)
def test_odd_samples_break_nothing(name: str) -> None:
    """Full scale, digital silence of a muted microphone, and sudden changes between them."""
    canceller = registry.create("aec", name)
    far = assistant()[: 40 * FRAME_SAMPLES]
    loud = np.sign(far) + (far == 0)
    for mic, speaker in ((loud, loud), (np.zeros_like(far), far), (loud, np.zeros_like(far)), (-loud, loud)):
        out = cleaned(canceller, mic.astype(np.float32), speaker.astype(np.float32))
        assert np.isfinite(out).all()


def test_the_first_two_seconds_of_an_echo_as_loud_as_the_loudspeaker_are_hardly_speech() -> None:
    """Nothing of the room is known yet. Rooms in which it once was: 65 frames of these 252, not 3."""
    left = 0
    for seed in (0, 3, 4, 6):
        room = EchoPath(level_db=0.0, delay_ms=30 + 50 * seed, rt60_ms=250, seed=seed, noise_db=-70.0)
        far = assistant()[seed * 40 * FRAME_SAMPLES :][: 63 * FRAME_SAMPLES]
        left += speech_frames(cleaned(KalmanCanceller(), in_room(room, np.zeros(0, np.float32), far), far))
    assert left < 10


def test_a_user_over_the_first_half_second_of_such_an_echo_is_speech() -> None:
    room = EchoPath(level_db=0.0, delay_ms=80, rt60_ms=250, seed=3, noise_db=-70.0)
    far = assistant()[: 63 * FRAME_SAMPLES]
    near = np.zeros_like(far)
    word = clip("no_tuesday")[: len(far) - 20 * FRAME_SAMPLES]
    near[20 * FRAME_SAMPLES :][: len(word)] = word
    left = cleaned(KalmanCanceller(), in_room(room, near, far), far)
    assert speech_frames(left) > 0.7 * speech_frames(near)


def test_the_suppressor_is_careful_until_it_has_seen_how_much_is_left_and_no_longer() -> None:
    """An error as loud as the estimated echo is taken for echo at first, and for the user once it has had a gap."""
    suppressor = ResidualSuppressor()
    hop = np.random.default_rng(1).normal(0, 0.1, HOP_SAMPLES).astype(np.float32)
    power = np.full(BINS, 2.56, np.float32)
    levels = []
    for number in range(30):
        loud = np.float32(1e-3 if 10 <= number < 20 else 1.0)
        suppressor.leak(loud * power, power)
        levels.append(level_db(suppressor.apply(np.sqrt(loud) * hop, loud * power, 0.05 * power)))
    assert max(levels[2:10]) < level_db(hop) - 45
    assert min(levels[25:]) > level_db(hop) - 6


def test_with_headphones_a_user_is_as_loud_as_ever() -> None:
    """No echo ever comes, so how much of it is left is never seen; after a second that is no reason for caution."""
    far = assistant()[: 200 * FRAME_SAMPLES]
    near = 1e-4 * np.random.default_rng(1).normal(0, 1, len(far)).astype(np.float32)
    word = clip("no_tuesday")
    near[60 * FRAME_SAMPLES :][: len(word)] += word
    left = cleaned(KalmanCanceller(), near, far)
    assert level_db(left) > level_db(near) - 1
    assert speech_frames(left) > 0.9 * speech_frames(near)


def test_a_muted_microphone_teaches_nothing() -> None:
    far = assistant()
    canceller = KalmanCanceller()
    cleaned(canceller, in_room(ROOM, np.zeros(0, np.float32), far), far)
    room = canceller._room.copy()
    cleaned(canceller, np.zeros_like(far), far)
    assert np.array_equal(canceller._room, room)


def test_the_kalman_filter_works_off_any_number_of_hops_alike() -> None:
    far = assistant()[: 100 * FRAME_SAMPLES]
    mic = in_room(ROOM, np.zeros(0, np.float32), far)
    assert np.array_equal(cleaned(KalmanCanceller(), mic, far), KalmanCanceller().process(mic, far))


@pytest.mark.parametrize("span_ms", [63, 1025])
def test_the_span_is_bounded(span_ms: int) -> None:
    with pytest.raises(ConfigError):
        KalmanCanceller(span_ms=span_ms)


# Which canceller there is.


def test_auto_is_the_first_where_the_loudspeaker_can_be_heard_and_none_else() -> None:
    first = next(iter(registry.BACKENDS["aec"]))
    assert type(choose_canceller(EchoSettings(), {}, audible=True)) is type(registry.create("aec", first))
    assert choose_canceller(EchoSettings(), {}, audible=False) is None
    assert choose_canceller(EchoSettings("none"), {}, audible=True) is None


def test_a_named_canceller_is_made_with_its_options_wherever_the_sound_comes_from() -> None:
    chosen = choose_canceller(EchoSettings("kalman"), {"kalman": {"span_ms": 128}}, audible=False)
    assert isinstance(chosen, KalmanCanceller)
    with pytest.raises(ConfigError):
        choose_canceller(EchoSettings("kalman"), {"kalman": {"span": 1}}, audible=True)
    with pytest.raises(ConfigError, match="did you mean 'kalman'"):
        choose_canceller(EchoSettings("kalmann"), {}, audible=True)


def test_a_missing_package_is_told_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "find_spec", lambda _: None)
    with pytest.raises(BackendUnavailable, match="livekit") as caught:
        choose_canceller(EchoSettings("livekit"), {}, audible=True)
    assert "is2s[aec]" in caught.value.remedy
