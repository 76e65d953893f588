"""Faults planted in the core, one at a time, to show that the tests would notice.

A mutant rewrites a piece of a function's source, or changes rows of the table, in the running program only; a
``MonkeyPatch`` takes it back.
"""

import inspect
import sys
import textwrap
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import pytest

from states import actions_answer as a
from states import actions_reply as r
from states import actions_speech as s
from states import actions_turn as t
from states import actions_utterance as u
from states import claim as k
from states import dialogue as d
from states import events as ev
from states import fence as f
from states import guards as g
from states import guards_turn as gt
from states import judge as j
from states import own_words as o
from states import policies as p
from states.history import History
from states.reply import Reply
from states.row import Row
from states.state import State
from states.table import TABLE

Patch = Callable[[pytest.MonkeyPatch], None]


class Mutant(NamedTuple):
    """A fault and how to plant it."""

    name: str
    plant: Patch


def edit(name: str, function: Callable[..., Any], old: str, new: str) -> Mutant:
    """Rewrite a piece of a function or method."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        source = textwrap.dedent(inspect.getsource(function))
        assert source.count(old) == 1, f"{name}: {old!r} is {source.count(old)} times in {function}"
        module = sys.modules[function.__module__]
        scope: dict[str, Any] = dict(vars(module))
        exec(compile(source.replace(old, new), f"<{name}>", "exec"), scope)
        changed = scope[function.__name__]
        owner = function.__qualname__.rpartition(".")[0]
        if owner:
            patch.setattr(getattr(module, owner), function.__name__, changed)
        else:
            swap(patch, function, changed)
        rebuild(patch, TABLE if owner else swapped(function, changed))

    return Mutant(name, plant)


def swap(patch: pytest.MonkeyPatch, old: object, new: object) -> None:
    """Put a function in place of another wherever the core, or a test of it, has bound it."""
    for name, module in list(sys.modules.items()):
        if name.startswith(("states.", "tests.core.")):
            for bound, value in list(vars(module).items()):
                if value is old:
                    patch.setattr(module, bound, new)


def swapped(old: object, new: Any) -> tuple[Row, ...]:
    """The table with a guard or an action in place of another."""
    return tuple(
        replace(
            row,
            guards=tuple(new if guard is old else guard for guard in row.guards),
            action=new if row.action is old else row.action,
        )
        for row in TABLE
    )


def rebuild(patch: pytest.MonkeyPatch, table: tuple[Row, ...]) -> None:
    """Have dialogues run on that table."""
    patch.setattr(d, "TABLE", table)
    patch.setattr(d, "_PAIRS", frozenset((row.event, row.source) for row in table))
    patch.setattr(d, "_MACHINE", d._build())


def rows(name: str, event: type[ev.Event], source: State, reason: str, **change: Any) -> Mutant:
    """Change the rows of that event, state and reason; no change at all takes them out."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        hit = [row for row in TABLE if (row.event, row.source, row.reason) == (event, source, reason)]
        assert hit, f"{name}: there is no such row"
        changed = tuple(replace(row, **change) if row in hit else row for row in TABLE if change or row not in hit)
        rebuild(patch, changed)

    return Mutant(name, plant)


BOTH = "d.emit(CancelReply(c.reply.id), StopPlayout(c.reply.id))"
MUTANTS = [
    # Closing a reply.
    edit("no stop on closing", r.close_reply, BOTH, "d.emit(CancelReply(c.reply.id))"),
    edit("no abort on closing", r.close_reply, BOTH, "d.emit(StopPlayout(c.reply.id))"),
    edit("abort after stop", r.close_reply, BOTH, "d.emit(StopPlayout(c.reply.id), CancelReply(c.reply.id))"),
    edit("no truncation", r._settle, "reply.spoken_text(d.heard)", "reply.text"),
    edit("closed reply stays live", r._settle, "c.reply = None", "pass"),
    edit("heard words forgotten", r._settle, "c.history.add(", "id("),
    edit("cut not noted", r._settle, "cut=d.cut", "cut=False"),
    edit("session ends with a live reply", r.stop_session, "c.reply is not None", "False"),
    edit("finish keeps its deadline", r.finish_reply, 'disarm(c, d, "state")', ""),
    edit("stop key keeps the deadline", r.cut_reply, 'disarm(c, d, "state")', ""),
    # Opening and growing.
    edit("words not in the history", t.enter_turn, 'c.history.add(Message("user", text))', ""),
    edit("turn not counted", t.enter_turn, "c.turn += d.said is None", ""),
    edit("no deadline for the first sound", a._await_first_sound, 'arm(c, d, "state", c.settings.reply_ms)', ""),
    edit("reply begins over an onset", a._await_first_sound, "hold_for_candidate(c, d)", "pass"),
    edit("reply id used again", a._open_reply, "c.last_reply += 1", "c.last_reply = c.last_reply or 1"),
    edit("utterance kept by the reply", a._open_reply, "c.utterance = None", ""),
    edit("clause not spoken", r.add_clause, "d.emit(SynthesizeClause(e.reply, e.clause, e.text))", ""),
    edit("stall watch not set again", r.watch, 'arm(c, d, "state", c.settings.stall_ms)', ""),
    edit("stall watch without a mark", r.watch, "c.heard_at_watch = d.heard", ""),
    edit("synthesis goes on after a fault", r.end_before_clause, "d.emit(CancelReply(e.reply))", ""),
    edit("late answer not apologised for", a.apologise_no_answer, "close_reply(c, d)", "_settle(c, d)"),
    edit("typing cuts no reply", a.answer_typed, "close_reply(c, d)", "pass"),
    edit("typing leaves speech behind", a.answer_typed, "forget_speech(c, d)", ""),
    edit("calls not in the history", r.note_tool_use, "c.history.add(", "id("),
    # Barging in.
    edit("interrupted by nobody", r.interrupt, "adopt_candidate(c, e, d)", ""),
    edit("interruption not overlapped", r.interrupt, "c.utterance.overlapped = True", ""),
    edit("key is not hard", r.interrupt_by_key, "c.utterance.hard = True", "True"),
    edit(
        "hard is not passed on",
        u.adopt_candidate, "hard=c.utterance is not None and c.utterance.hard", "hard=False",
    ),
    edit("candidate not cleared on adoption", u.adopt_candidate, "c.candidate = None", "pass"),
    edit("no deadline on adoption", u.adopt_candidate, 'arm(c, d, "state", c.settings.utterance_ms)', "pass"),
    edit("candidate without a deadline", s.consider, 'arm(c, d, "candidate", c.settings.onset_ms)', ""),
    edit("no duck", s.duck_for, "d.emit(DuckPlayout(c.reply.id))", "pass"),
    edit("no hold", s.hold_for_candidate, "d.emit(HoldPlayout(c.reply.id))", "pass"),
    edit("not held while verified", s.verify, "_hold_if_likely(c, e, d)", ""),
    edit("earlier claim lost", k.claimed, "since=old.since", "since=at"),
    edit("earlier voice lost", k.claimed, "earlier_ms=earlier_ms", "earlier_ms=0"),
    edit("no resume on dismissal", s.forget_candidate, "d.emit(ResumePlayout(c.reply.id))", "pass"),
    edit("deadline kept on dismissal", s.forget_candidate, 'disarm(c, d, "candidate")', ""),
    edit("pause not assessed as one", k.claimed, "isinstance(e, SpeechPaused | SpeechEnded)", "False"),
    edit("end not noted", k.claimed, "isinstance(e, SpeechEnded)", "False"),
    edit("going on not noted", s.note_going_on, "c.candidate.silent = False", "pass"),
    edit("stale evidence of a pause", k.evidence_of, "silent=is_last", "silent=e.ended"),
    edit("unwritten reply is whole", r._settle, "or not reply.generated", ""),
    edit("backchannels hold for ever", k.judgement, "evidence.voice.voiced_ms > at.voiced_at_deadline_ms", "True"),
    edit("backchannels interrupt when long", k.judgement, "at.doubt in AGAINST_A_TURN", "False"),
    edit("doubt not noted", s.note_undecided, "c.candidate.doubt = found.reason", ""),
    edit("putting off not noted", s.verify_longer, "c.candidate.earlier_ms + c.candidate.voiced_ms", "0"),
    edit("no deadline when put off", s.verify_longer, 'arm(c, d, "candidate", c.settings.verification_ms)', ""),
    edit("failure while speaking dismisses", k.judgement, "or at.silent", "or True"),
    # Capturing and recognising.
    edit("listening without a deadline", u.listen, 'arm(c, d, "state", c.settings.utterance_ms)', ""),
    edit("end of the utterance not noted", u.transcribe, "at.ended = True", ""),
    edit("continuation loses its start", u.transcribe, "at.since", "at.id"),
    edit("continuation forgets its start", u.continue_with, "since=old.since", "since=utterance"),
    edit("continuation not overlapped", u.continue_with, "overlapped=old.overlapped", "overlapped=False"),
    edit("old recognition runs on", u.continue_with, "d.emit(CancelTranscription(old.id))", "pass"),
    edit("candidate not cleared on going on", u.continue_with, "c.candidate = None", ""),
    edit("recognition without a deadline", u.transcribe, 'arm(c, d, "state", c.settings.transcription_ms)', ""),
    edit(
        "stop key leaves recognition running",
        u.forget_speech, "d.emit(CancelTranscription(c.utterance.id))", "pass",
    ),
    # The end of a turn.
    edit("prepared aloud", a._await_first_sound, "d.emit(HoldPlayout(c.reply.id))", "pass"),
    edit("prepared without the words", a._generate, "c.prepared is not None", "False"),
    edit("answered before the silence", a.answer, "left_ms(c, d) <= 0", "True"),
    edit("no end of the turn in sight", a.answer, "await_turn_end(c, d)", ""),
    edit("taken and not heard", r.take_turn, "d.emit(ResumePlayout(c.reply.id))", ""),
    edit("taken while the user speaks again", t.consider_more, 'disarm(c, d, "turn")', ""),
    edit("never taken after a noise", t.forget_more, "await_turn_end(c, d)", ""),
    edit("taken and not ended", t.commit_turn, "d.emit(EndUtterance(at.id))", "pass"),
    edit("taken utterance goes on", t.commit_turn, "c.taken_utterance = at.id", ""),
    edit("turn taken twice", t.commit_turn, "c.prepared = None", ""),
    edit("claim of the turn itself", t.commit_turn, "c.candidate.id == at.id", "False"),
    edit("silence counted from the words", u.transcribe, "d.now_us - e.silent_ms * 1000", "d.now_us"),
    edit("silence counted from the end", u.transcribe, "elif not at.quiet_us:", "else:"),
    edit("a pause is an end", u.transcribe, "at.over = not isinstance(e, SpeechPaused)", "at.over = True"),
    edit("end in a pause not noted", t.note_end, "at.over = True", ""),
    edit("no abort on taking back", r.withdraw_reply, "d.emit(CancelReply(reply.id), StopPlayout(reply.id))", ""),
    edit("taken back and still prepared", a._withdraw, "c.prepared, c.utterance = None,", "c.utterance ="),
    edit("settled and not taken", r._settle, "commit_turn(c, d)", "c.prepared = None"),
    edit("lost answer takes the turn", a.apologise_no_answer, "c.prepared is not None", "False"),
    edit("pause not learned", u.continue_with, "learn_pause(c, d, c.candidate.pause_ms)", "pass"),
    edit("own voice counted twice", u.continue_with, "0 if same else old.voiced_ms", "old.voiced_ms"),
    edit("function called in silence", r.note_tool_use_for_turn, "commit_turn(c, d)", ""),
    edit("a smack is speech", gt.is_more_of_turn, "e.voiced_ms - at.voiced_ms >= c.settings.more_voiced_ms", "True"),
    edit("words of an earlier pause let in", f.lateness, "and asked else", "else"),
    edit("speech of a taken turn let in", f._speech_lateness, 'return "turn_taken"', "pass"),
    edit("mere onsets are in question", f._is_in_question, "at.sustained and ", ""),
    rows("unfinished turns are answered", ev.SpeechContinued, State.THINKING, "user_goes_on"),
    rows("silence gives up on the words", ev.UtteranceTranscribed, State.TRANSCRIBING, "no_words_yet"),
    # The fence.
    edit("closed replies let in", f._reply_lateness, 'return "reply_closed"', "return None"),
    edit("chunks twice", f._reply_lateness, "or event.first_sample < reply.samples", ""),
    edit("older speech let in", f._speech_lateness, 'return "older_utterance"', "return None"),
    edit("words of open utterances let in", f._is_awaited, "c.utterance.ended and ", ""),
    edit("evidence of others let in", f._is_in_question, "at.since <= utterance <= at.id", "True"),
    edit("old deadlines let in", f.lateness, "event.deadline in c.deadlines.values()", "True"),
    edit("time may run backwards", f.check, "now_us < c.now_us", "False"),
    edit("clauses in any order", f._check_reply, "event.clause > count", "False"),
    edit("last utterance not noted", d.Dialogue.handle, "max(memory.last_utterance, event.utterance)", "0"),
    # Guards and words.
    edit("finished before it was heard", Reply.is_finished, "and heard >= self.samples", ""),
    edit("finished with sound to come", g.will_be_finished, "and d.heard >= total", ""),
    edit("finished with clauses to come", g.will_be_finished, "not unspoken", "True"),
    edit("never stalls", g.is_advancing, "d.heard > c.heard_at_watch", "d.heard >= c.heard_at_watch"),
    edit("ended utterance goes on", g.is_adopted_utterance, "and not c.utterance.ended", ""),
    edit("newer is any", g.is_newer_utterance, "e.utterance > c.utterance.id", "e.utterance >= c.utterance.id"),
    edit("backchannels interrupt", j.judge_words, "after(words, soft(settings))", "words"),
    edit("voice threshold off by one", j.judge_words, "e.voiced_ms < settings", "e.voiced_ms <= settings"),
    edit("confidence threshold off by one", j.judge_words, "confidence_pct < settings", "confidence_pct <= settings"),
    edit("voice alone off by one", j.judge_in_default, "voiced_ms >= settings", "voiced_ms > settings"),
    edit("own words interrupt", j.judge_words, "if are_own(words, e.own,", "if False and are_own(words, e.own,"),
    edit("own words are a turn", j.rejection, "if may_be_echo and are_own", "if False and are_own"),
    edit("a quick yes is echo", j.rejection, "len(words) > 1 and ", ""),
    edit("long answers are echo", j.rejection, "heard.voiced_ms <= settings.echo_tail_ms", "True"),
    edit("late answers are echo", u.listen, "d.now_us - c.reply_ended_us <= c.settings.echo_tail_ms * 1000", "True"),
    edit("echo of any place", o.played_since, "max(0, first - settings.own_words_back)", "0"),
    edit("echo of words to come", o.played_since, "if begin < heard", ""),
    edit("own words not counted", s.note_reason, "c.own_in_a_row += 1", ""),
    edit("suspicion never ends", t.enter_turn, "c.own_in_a_row = 0", ""),
    edit("suspicion changes nothing", j.judge_in_default, "if e.suspicious:", "if False:"),
    edit("own words forgotten at the end", u.adopt_candidate, "candidate.own or own_words(c, d)", "candidate.own"),
    edit("doubt does not matter", j.judge_words, "if e.doubt:", "if False:"),
    edit("doubted words are a turn", j.rejection, "if heard.doubt:", "if False:"),
    edit("backchannel is a turn", j.rejection, "if not overlapped:", "if True:"),
    edit("words to somebody else are a turn", j.rejection, "is_to_somebody_else(content, settings) and", "False and"),
    edit("stop is for somebody else", j.rejection, "and not stops", ""),
    # The voice, its level, and the policies.
    edit("words to somebody else interrupt", j.judge_words, "is_to_somebody_else(content, settings)", "False"),
    edit("names anywhere", j.is_to_somebody_else, "least=2", "least=1"),
    edit("phrases are not awaited", j.judge_words, "_may_become_a_phrase(content, settings)", "False"),
    edit("phrases are awaited for ever", j.judge_words, "not e.silent and", ""),
    edit("openers interrupt", j._may_become_a_phrase, "content in openers or", ""),
    edit("a television interrupts", j.judge_words, "if is_far(e, settings):", "if False:"),
    edit("a television interrupts in time", j.judge_in_default, "if is_far(e, settings):", "if False:"),
    edit("a television is clear", j.judge_voice, "or is_far(e, settings)", ""),
    edit("nothing is assumed", k.evidence_of, "c.settings.assumed_level_db or -1", "-1"),
    edit("far off by one", j.is_far, "e.voice.level_db < e", "e.voice.level_db <= e"),
    edit("unknown levels are far", j.is_far, "or e.voice.level_db < 0", ""),
    edit("clear voice off by one", j.judge_voice, "voiced_ms >= settings", "voiced_ms > settings"),
    edit("steady off by one", j.is_clear_voice, "steady_pct >= settings", "steady_pct > settings"),
    edit("tonal off by one", j.is_clear_voice, "tonal_pct >= settings", "tonal_pct > settings"),
    edit("clear in a pause", j.judge_voice, "e.silent or ", ""),
    edit("clear echo", j.judge_voice, "e.suspicious or ", ""),
    edit("known words do not matter", j.judge_voice, "or e.so_far in AGAINST_A_TURN", ""),
    edit("coughs interrupt", j.judge_in_default, "if is_unlike_voice(e.voice, settings):", "if False:"),
    edit("a whisper is a cough", j.is_unlike_voice, "return unsteady and", "return"),
    edit("the unmeasured is a cough", j.is_unlike_voice, "0 <= voice.steady_pct", "voice.steady_pct"),
    edit("coughs are apologised for", g.deserves_apology, "or is_unlike_voice(at.voice, c.settings)", ""),
    edit("coughs hold", j.is_worth_a_hold, "or is_unlike_voice(e.voice, settings)", ""),
    edit("televisions hold", j.is_worth_a_hold, "or is_far(e, settings)", ""),
    edit("backchannels hold", j.is_worth_a_hold, "or e.so_far in AGAINST_A_TURN", ""),
    edit("pauses hold", j.is_worth_a_hold, "e.silent or ", ""),
    edit("laughter interrupts", j._without_words, "voiced_ms >= settings.wordless_ms", "voiced_ms >= 0"),
    edit("wordless off by one", j._without_words, "voiced_ms >= settings", "voiced_ms > settings"),
    edit("wordless coughs", j._without_words, "and clear and", "and"),
    edit("wordless and unmeasured", j._without_words, "e.voice.steady_pct < 0 or ", ""),
    edit("wordless echo", j._without_words, "e.suspicious or ", ""),
    edit("wordless in a pause", j._without_words, "e.silent or ", ""),
    edit("a soft syllable is far", j.judge_words, "e.silent or e.voice.voiced_ms >= settings.hold_ms", "True"),
    edit("televisions are awaited", j.judge_words, "e.silent or e.voice.voiced_ms >= settings.hold_ms", "e.silent"),
    edit("hold off by one", j.is_worth_a_hold, "voiced_ms >= settings.hold_ms", "voiced_ms > settings.hold_ms"),
    edit("what speaks against it holds on", s.note_undecided, "_go_on_unless_likely(c, e, d)", ""),
    edit("what speaks for it does not hold", s.note_undecided, "_hold_if_likely(c, e, d)", ""),
    edit("going on does not hold", s.note_going_on, "_hold_if_likely(c, e, d)", ""),
    edit("back to full level", s._go_on_unless_likely, ", DuckPlayout(c.reply.id)", ""),
    edit("a missed onset is not made up for", s.verify, "c.candidate is None", "False"),
    edit("held although waiting", k.must_hold, "return policy_of(c, d).yields", "return True"),
    edit("a cough lets the reply begin", k.must_hold, "or not d.heard", ""),
    edit("waiting for what nobody hears", k.policy_of, "or d.heard", ""),
    edit("policy does not matter", k.policy_of, "policy_named(c.settings.policy)", 'POLICIES["hybrid"]'),
    edit("waiting turns it down", s.duck_for, "if policy_of(c, d).yields:", "if True:"),
    edit("vad asks for words", s._assess, "if policy_of(c, d).asks:", "if True:"),
    edit("vad off by one", p.VoiceOnly.on_voice, "voiced_ms >= settings", "voiced_ms > settings"),
    edit("waiting yields to words", p.Wait.on_words, 'or found.reason == "stop_phrase"', "or True"),
    edit("level not learned", t.learn_level, "c.usual_level_db = level_db if", "_ = level_db if"),
    edit("level follows at once", t.learn_level, "* c.settings.level_follow_pct", "* 100"),
    edit("learning is not told", t.learn_level, "d.usual_level_db = c.usual_level_db", ""),
    edit("the unmeasured is learned", t.learn_level, "if level_db < 0:", "if False:"),
    edit("level of the end not noted", u.transcribe, "at.voice = voice_of(e)", "pass"),
    edit("level of a barge-in not noted", u.adopt_candidate, "voice=candidate.voice,", ""),
    edit("evidence not told", s.note_verdict, "evidence_of(c, e, d)", "None"),
    edit("backchannels not counted", s.dismiss, "c.backed_turn = c.turn", "pass"),
    edit("backchannels told again", a._generate, "if c.backed_turn == turn - 1 else 0", ""),
    edit("backchannels told to a withdrawn answer only", a._generate, "turn + 1", "turn"),
    edit("backchannels of all turns", s.dismiss, "if c.backed_turn == c.turn else 0", ""),
    edit("note without a backchannel", a._generate, "if backchannels else", "if True else"),
    # History and reply arithmetic.
    edit("neighbours do not merge", History.add, "last.role == message.role", "False"),
    edit("empty messages", History.add, "if not text:", "if False:"),
    edit("one word too few", Reply.spoken_text, "at <= min(heard", "at < min(heard"),
    edit("a word at its start", Reply._marks, "(first + end + 1) // 2", "first"),
    edit("a word at its end", Reply._marks, "(first + end + 1) // 2", "end"),
    edit("half rounded down", Reply._marks, "(first + end + 1) // 2", "(first + end) // 2"),
    edit("words counted from the reply", Reply._marks, "clause.first_sample + (first", "(first"),
    edit("characters counted from the clause", Reply._marks, "offset + min(", "min("),
    edit("heard beyond what was made", Reply.spoken_text, "min(heard, self.samples)", "heard"),
    edit("signs cut off", Reply.spoken_text, "end = after", "pass"),
    edit(
        "broken clause claimed",
        Reply.end_before, "last.broken, last.complete = not last.complete, True", "last.complete = True",
    ),
    # The table.
    rows("first sample moves nothing", ev.PlayoutStarted, State.THINKING, "first_sample", dest=None),
    rows("barge-in stays", ev.UtteranceAssessed, State.SPEAKING, "barge_in", dest=None),
    rows("barge-in goes to listening", ev.UtteranceAssessed, State.SPEAKING, "barge_in", dest=State.LISTENING),
    rows("no words, on to listening", ev.UtteranceTranscribed, State.TRANSCRIBING, "no_words", dest=State.LISTENING),
    rows(
        "adoption on onset",
        ev.SpeechStarted, State.TRANSCRIBING, "speech_may_go_on", dest=State.LISTENING, action=u.go_on_listening,
    ),
    rows("idle is deaf", ev.SpeechStarted, State.IDLE, "speech"),
    rows("drained is ignored", ev.PlayoutDrained, State.SPEAKING, "reply_finished"),
    rows("stall is ignored", ev.DeadlineExpired, State.SPEAKING, "playout_stalled"),
    rows("recognition never overdue", ev.DeadlineExpired, State.INTERRUPTED, "recognition_overdue"),
    rows("session never stops", ev.SessionStopped, State.SPEAKING, "session_stopped", dest=None),
    rows("verdict pending is ignored", ev.SpeechStarted, State.SPEAKING, "verdict_pending"),
    rows("stop command is answered", ev.UtteranceTranscribed, State.INTERRUPTED, "stop_command"),
    rows("calls of closed replies are lost", ev.ToolUsed, State.IDLE, "tool_used_by_closed_reply"),
    rows("dismissal by failure ignored", ev.TranscriptionFailed, State.SPEAKING, "dismissed"),
]  # fmt: skip
