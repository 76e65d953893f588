"""One attempt to answer: its clauses, their places in the sound, and what of it was heard.

Samples count from the first sample of the reply at the playout's rate and leave out pauses in which the playout
had run dry, so that "heard" is a plain count. Text is the language model's own, to the letter.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from states.events import ChunkSynthesized, WordSpan


@dataclass(slots=True)
class Clause:
    """A speakable piece of a reply. ``samples`` and ``words`` grow until ``complete``.

    ``broken``: no more sound will come, though not all of the text was spoken.
    """

    text: str
    first_sample: int = 0
    samples: int = 0
    words: list[WordSpan] = field(default_factory=list)
    complete: bool = False
    broken: bool = False
    estimated: bool = False


class Reply:
    """Grows clause by clause; ``generated`` once no further clause will come."""

    def __init__(self, reply: int, *, apology: bool = False) -> None:
        self.id = reply
        self.apology = apology
        self.generated = False
        self.clauses: list[Clause] = []
        self.samples = 0
        self._unspoken = ""

    @property
    def text(self) -> str:
        """All that the model has written so far."""
        return "".join(clause.text for clause in self.clauses) + self._unspoken

    @property
    def estimated(self) -> bool:
        """True where any word's place is guessed."""
        return any(clause.estimated for clause in self.clauses)

    def add_clause(self, text: str) -> None:
        """Append the next clause."""
        self.clauses.append(Clause(text))

    def add_chunk(self, chunk: ChunkSynthesized) -> None:
        """Append sound to a clause. A gap before it (a lost chunk) stays without words."""
        clause = self.clauses[chunk.clause]
        if not clause.samples:
            clause.first_sample = chunk.first_sample
        self.samples = chunk.first_sample + chunk.samples
        clause.samples = self.samples - clause.first_sample
        clause.words.extend(chunk.words)
        clause.complete = chunk.final
        clause.estimated |= chunk.estimated

    def end_before(self, clause: int) -> None:
        """Let the reply end before this clause, which cannot be spoken: better a short reply than one with a hole.

        Sound of the clause that is already on its way still counts.
        """
        keep = clause + 1 if self.clauses[clause].samples else clause
        self._unspoken = "".join(lost.text for lost in self.clauses[keep:])
        del self.clauses[keep:]
        if self.clauses:
            last = self.clauses[-1]
            last.broken, last.complete = not last.complete, True
        self.generated = True

    def is_finished(self, heard: int) -> bool:
        """True once all of it is written, spoken and heard."""
        return self.generated and all(clause.complete for clause in self.clauses) and heard >= self.samples

    def spoken_text(self, heard: int) -> str:
        """The prefix of the text that was heard, given the samples heard.

        A word counts once half of its samples were heard; a clause's last character counts once all of them were,
        unless its sound broke off before.
        Never more than was synthesised: ``heard`` beyond it is taken for all of it.
        """
        text = self.text
        end = max((end for end, at in self._marks() if at <= min(heard, self.samples)), default=0)
        after = end
        while after < len(text) and not (text[after].isalnum() or text[after].isspace()):
            after += 1
        if end and (after == len(text) or text[after].isspace()):
            end = after  # punctuation belongs to the word before it, unless it leads into the next one
        return text[:end].rstrip()

    def word_spans(self) -> Iterator[tuple[str, int, int]]:
        """Every word that has sound so far: its text, and the samples of the reply at which it begins and ends."""
        for clause in self.clauses:
            for char_first, char_end, first, end in clause.words:
                yield clause.text[char_first:char_end], clause.first_sample + first, clause.first_sample + end

    def _marks(self) -> Iterator[tuple[int, int]]:
        """Pairs of (end in the text, samples that must have been heard to claim it)."""
        offset = 0
        for clause in self.clauses:
            for _, char_end, first, end in clause.words:
                if end > first:
                    yield offset + min(char_end, len(clause.text)), clause.first_sample + (first + end + 1) // 2
            offset += len(clause.text)
            if clause.complete and not clause.broken and clause.samples:
                yield offset, clause.first_sample + clause.samples
