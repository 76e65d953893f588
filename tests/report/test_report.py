"""The page of a session: what it adds up to, what it must not let through, and what it is in a real browser."""

import base64
import html.parser
import io
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from engine.inspect.reader import Log, read_log
from engine.inspect.story import story_of
from engine.report.page import page_of
from engine.report.waterfall import wait_of
from engine.report.waves import Waves, waves_of
from engine.speech.track import ENCODING, DetectorTrack
from tests.engine.command import Call

ROOT = Path(__file__).resolve().parents[2]
GOLDENS = sorted(ROOT.glob("scenarios/*/expected.jsonl"))
NASTY = '</script><b>@SCRIPT@ <!-- \u2028 & "quoted"'


def data_of(page: str) -> dict[str, Any]:
    found = re.search(r'<script id="data" type="application/json">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    data: dict[str, Any] = json.loads(found[1])
    return data


def test_what_a_user_waited_for_adds_up_to_the_microsecond() -> None:
    waits = 0
    for golden in GOLDENS:
        log = read_log(golden)
        story = story_of(log.head, log.lines)
        for turn in story.turns:
            if (wait := wait_of(turn, story)) is not None:
                assert sum(us for _, us in wait.parts) == wait.total_us, (golden, turn)
                assert all(us >= 0 for _, us in wait.parts)
                assert wait.parts[-1][0] == "first sample heard"
                waits += 1
    assert waits > len(GOLDENS), "most scenarios have an answer"


@pytest.mark.parametrize("golden", GOLDENS[::7], ids=lambda path: path.parent.name)
def test_every_transition_verdict_and_turn_is_there(golden: Path) -> None:
    log = read_log(golden)
    data = data_of(page_of(log, title="t"))
    moves = [[line["seq"], line["t_us"], line["dest"]] for line in log.lines if line["outcome"] == "moved"]
    assert [[step[0], step[1], step[3]] for step in data["steps"] if step[3]] == moves
    assert len(data["verdicts"]) == sum("verdict" in line for line in log.lines)
    assert [turn["text"] for turn in data["turns"]] == [
        line["text.said"] for line in log.lines if "text.said" in line
    ]
    told = " ".join(f"{answer['kept']} {answer['dropped']}" for answer in data["answers"])
    for line in log.lines:
        assert line.get("text.dropped", "") in told


def spoken(text: str) -> Log:
    log = read_log(ROOT / "scenarios" / "answer_short" / "expected.jsonl")
    lines = tuple({**line, **({"text.said": text} if "text.said" in line else {})} for line in log.lines)
    return Log(log.path, log.head, lines, "")


def test_words_are_words_whatever_they_look_like() -> None:
    page = page_of(spoken(NASTY), title="t")
    assert data_of(page)["turns"][0]["text"] == NASTY
    assert page.count("</script>") == 2
    assert "<b>@" not in page


class Links(html.parser.HTMLParser):
    """Everything that a browser would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in ("src", "href", "srcset")]


def test_nothing_is_fetched_from_anywhere(tmp_path: Path) -> None:
    page = page_of(spoken("hello"), title="t")
    links = Links()
    links.feed(page)
    assert links.found == [""]
    assert not re.search(r"@import|url\(|fetch\(|XMLHttp|import\(|https?:", page)
    shutil.copy(ROOT / "scenarios" / "answer_short" / "expected.jsonl", tmp_path / "transitions.jsonl")
    soundfile.write(tmp_path / "conversation.wav", np.zeros((1600, 2), np.int16), 16_000)
    links = Links()
    links.feed(page_of(read_log(tmp_path), title="t"))
    assert all(link.startswith("data:audio/flac;base64,") for link in links.found)


def test_without_words_there_are_none_and_no_sound(is2s: Call, tmp_path: Path) -> None:
    shutil.copy(ROOT / "scenarios" / "interrupt_counting" / "expected.jsonl", tmp_path / "transitions.jsonl")
    soundfile.write(tmp_path / "conversation.wav", np.ones((1600, 2), np.float32), 16_000)
    answer = is2s("inspect", tmp_path, "--html", "--redact")
    assert (answer.status, answer.out.strip()) == (0, str(tmp_path / "report.html"))
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "data:audio" not in page
    words = {word for line in read_log(tmp_path).lines for word in str(line.get("text.said", "")).split()}
    assert not any(f" {word} " in json.dumps(data_of(page)["turns"]) for word in words if len(word) > 3)


def test_the_outline_has_the_peaks_at_their_place(tmp_path: Path) -> None:
    sound = np.zeros((16_000, 2), np.float32)
    sound[4_000, 0], sound[8_000, 1] = 0.25, -1.0
    soundfile.write(tmp_path / "conversation.wav", sound, 16_000, subtype="PCM_16")
    found = waves_of(tmp_path / "conversation.wav")

    user, assistant = (
        np.frombuffer(base64.b64decode(part), np.int8).reshape(-1, 2) for part in (found.user, found.assistant)
    )
    assert user.shape == assistant.shape == (100, 2)
    assert (np.flatnonzero(user[:, 1]).tolist(), int(user[25, 1])) == ([25], 64), "half of full scale, by its root"
    assert (np.flatnonzero(assistant[:, 0]).tolist(), int(assistant[50, 0])) == ([50], -127)


def test_a_recording_too_large_for_the_page_is_played_from_its_place(tmp_path: Path) -> None:
    recording = tmp_path / "a b" / "conversation.wav"
    recording.parent.mkdir()
    noise = (
        np.random.default_rng(1).integers(-9000, 9000, (70 * 8_000, 2)).astype(np.int16)
    )  # FLAC makes little of it
    soundfile.write(recording, noise, 8_000)
    assert waves_of(recording).audio.startswith("data:audio/flac;base64,")
    small = waves_of(recording, most_bytes=100_000)
    assert (small.audio, small.user) == ("conversation.wav", waves_of(recording).user)
    assert waves_of(recording, tmp_path, most_bytes=100_000).audio == "a%20b/conversation.wav"


def test_what_is_embedded_is_the_recording_sample_for_sample(tmp_path: Path) -> None:
    sound = np.random.default_rng(2).integers(-900, 900, (130 * 1_000, 2)).astype(np.int16)
    soundfile.write(tmp_path / "conversation.wav", sound, 1_000)
    packed = base64.b64decode(waves_of(tmp_path / "conversation.wav").audio.split(",")[1])
    heard, rate_hz = soundfile.read(io.BytesIO(packed), dtype="int16")
    assert rate_hz == 1_000
    assert np.array_equal(heard, sound)


def test_half_a_character_of_a_model_spoils_no_page(is2s: Call, tmp_path: Path) -> None:
    golden = (ROOT / "scenarios" / "answer_short" / "expected.jsonl").read_text(encoding="utf-8")
    said = read_log(ROOT / "scenarios" / "answer_short" / "expected.jsonl")
    words = next(line["text.said"] for line in said.lines if "text.said" in line)
    (tmp_path / "transitions.jsonl").write_text(golden.replace(words, "half \\ud83d"), encoding="utf-8")
    assert is2s("inspect", tmp_path, "--html").status == 0
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert data_of(page)["turns"][0]["text"] == "half \ud83d"


@pytest.mark.parametrize("content", [None, b"", b"RIFF nonsense"])
def test_a_recording_that_is_none_is_left_out(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "conversation.wav").write_bytes(content)
    assert waves_of(tmp_path / "conversation.wav") == Waves()


def test_the_detectors_track_keeps_every_frame_in_its_place() -> None:
    parts: list[str] = []
    track = DetectorTrack(parts.append)
    for first_sample, probability in ((0, 0.0), (512, 1.0), (2048, 0.5), (2560, float("nan"))):
        track.add(first_sample, probability)
    assert parts == []
    track.flush()
    assert list("".join(parts).encode(ENCODING)) == [0, 255, 0, 0, 128, 0]


def test_the_detectors_track_is_handed_over_every_few_seconds() -> None:
    parts: list[str] = []
    track = DetectorTrack(parts.append)
    for frame in range(1000):
        track.add(512 * frame, frame % 256 / 255)
    assert len(parts) == 8
    assert list("".join(parts).encode(ENCODING)) == [frame % 256 for frame in range(1000)]


def test_a_page_that_cannot_be_written_is_told_in_a_line(is2s: Call, tmp_path: Path) -> None:
    answer = is2s("inspect", GOLDENS[0], "--html", tmp_path / "no" / "such.html")
    assert answer.status == 1
    assert answer.err.startswith("is2s: cannot write ")


def test_what_makes_no_page_is_refused(is2s: Call, tmp_path: Path) -> None:
    for more in (("--stats",), ("--verify",), ("--export", "csv"), (str(GOLDENS[1]),)):
        answer = is2s("inspect", GOLDENS[0], *more, "--html", tmp_path / "report.html")
        assert answer.status == 2
        assert "--html" in answer.err
    assert not (tmp_path / "report.html").exists()


BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def in_browser(page: str, folder: Path) -> str:
    """What Chromium makes of a page."""
    (folder / "report.html").write_text(page, encoding="utf-8")
    assert BROWSER is not None
    options = ("--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=2000", "--dump-dom")
    where = (folder / "report.html").as_uri()
    return subprocess.run(
        [BROWSER, *options, f"--user-data-dir={folder}/p", where], capture_output=True, text=True, timeout=120
    ).stdout


@pytest.mark.skipif(BROWSER is None, reason="there is no Chromium here")
def test_a_browser_shows_it(tmp_path: Path) -> None:
    shown = in_browser(page_of(spoken(NASTY), title="A session"), tmp_path)
    assert '<h1 id="title">A session</h1>' in shown
    assert "&lt;/script&gt;&lt;b&gt;@SCRIPT@" in shown
    assert re.search(r'<output id="at">0:00\.00 / 0:0\d', shown), "it was drawn"
    assert 'class="line move"' in shown


@pytest.mark.skipif(BROWSER is None, reason="there is no Chromium here")
def test_on_paper_there_are_all_rows_and_on_the_screen_those_in_sight(tmp_path: Path) -> None:
    page = page_of(read_log(max(GOLDENS, key=lambda path: path.stat().st_size)), title="A session")
    count, row = len(data_of(page)["steps"]), 'class="line[ "]'
    assert 0 < len(re.findall(row, in_browser(page, tmp_path))) < count
    printed = page.replace("</body>", '<script>dispatchEvent(new Event("beforeprint"))</script></body>')
    assert len(re.findall(row, in_browser(printed, tmp_path))) == count
