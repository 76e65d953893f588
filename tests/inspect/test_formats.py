"""What other programs read: each form is read back, by its own rules or by a reader of its own."""

import csv
import io
import json
import re
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import webvtt

from engine.inspect.export_otlp import export_spans, send
from engine.inspect.exports import EXPORTS, Told, export, read_told
from engine.inspect.story import plain
from states.errors import BackendUnavailable
from tests.engine.command import Call, refused

ROOT = Path(__file__).resolve().parents[2]
TALK = ROOT / "scenarios" / "backchannel_then_interruption" / "expected.jsonl"
SCENARIOS = sorted(ROOT.glob("scenarios/*/expected.jsonl"))
every_scenario = pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.parent.name)


def test_the_forms_that_the_command_line_offers() -> None:
    from engine.cli.export_options import FORMS

    assert tuple(EXPORTS) == FORMS


@every_scenario
def test_captions(path: Path) -> None:
    told = read_told(path)
    text = export("webvtt", told)
    cues = list(webvtt.from_buffer(io.StringIO(text)))
    turns = [turn for turn in told.story.turns if turn.text.strip()]
    said = [cue.raw_text for cue in cues if cue.raw_text.startswith("<v You>") and "c.dismissed" not in cue.raw_text]
    assert len(said) == len(turns)
    heard = [answer for answer in told.story.answers.values() if answer.heard_us is not None]
    voiced = [cue for cue in cues if cue.raw_text.startswith("<v Assistant>")]
    assert len(voiced) == sum(bool((answer.kept + answer.dropped).strip()) or answer.cut for answer in heard)
    assert text.count("<c.unheard>") == sum(bool(answer.dropped.strip()) for answer in heard)
    starts = [cue.start_in_seconds for cue in cues]
    assert starts == sorted(starts)
    assert all(cue.end > cue.start for cue in cues)
    for cue in cues:
        assert re.sub(r"</?(v|c)[^<>]*>", "", cue.raw_text).count("<") == 0


def test_words_that_look_like_markup() -> None:
    told = read_told(TALK)
    told.story.turns[0].text = "<b>1 --> 2 & 3</b>\n\nNOTE x"
    captions = webvtt.from_buffer(io.StringIO(export("webvtt", told)))
    assert captions[0].raw_text == "<v You>&lt;b&gt;1 --&gt; 2 &amp; 3&lt;/b&gt; NOTE x</v>"
    for line in told.lines:
        if "text.said" in line:
            line["text.said"] = 'a;b #1 "c" <br>'
    diagram = export("mermaid-turn", told)
    assert "a#59;b #35;1 #34;c#34; #60;br#62;" in diagram
    for line in diagram.splitlines():
        assert not re.search(r"[<>;](?![->)]|>)", re.sub(r"#\d+;|->>|-->>", "", line)), line


@every_scenario
def test_turns_as_csv(path: Path) -> None:
    told = read_told(path)
    rows = list(csv.DictReader(io.StringIO(export("csv", told), newline="")))
    assert [row["user"] for row in rows] == [plain(turn.text) for turn in told.story.turns]
    for row, turn in zip(rows, told.story.turns, strict=True):
        reaction_us = told.story.reaction_us(turn)
        assert row["reaction_ms"] == ("" if reaction_us is None else str(round(reaction_us / 1000)))
        assert None not in row
        assert None not in row.values()
    heard = " ".join(row["heard_words"] for row in rows)
    assert all(plain(line["text.kept"]) in heard for line in told.lines if "text.kept" in line and line["turn"])


def test_csv_of_awkward_words(is2s: Call, tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(TALK.read_bytes().replace(b"why is that?", rb"why,\n \"is\" that?"))
    (_, row) = csv.DictReader(io.StringIO(is2s("inspect", path, "--export", "csv").out, newline=""))
    assert row["user"] == 'why, "is" that?'


# Chrome's trace.


@every_scenario
def test_a_trace_holds_to_the_rules_of_its_format(path: Path) -> None:
    trace = json.loads(export("perfetto", read_told(path)))
    assert set(trace) == {"displayTimeUnit", "otherData", "traceEvents"}
    assert trace["displayTimeUnit"] in ("ms", "ns")
    events = trace["traceEvents"]
    named = {event["tid"] for event in events if event["ph"] == "M" and event["name"] == "thread_name"}
    slices: dict[int, list[dict[str, Any]]] = {}
    for event in events:
        assert event["ph"] in "MXisf"
        assert event["pid"] == 1
        if event["ph"] == "M":
            continue
        assert event["tid"] in named
        assert type(event["ts"]) is int
        assert event["ts"] >= 0
        assert event["name"]
        if event["ph"] == "X":
            assert event["dur"] >= 0
            slices.setdefault(event["tid"], []).append(event)
    for track in slices.values():
        nested(track)
    flows(events, slices)


def nested(track: list[dict[str, Any]]) -> None:
    """Slices of a track lie beside or within each other, never across."""
    open_ends: list[int] = []
    for event in sorted(track, key=lambda event: (event["ts"], -event["dur"])):
        while open_ends and open_ends[-1] <= event["ts"]:
            open_ends.pop()
        assert not open_ends or event["ts"] + event["dur"] <= open_ends[-1], event
        open_ends.append(event["ts"] + event["dur"])


def flows(events: list[dict[str, Any]], slices: dict[int, list[dict[str, Any]]]) -> None:
    """Each begins once and ends once, not before it began, and both ends lie on a slice."""
    starts = {event["id"]: event for event in events if event["ph"] == "s"}
    ends = {event["id"]: event for event in events if event["ph"] == "f"}
    assert starts.keys() == ends.keys()
    assert sum(event["ph"] in "sf" for event in events) == 2 * len(starts)
    for number, start in starts.items():
        end = ends[number]
        assert start["ts"] <= end["ts"]
        assert (start["name"], start["cat"], end["bp"]) == (end["name"], end["cat"], "e")
        for event in (start, end):
            on = [s for s in slices.get(event["tid"], ()) if s["ts"] <= event["ts"] <= s["ts"] + s["dur"]]
            assert on, event


# Mermaid.


@every_scenario
def test_diagrams_have_the_form_of_mermaid(path: Path) -> None:
    # Mermaid's own parser was given all of these by hand; here the grammar that is used of it.
    told = read_told(path)
    head, *rest = export("mermaid-states", told).splitlines()
    assert head == "flowchart TD"
    arrows = [line for line in rest if re.fullmatch(r'    \w+ (-->\|"[^"|]+"\||-\.->) \w+', line)]
    shades = [line for line in rest if re.fullmatch(r"    linkStyle \d+ stroke:#\w{6},stroke-width:\dpx", line)]
    nodes = [line for line in rest if re.fullmatch(r'    \w+\(\["\w+"\]\)', line)]
    assert len(arrows) == len(shades)
    assert len(arrows) + len(shades) + len(nodes) == len(rest)
    taken = sum(int(n) for line in arrows for n in re.findall(r" (\d+)(?=<br/>|\")", line))
    assert taken == sum(line["outcome"] == "moved" for line in told.lines)
    for turn in told.story.turns:
        text = export("mermaid-turn", Told(told.path, told.head, told.lines, told.story, turn.number))
        first, *lines = text.splitlines()
        assert first == "sequenceDiagram"
        form = r"    (actor|participant) \w as .+|    [A-Z]-?->>[A-Z]: .+|    Note over [A-Z](,[A-Z])?: .+"
        assert [line for line in lines if not re.fullmatch(form, line)] == []


def test_a_turn_that_there_is_not(is2s: Call) -> None:
    refused(is2s("inspect", TALK, "--export", "mermaid-turn", "--turn", "9"), "there is no turn 9")


def test_a_file_in_place_of_the_screen(is2s: Call, tmp_path: Path) -> None:
    shown = is2s("inspect", TALK, "--export", "csv").out
    answer = is2s("inspect", TALK, "--export", "csv", "-o", tmp_path / "turns.csv")
    assert (answer.status, answer.out) == (0, "")
    assert (tmp_path / "turns.csv").read_bytes().decode() == shown
    refused(is2s("inspect", TALK, "--export", "csv", "-o", tmp_path / "no" / "x.csv"), "No such file or directory")


# OpenTelemetry.


@every_scenario
def test_spans_nest_and_hold_the_whole_session(path: Path) -> None:
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    told, memory = read_told(path), InMemorySpanExporter()
    export_spans(told, memory)
    spans = {span.context.span_id: span for span in memory.get_finished_spans()}
    names = [span.name for span in spans.values()]
    assert names.count("session") == 1
    assert names.count("turn") == len(told.story.turns)
    assert names.count("reply") == len(told.story.answers)
    assert names.count("playout") == sum(answer.heard_us is not None for answer in told.story.answers.values())
    for span in spans.values():
        assert span.start_time is not None
        assert span.end_time is not None
        assert span.start_time <= span.end_time
        if span.parent is None:
            assert span.name == "session"
            assert span.end_time - span.start_time == told.story.end_us * 1000
            assert span.end_time == told.changed_ns
        else:
            around = spans[span.parent.span_id]
            assert around.start_time <= span.start_time, (span.name, around.name)
            assert span.end_time <= around.end_time, (span.name, around.name)
    assert len({span.context.trace_id for span in spans.values()}) == 1


def test_otlp_in_json(is2s: Call) -> None:
    (line,) = is2s("inspect", TALK, "--export", "otlp").out.splitlines()
    (resource,) = json.loads(line)["resourceSpans"]
    assert {"key": "service.name", "value": {"stringValue": "is2s"}} in resource["resource"]["attributes"]
    spans = resource["scopeSpans"][0]["spans"]
    for span in spans:
        assert re.fullmatch(r"[0-9a-f]{32}", span["traceId"])
        assert re.fullmatch(r"[0-9a-f]{16}", span["spanId"])
        assert type(span["kind"]) is int
        assert int(span["startTimeUnixNano"]) <= int(span["endTimeUnixNano"])
    assert {span.get("parentSpanId") for span in spans} - {None} <= {span["spanId"] for span in spans}


class Collector(BaseHTTPRequestHandler):
    """Takes spans, or refuses them."""

    taken: list[bytes]
    status = 200

    def do_POST(self) -> None:
        self.taken.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(self.status)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def collector() -> Any:
    Collector.taken, Collector.status = [], 200
    server = HTTPServer(("127.0.0.1", 0), Collector)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1/traces"
    server.shutdown()
    thread.join()
    server.server_close()


def test_spans_to_a_collector(is2s: Call, collector: str) -> None:
    import gzip

    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    answer = is2s("inspect", TALK, "--export", "otlp", "--endpoint", collector)
    assert (answer.status, answer.err) == (0, "")
    (body,) = Collector.taken
    request = ExportTraceServiceRequest.FromString(gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body)
    spans = request.resource_spans[0].scope_spans[0].spans
    assert answer.out == f"{len(spans)} spans sent to {collector}\n"


def test_a_collector_that_refuses(collector: str) -> None:
    Collector.status = 400
    with pytest.raises(BackendUnavailable, match="no collector at"):
        send(read_told(TALK), collector)


def test_an_endpoint_that_is_none(is2s: Call) -> None:
    refused(is2s("inspect", TALK, "--export", "otlp", "--endpoint", "localhost"), "takes the address of a collector")


def test_without_opentelemetry(is2s: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    for name in list(sys.modules):
        if name.partition(".")[0] == "opentelemetry":
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    refused(is2s("inspect", TALK, "--export", "otlp"), "OpenTelemetry is not installed", "pip install 'is2s[otel]'")
