"""A journal as lines for a person: time, state, why, and what was kept and dropped."""

from collections.abc import Iterable, Iterator

import click

from engine.codec import Record

QUIET = ("capturing", "short_pause", "speech_goes_on", "sound", "clause", "reply_complete", "still_sounding")
"""Reasons of steps in place that tell a reader little; shown on demand."""

UNHEARD_CHARACTERS = 200
"""Of the words that were cut off; the journal has them all."""


def notable(lines: Iterable[Record], *, everything: bool = False) -> Iterator[Record]:
    """The lines worth showing: moves, verdicts, stages of a barge-in, and all that was refused for a live reply."""
    for line in lines:
        late = line["outcome"] in ("stale", "declined")
        quiet = line["reason"] in QUIET and line["outcome"] != "moved"
        if everything or not (quiet or late):
            yield line


def text_of(line: Record) -> str:
    """One line: ``  3.904  speaking                  onset (utterance 2): duck``."""
    moved = line["outcome"] == "moved"
    state = f"{line['source']} -> {line['dest']}" if moved else line["source"]
    why = line["reason"] if line["outcome"] in ("moved", "stayed") else f"{line['outcome']}: {line['reason']}"
    return f"{line['t_us'] / 1e6:9.3f}  {state:28} {why:20} {'; '.join(_details(line))}".rstrip()


def styled(line: Record) -> str:
    """The same, in colour for a terminal: moves stand out, and what became of a barge-in."""
    text = text_of(line)
    if line.get("verdict") == "interrupt" or (line["outcome"] == "moved" and line["dest"] == "interrupted"):
        return click.style(text, fg="yellow", bold=True)
    if line.get("verdict") == "dismiss":
        return click.style(text, fg="cyan")
    if line["outcome"] in ("stale", "declined"):
        return click.style(text, dim=True)
    return click.style(text, bold=True) if line["outcome"] == "moved" else text


def _details(line: Record) -> Iterator[str]:
    if "verdict" in line:
        verdict = str(line["verdict"])
        yield {"interrupt": "INTERRUPT", "dismiss": "dismissed, goes on"}.get(verdict, verdict)
    if "text.said" in line:
        yield f"user: {_quoted(line['text.said'])}"
    elif line.get("text.text") and str(line["on"]["type"]).startswith("utterance"):
        yield f"heard {_quoted(line['text.text'])}"
    if "text.kept" in line:
        yield f"kept {_quoted(line['text.kept'])}"
        if line.get("text.dropped"):
            yield f"dropped {_beginning(line['text.dropped'])}"
    if "error" in line["on"]:
        yield shown(line["on"]["error"])
    types = [str(command["type"]) for command in line["commands"]]
    orders = [name.removesuffix("_playout") for name in types if name.endswith("_playout")]
    if orders:
        yield f"{', '.join(orders)} at sample {line['heard_samples']}"


def _beginning(words: object) -> str:
    """What nobody heard may be far more than was said: a model writes ahead as fast as it can."""
    text = shown(words)
    if len(text) <= UNHEARD_CHARACTERS:
        return f'"{text}"'
    head = text[:UNHEARD_CHARACTERS].rpartition(" ")[0] or text[:UNHEARD_CHARACTERS]
    return f'"{head} ..." and {len(text[len(head) :].split())} words more'


def _quoted(words: object) -> str:
    return f'"{shown(words)}"'


def shown(words: object) -> str:
    """Words of a model on one line, and without what would steer a terminal."""
    return "".join(c if c.isprintable() else "\ufffd" for c in " ".join(str(words).split()))
