"""Measure speed and size on this machine: ``make bench``.

Every figure stands beside its aim; none fails anything. Machines differ and are shared: compare ratios, repeat, and
read the minimum. A figure of the virtual clock tells how fast replay is, never how fast a conversation is.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from engine.clock import MonotonicClock
from engine.replay.runner import replay
from engine.replay.scenario import Scenario, load
from states.dialogue import Dialogue
from states.events import PlayoutDrained, SpeechDropped, SpeechStarted
from tests import bench_card, bench_room
from tests.bench_report import report

ROOT = Path(__file__).resolve().parents[1]
REPEATS = 5


def seconds(work: Callable[[], object]) -> float:
    """The shortest of several runs: the one that others disturbed least."""
    found = []
    for _ in range(REPEATS):
        clock = MonotonicClock()
        work()
        found.append(clock.now_us() / 1e6)
    return min(found)


def replay_speed() -> None:
    """How many seconds of conversation a second of one core replays."""
    scenario = load(ROOT / "scenarios" / "interrupt_counting")
    long = _stretched(scenario, 600)
    for vad, aim in (("scripted", ">= 1000 x real time"), ("silero", ">= 150 x real time")):
        chosen = replace(long, file=replace(long.file, models=replace(long.file.models, vad=vad)))
        length = replay(chosen).seconds
        took = seconds(lambda chosen=chosen: replay(chosen))
        report(f"replay, {vad} VAD ({length:.0f} s of session)", f"{length / took:.0f} x", aim)


def _stretched(scenario: Scenario, tail_s: int) -> Scenario:
    """The scenario with a long silence after it, so that starting up weighs little."""
    session = replace(scenario.config.session, tail_ms=tail_s * 1000)
    return replace(scenario, config=replace(scenario.config, session=session))


def step_cost() -> None:
    """What one event costs the dialogue."""
    count = 20_000
    dialogue = Dialogue()
    ids = iter(range(1, 10_000_000))

    def onsets() -> None:
        for _ in range(count // 2):
            utterance = next(ids)
            dialogue.handle(SpeechStarted(utterance), now=0, heard=0)
            dialogue.handle(SpeechDropped(utterance, 64), now=0, heard=0)

    report("dialogue: a step that moves", f"{seconds(onsets) / count * 1e6:.1f} us", "some tens of us")
    dialogue.memory.last_reply = 1

    def stale() -> None:
        for _ in range(count):
            dialogue.handle(PlayoutDrained(1), now=0, heard=0)

    report("dialogue: a late event", f"{seconds(stale) / count * 1e6:.1f} us", "-")


def start_up() -> None:
    """``is2s --help`` as a user waits for it."""
    took = seconds(
        lambda: subprocess.run([sys.executable, "-m", "engine.cli", "--help"], capture_output=True, check=True)
    )
    report("is2s --help", f"{took:.2f} s", "< 0.3 s")


def live_sessions() -> None:
    """Real time, real threads: latency from mailbox to command, memory, processor time."""
    for profile, aim_mb in (("scripted", 120), ("embedded", 250)):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(
                [sys.executable, "-m", "tests.bench_live", profile, folder],
                capture_output=True,
                text=True,
                check=True,
            )
            found = json.loads(done.stdout.splitlines()[-1])
        report(f"live, {profile}: resident memory", f"{found['rss_mb']:.0f} MB", f"< {aim_mb} MB")
        report(f"live, {profile}: CPU, idle", f"{found['idle_cpu_s_per_min']:.1f} s a minute", "-")
        report(f"live, {profile}: CPU, speaking", f"{found['speaking_cpu_s_per_min']:.1f} s a minute", "-")
        for name in ("mailbox_us", "handling_us"):
            spread = found[name]
            figure = f"{spread['p50'] / 1000:.2f}/{spread['p95'] / 1000:.2f}/{spread['max'] / 1000:.1f} ms"
            report(f"live, {profile}: {name.removesuffix('_us')} p50/p95/max under load", figure, "-")


def models() -> None:
    """The adapters, each measurement in a process of its own: memory and imports of one are no other's."""
    with tempfile.TemporaryDirectory() as folder:
        for module in ("bench_weights", "bench_memory", "bench_speed", "bench_aborts"):
            print(f"\n{module}", flush=True)
            subprocess.run([sys.executable, "-m", f"tests.{module}", folder], check=True)


def main() -> None:
    """Run every measurement; some minutes."""
    print(f"the shortest of {REPEATS} runs; live figures over one session with every core kept busy\n")
    replay_speed()
    step_cost()
    start_up()
    live_sessions()
    print("\nthrough PulseAudio without a card, from recordings of the room: p50 / p95 / max")
    bench_card.main()
    print("\nthe same with walls: the microphone hears the loudspeaker\n")
    bench_room.main(["120"])
    models()


if __name__ == "__main__":
    main()
