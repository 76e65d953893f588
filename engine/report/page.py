"""The page: a session's journal, recording and detector track, reduced and put into one HTML file."""

import base64
import json
import re
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import Any

from engine.codec import Record
from engine.inspect.reader import Log
from engine.inspect.story import Answer, Story, story_of
from engine.inspect.timeline import notable
from engine.report.waterfall import wait_of
from engine.report.waves import PER_S, Waves, waves_of


def page_of(log: Log, *, title: str, redacted: bool = False, folder: Path | None = None) -> str:
    """The page of a log as it was read; the recording and ``vad.u8`` are looked for beside it.

    ``folder`` is where the page will be, beside the log unless given. Write it with ``errors="backslashreplace"``: a
    model may have yielded half a pair of surrogates, which UTF-8 has no bytes for and JSON has an escape.
    Where ``redacted``, the log's words have been left out by the caller, and the recording is left out here.
    """
    waves = Waves() if redacted else waves_of(log.path.parent / "conversation.wav", folder)
    story = story_of(log.head, log.lines)
    data = {
        "title": title,
        "note": log.note,
        "redacted": redacted,
        "models": log.head.get("models", {}),
        "end_us": max(story.end_us, round(waves.seconds * 1e6)),
        "per_s": PER_S,
        "sound": "none" if not waves.audio else "here" if waves.audio.startswith("data:") else waves.audio,
        "user": waves.user,
        "assistant": waves.assistant,
        "vad": _track(log.path.parent / "vad.u8"),
        "states": [[s.state, s.from_us, s.to_us, s.reason, s.seq] for s in story.states],
        "steps": [_step(line) for line in notable(log.lines)],
        "speeches": [
            [s.id, s.began_us, s.quiet_us, s.ended_us, s.text, s.confidence_pct, s.fate]
            for s in story.speeches.values()
        ],
        "answers": [_answer(a) for a in story.answers.values()],
        "verdicts": [_verdict(line) for line in log.lines if "verdict" in line],
        "candidates": [[c.utterance, c.onset_us, c.held_us, c.verdict_us] for c in story.candidates],
        "turns": _turns(story),
    }
    return _filled(data, waves.audio)


def _track(path: Path) -> str:
    """A byte a frame of 32 ms: how sure the detector was of speech, 0 to 255."""
    try:
        return base64.b64encode(path.read_bytes()).decode()
    except OSError:
        return ""


def _step(line: Record) -> list[Any]:
    on = line["on"]
    what = str(line.get("text.said") or line.get("text.text") or line.get("text.kept") or "")
    ids = [on.get("utterance", 0), on.get("reply", 0)]
    moved = line["outcome"] == "moved"
    ends = line["dest"] if moved else ""
    return [
        line["seq"],
        line["t_us"],
        line["source"],
        ends,
        line["reason"],
        on["type"],
        *ids,
        line.get("verdict", ""),
        what,
    ]


def _answer(answer: Answer) -> dict[str, Any]:
    return {
        "id": answer.id,
        "turn": answer.turn,
        "heard_us": answer.heard_us,
        "closed_us": answer.closed_us,
        "closed_by": answer.closed_by,
        "kept": answer.kept,
        "dropped": answer.dropped,
        "cut": answer.cut,
        "gains": answer.gains,
    }


def _verdict(line: Record) -> dict[str, Any]:
    numbers = {k: v for k, v in line["on"].items() if k not in ("type", "utterance")}
    return {
        "t_us": line["t_us"],
        "utterance": line["utterance"],
        "reply": line["reply"],
        "verdict": line["verdict"],
        "reason": line["reason"],
        "text": str(line.get("text.text", "")),
        "evidence": line.get("evidence") or numbers,
    }


def _turns(story: Story) -> list[dict[str, Any]]:
    found = []
    for turn in story.turns:
        wait = wait_of(turn, story)
        speech = story.speeches.get(turn.utterance)
        found.append(
            {
                "number": turn.number,
                "taken_us": turn.taken_us,
                "began_us": turn.began_us,
                "text": turn.text,
                "typed": turn.typed,
                "confidence_pct": -1 if speech is None or turn.typed else speech.confidence_pct,
                "replies": turn.replies,
                "wait": None if wait is None else asdict(wait),
            }
        )
    return found


def _filled(data: dict[str, Any], audio: str) -> str:
    here = files("engine.report")
    # "<" alone could end the script or open a comment; as an escape it is the same to JSON.
    told = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    parts = {
        "STYLE": (here / "page.css").read_text(encoding="utf-8"),
        "AUDIO": audio,
        "DATA": told.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"),
        "SCRIPT": (here / "page.js").read_text(encoding="utf-8"),
    }
    page = (here / "page.html").read_text(encoding="utf-8")
    return re.sub("@(STYLE|AUDIO|DATA|SCRIPT)@", lambda mark: parts[mark[1]], page)  # in one go: words may look so
