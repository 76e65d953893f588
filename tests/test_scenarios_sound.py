"""What was heard in the recorded scenarios, read from the loudspeaker's channel of each recording.

The scripted voice makes that easy: every word is a tone of known length, so what ought to be on the channel can be
computed to the sample.
"""

import numpy as np
import numpy.typing as npt
import pytest

from models.ports import FRAME_SAMPLES, MIC_HZ
from states import commands as cmd
from states.errors import BackendError
from tests.scenario_replays import ALL, SCRIPTED, Played, commands, play, sample_of

FADE_SAMPLES = 20 * MIC_HZ // 1000
DUCKED_PCT = 18
"""-15 dB."""


@pytest.mark.parametrize("name", SCRIPTED)
def test_every_sample_went_out_once_in_order_and_nothing_else_did(name: str) -> None:
    """Held, ducked, resumed or cut: the channel is the voice's own samples at the ledger's gains, and silence."""
    played = play(name)
    should = np.zeros(len(played.loudspeaker))
    done: dict[int, int] = {}
    voices = {reply: spoken(played, reply) for reply in {s["reply"] for s in played.rendered}}
    for stretch in played.rendered:
        reply, first, count, at = (stretch[k] for k in ("reply", "reply_first_sample", "samples", "out_sample"))
        assert first == done.get(reply, 0)
        done[reply] = first + count
        before, after = (pct / 100 for pct in stretch["gain_pct"])
        ramp = before + (after - before) * np.arange(1, count + 1) / count
        recorded = len(should[at : at + count])  # the block in which a session ends is rendered but not recorded
        should[at : at + count] = (voices[reply][first : first + count] * ramp)[:recorded]
    # The ledger notes gains in percent, the recording has 16 bits; the voice's peak is 0.3.
    np.testing.assert_allclose(played.loudspeaker / 32768, should, atol=0.3 * 0.005 + 2 / 32768)
    for step in played.result.steps:
        if step.kept and not step.dropped and not commands(step, cmd.StopPlayout):
            assert done[step.reply] == len(voices[step.reply])


def spoken(played: Played, reply: int) -> npt.NDArray[np.float64]:
    """All that the voice made of a reply."""
    voice, sounds = played.voice, [np.zeros(0, dtype=np.float32)]
    for command in [c for s in played.result.steps for c in commands(s, cmd.SynthesizeClause) if c.reply == reply]:
        try:
            sounds += [chunk.samples for chunk in voice.synthesize(command.text)]
        except BackendError:
            break
    return np.concatenate(sounds).astype(np.float64)


@pytest.mark.parametrize("name", SCRIPTED)
def test_a_cut_reply_is_silent_after_one_block_and_a_fade(name: str) -> None:
    played = play(name)
    for step in [s for s in played.result.steps if commands(s, cmd.StopPlayout)]:
        silent = sample_of(step) + FRAME_SAMPLES + FADE_SAMPLES
        later = (at for at in played.starts.values() if at > sample_of(step))
        assert not np.any(played.loudspeaker[silent : min(later, default=len(played.loudspeaker))])


@pytest.mark.parametrize("name", SCRIPTED)
def test_the_reply_is_ducked_within_one_frame_of_an_onset(name: str) -> None:
    played = play(name)
    orders = (cmd.HoldPlayout, cmd.ResumePlayout, cmd.StopPlayout)
    for step in [s for s in played.result.steps if commands(s, cmd.DuckPlayout)]:
        ducked = sample_of(step) + FRAME_SAMPLES
        following = [sample_of(s) for s in played.result.steps if s.seq > step.seq and commands(s, *orders)]
        until = min(following, default=len(played.loudspeaker))
        for stretch in [s for s in played.rendered if s["reply"] == step.reply]:
            first, end = stretch["out_sample"], stretch["out_sample"] + stretch["samples"]
            if max(first, ducked) < min(end, until):
                assert max(stretch["gain_pct"]) <= DUCKED_PCT


def test_noises_of_a_room_do_not_so_much_as_duck_the_reply() -> None:
    played = play("noises_of_a_room")
    assert not [s for s in played.result.steps if commands(s, cmd.DuckPlayout)]
    assert {pct for stretch in played.rendered for pct in stretch["gain_pct"]} == {100}


@pytest.mark.parametrize("name", [name for name in SCRIPTED if "S35" in ALL[name].file.covers])
def test_a_barge_in_is_felt_within_100_ms_and_decided_within_400(name: str) -> None:
    """From the user's first audible sample; what recognition takes of it is a declared latency, no measurement."""
    played = play(name)
    started = min(played.starts.values())
    onset = started + int(np.argmax(np.abs(played.microphone[started:]) > 32))
    ducked = next(sample_of(s) for s in played.result.steps if commands(s, cmd.DuckPlayout)) + FRAME_SAMPLES
    assert 0 < (ducked - onset) * 1000 / MIC_HZ <= 100
    assert 0 < (sample_of(played.barge_ins[0]) - onset) * 1000 / MIC_HZ <= 400
