"""Whether words are our own, heard back through the microphone: echo that no canceller took away.

What a loudspeaker plays comes back some 20 to 400 ms later, so its words are those of the reply just before, in their
order. A person who cuts in says other words, or at most one or two of the same. Pure functions.
"""

from difflib import SequenceMatcher

from states.reply import Reply
from states.settings import DialogueSettings


def own_share_pct(words: tuple[str, ...], own: tuple[str, ...]) -> int:
    """How many percent of the words stand among our own, in the same order; 0 where there are none."""
    if not words or not own:
        return 0
    matched = SequenceMatcher(None, words, own, autojunk=False).get_matching_blocks()
    return 100 * sum(block.size for block in matched) // len(words)


def are_own(words: tuple[str, ...], own: tuple[str, ...], settings: DialogueSettings, *, suspicious: bool) -> bool:
    """Whether they are taken for echo; sooner where echo is suspected already."""
    least_pct = settings.suspected_own_words_pct if suspicious else settings.own_words_pct
    return own_share_pct(words, own) >= max(1, least_pct)


def played_since(reply: Reply, onset: int, heard: int, settings: DialogueSettings) -> str:
    """The words that may be in speech begun when ``onset`` samples of the reply were heard, up to ``heard``.

    ``settings.own_words_back`` words before the onset are among them, for the echo comes late.
    """
    spans = list(reply.word_spans())
    first = next((i for i, (_, _, end) in enumerate(spans) if end > onset), len(spans))
    first = max(0, first - settings.own_words_back)
    return " ".join(word for word, begin, _ in spans[first:] if begin < heard)
