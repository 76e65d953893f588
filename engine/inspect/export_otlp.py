"""A session as OpenTelemetry spans, as OTLP in JSON (a file that a collector reads) or sent to a collector.

A span for the session, one for each turn within it, and within a turn the user's speech, recognition, and each reply
with its playout; barge-ins and dismissals are events of the reply they were about. Attributes are named ``is2s.*``.

The journal holds no wall clock. Spans need one, so the last change of the file is taken for the session's end.
"""

import base64
import json
import logging
from typing import TYPE_CHECKING, Any

from engine.inspect.exports import Told
from engine.inspect.story import Answer, Turn, plain
from states.errors import BackendUnavailable, ConfigError

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Span, Tracer

REMEDY = "pip install 'is2s[otel]'"


def render(told: Told) -> str:
    """OTLP's JSON, one line. Raises ``BackendUnavailable`` where OpenTelemetry is not installed."""
    try:
        from google.protobuf.json_format import MessageToDict
        from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
        from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
    except ImportError as error:
        raise _unavailable(error) from error
    memory = InMemorySpanExporter()
    export_spans(told, memory)
    request = MessageToDict(encode_spans(memory.get_finished_spans()), use_integers_for_enums=True)
    return json.dumps(_with_hex_ids(request), separators=(",", ":"), ensure_ascii=False) + "\n"


def send(told: Told, endpoint: str) -> int:
    """Send the spans to a collector's OTLP over HTTP, ``http://host:4318/v1/traces``; returns how many.

    Blocks until it has answered. Raises ``BackendUnavailable`` where OpenTelemetry is not installed, or where the
    collector does not take them.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import SpanExportResult
        from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
    except ImportError as error:
        raise _unavailable(error) from error
    if not endpoint.startswith(("http://", "https://")):
        raise ConfigError(f"--endpoint {endpoint}: takes the address of a collector: http://localhost:4318/v1/traces")
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL + 1)  # it is told here, in a line
    memory = InMemorySpanExporter()
    export_spans(told, memory)
    spans: tuple[ReadableSpan, ...] = memory.get_finished_spans()
    collector = OTLPSpanExporter(endpoint=endpoint, timeout=5)
    try:
        taken = collector.export(spans) is SpanExportResult.SUCCESS
    finally:
        collector.shutdown()  # type: ignore[no-untyped-call]
    if not taken:
        raise BackendUnavailable(f"no collector at {endpoint} took the spans")
    return len(spans)


def export_spans(told: Told, exporter: "SpanExporter") -> None:
    """Hand all spans of a session to an exporter of the SDK."""
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": "is2s"}), shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    _Spans(told, provider.get_tracer("is2s", str(told.head["format"]))).all()
    provider.force_flush()


class _Spans:
    """Makes the spans, each within the one it belongs to."""

    def __init__(self, told: Told, tracer: "Tracer") -> None:
        self._story = told.story
        self._tracer = tracer
        self._models = told.head.get("models", {})
        self._began_ns = told.changed_ns - told.story.end_us * 1000

    def all(self) -> None:
        named = {f"is2s.model.{role}": str(name) for role, name in self._models.items()}
        session = self._span("session", None, 0, self._story.end_us, **named)
        for turn in self._story.turns:
            self._turn(turn, session)
        answering = {reply for turn in self._story.turns for reply in turn.replies}
        for answer in self._story.answers.values():
            if answer.id not in answering:  # prepared for a turn that went on
                self._answer(answer, session)
        self._end(session, self._story.end_us)

    def _turn(self, turn: Turn, session: "Span") -> None:
        begin, end = self._story.span_us(turn)
        told = {"is2s.turn": turn.number, "is2s.user": plain(turn.text), "is2s.typed": turn.typed}
        span = self._span("turn", session, begin, end, **told)
        if turn.began_us is not None and turn.quiet_us is not None:
            self._end(self._span("user_speech", span, turn.began_us, turn.quiet_us), turn.quiet_us)
        if turn.asked_us is not None and turn.words_us is not None:
            self._end(self._span("recognition", span, turn.asked_us, turn.words_us), turn.words_us)
        for reply in turn.replies:
            self._answer(self._story.answers[reply], span)
        self._end(span, end)

    def _answer(self, answer: Answer, parent: "Span") -> None:
        end = self._until(answer.closed_us)
        told = {"is2s.reply": answer.id, "is2s.closed_by": answer.closed_by, "is2s.cut": answer.cut}
        words = {"is2s.heard": plain(answer.kept), "is2s.unheard": plain(answer.dropped)}
        span = self._span("reply", parent, answer.opened_us, end, **told, **words)
        for name, at in (("first_clause", answer.clause_us), ("first_sound", answer.sound_us)):
            if at is not None:
                span.add_event(name, timestamp=self._ns(at))
        for candidate in self._story.candidates:
            if candidate.reply == answer.id and candidate.verdict_us is not None:
                why: dict[str, Any] = {"is2s.reason": candidate.reason, "is2s.utterance": candidate.utterance}
                span.add_event(candidate.verdict, why, self._ns(candidate.verdict_us))
        if answer.heard_us is not None:
            self._end(self._span("playout", span, answer.heard_us, end), end)
        self._end(span, end)

    def _span(self, name: str, parent: "Span | None", begin: int, end: int, **told: Any) -> "Span":
        from opentelemetry.trace import set_span_in_context

        within = None if parent is None else set_span_in_context(parent)
        return self._tracer.start_span(name, within, attributes=told, start_time=self._ns(min(begin, end)))

    def _end(self, span: "Span", at: int) -> None:
        span.end(end_time=self._ns(at))

    def _until(self, at: int | None) -> int:
        return self._story.end_us if at is None else at

    def _ns(self, at: int) -> int:
        return self._began_ns + at * 1000


def _with_hex_ids(value: Any) -> Any:
    """OTLP's JSON has ids in hex, where protobuf's own has base64."""
    if isinstance(value, dict):
        return {
            key: base64.b64decode(part).hex() if key in ("traceId", "spanId", "parentSpanId") else _with_hex_ids(part)
            for key, part in value.items()
        }
    return [_with_hex_ids(part) for part in value] if isinstance(value, list) else value


def _unavailable(error: ImportError) -> BackendUnavailable:
    return BackendUnavailable(f"OpenTelemetry is not installed ({error.name})", remedy=REMEDY)
