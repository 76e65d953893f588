"""``is2s devices``: the sound cards, and whether they work."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from engine.cli.settings import device_table
from states.errors import AudioDeviceError

if TYPE_CHECKING:
    from engine.audio.card_trial import Trial
    from engine.audio.portaudio import Device


@click.command("devices")
@click.option("--test", "trial", is_flag=True, help="Play sweeps for seven seconds and tell what came back.")
@click.option("--input-device", metavar="NAME", help="Microphone for the test, by name, part of it, or number.")
@click.option("--output-device", metavar="NAME", help="Loudspeaker for the test, the same.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(trial: bool, input_device: str | None, output_device: str | None, as_json: bool) -> int:
    """List microphones and loudspeakers; < marks the default microphone, > the default loudspeaker.

    With --test: does the microphone hear, how long is the way through card and room, do the two clocks agree, and
    will the engine hear itself? Exits 1 where there is no microphone or no loudspeaker.

    \b
    Examples:
      is2s devices
      is2s devices --test --input-device USB
    """
    from engine.audio.portaudio import FILE_INSTEAD, devices

    found = devices()
    if not as_json:
        for device in found:
            click.echo(_line(device))
    both = any(device.inputs for device in found) and any(device.outputs for device in found)
    result = _try_out(input_device, output_device) if trial and both else None
    if as_json:
        plain = {"devices": [asdict(device) for device in found], "test": result and asdict(result)}
        click.echo(json.dumps(plain))
    elif result is not None:
        click.echo(_told(result))
    if not both:
        what = "sound card" if not found else "microphone" if not any(d.inputs for d in found) else "loudspeaker"
        raise AudioDeviceError(f"there is no {what}; plug one in, or start the sound system; {FILE_INSTEAD}")
    return 0


def _line(device: "Device") -> str:
    marks = ("<" if device.default_input else " ") + (">" if device.default_output else " ")
    sides = f"{device.inputs:3} in {device.outputs:3} out"
    return f"{marks} {device.index:3}  {sides}  {device.rate_hz:6} Hz  {device.name} ({device.host})"


def _try_out(input_device: str | None, output_device: str | None) -> "Trial":
    from engine.audio.card_plan import plan
    from engine.audio.card_trial import try_out
    from engine.clock import MonotonicClock
    from engine.config import build

    settings = build(device_table(input_device, output_device)).audio
    return try_out(plan(settings), settings, MonotonicClock())


def _told(trial: "Trial") -> str:
    """The result for a person."""
    lines = [f"level      quiet {trial.noise_db:.0f} dB, loudest {trial.peak_db:.0f} dB of full scale"]
    if trial.peak_db < -80:
        lines[0] += ": the microphone hears nothing; is it muted?"
    if trial.echo_db is None:
        lines.append(
            f"echo       none of {trial.sweeps_played} sweeps came back: headphones, or a loudspeaker turned off"
        )
    else:
        lines.append(
            f"echo       {trial.sweeps_heard} of {trial.sweeps_played} sweeps came back at {trial.echo_db:.0f} dB: "
            "the engine hears itself; headphones are the surest cure"
        )
        lines.append(
            f"latency    {trial.round_trip_ms:.0f} ms there and back; {trial.beyond_reported_ms:+.1f} ms of it are "
            "beyond what the card reports"
        )
    if trial.drift_ppm is not None:
        lines.append(f"clocks     {trial.drift_ppm:+.0f} ppm apart")
    lines.append(f"breaks     {trial.under_runs} of the loudspeaker, {trial.over_runs} of the microphone")
    return "\n".join(lines)
