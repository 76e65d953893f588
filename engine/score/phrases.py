"""What the made users say, by class and by split. No sentence of the one split is in the other.

Only the shortest words ("stop", "yeah") are in both, in other voices: nobody says them otherwise.
A "|" is where a turn pauses; in a "yeah, but" it is where the floor is taken.
"""

from typing import Literal

Split = Literal["dev", "test"]
SPLITS: tuple[Split, ...] = ("dev", "test")

DEV: dict[str, tuple[str, ...]] = {
    "command": (
        "play some jazz instead", "read the next one please", "set a timer for ten minutes", "call my sister",
        "turn the lights off", "go back to the beginning",
    ),
    "question": (
        "what time is it?", "how long does that take?", "who wrote that book?", "can you say that again?",
        "where is the nearest station?", "is it going to rain today?",
    ),
    "stop": ("stop", "wait", "hold on", "stop talking", "that's enough", "be quiet", "wait a moment"),
    "correction": (
        "no, I meant Tuesday", "no, the other one", "that's wrong, it was my brother", "not London, I said Lisbon",
    ),
    "topic": (
        "let's talk about music instead", "tell me about the weather tomorrow", "I want to hear about football",
        "anyway, what should I cook tonight?",
    ),
    "yeah_but": (
        "yeah | but what about tomorrow", "right | and who paid for it", "okay | but stop for a moment",
        "uh-huh | but that is not what I asked",
    ),
    "backchannel": ("mm-hm", "yeah", "right", "okay", "uh-huh", "I see", "wow", "really"),
    "backchannel_chain": (
        "yeah, yeah, okay, right", "uh-huh, yeah, sure", "okay, okay, I see", "mm-hm, right, yeah",
    ),
    "far_talker": (
        "did you see where I put the keys", "we should leave before it gets dark", "the soup is almost ready",
        "I think the train was late again",
    ),
    "tv": (
        "good evening, here is the news, the river rose again last night and the bridge remains closed",
        "and now the results of the second round, the home team won by two goals to one",
    ),
    "aside": ("not now, mum", "just put it on the table", "yes darling, I am coming down", "I'm on the phone"),
    "complete": (
        "what is the capital of Norway?", "tell me a story about a fox.", "how do I boil an egg?",
        "please remind me to water the plants.", "what was the last thing you said?", "yes please.", "no.",
    ),
    "pause_short": (
        "I would like to know | when the shop opens", "so last week I went to | the lake with my dog",
        "could you tell me | how far it is to Rome", "the thing I wanted to ask | is about my garden",
    ),
    "pause_long": ("I was wondering if you could | find me a good recipe", "my question is | why the sky is blue"),
    "filler": (
        "I want um | a table for two", "it was er | the third of May I think", "well uh | maybe something with fish",
    ),
    "trailing_and": ("we need milk and | two loaves of bread", "I met Anna and | her mother in the park"),
    "digits": ("my number is four two | seven nine | one", "it is zero eight | three three | six five"),
}  # fmt: skip

TEST: dict[str, tuple[str, ...]] = {
    "command": (
        "put on the radio", "skip this part please", "wake me up at seven", "send a message to Paul",
        "open the window blinds", "start again from the top",
    ),
    "question": (
        "what day is it?", "how much does it cost?", "who is the president of France?", "could you repeat that?",
        "where can I buy one?", "will it be cold tonight?",
    ),
    "stop": ("stop", "wait", "stop it", "enough", "quiet please", "hang on", "shut up"),
    "correction": (
        "no, I said Friday", "no, not that one", "that's not right, she was older", "not Berlin, I meant Bern",
    ),
    "topic": (
        "let's do something else", "tell me about the traffic this morning", "I'd rather hear about history",
        "by the way, what is for dinner?",
    ),
    "yeah_but": (
        "yes | but how does that work", "sure | and when does it start", "okay | but wait a second",
        "mm-hm | but I asked for something else",
    ),
    "backchannel": ("mhm", "yes", "sure", "yep", "got it", "oh really", "I know", "yeah"),
    "backchannel_chain": (
        "right, right, yeah", "yes, yes, okay", "mm-hm, mm-hm, sure", "okay, got it, yeah",
    ),
    "far_talker": (
        "have you fed the cat today", "they moved the meeting to the afternoon", "this window does not close",
        "my coat is still at the office",
    ),
    "tv": (
        "the government said on Monday that the new tunnel would open in the spring of next year",
        "welcome back to the show, tonight we have a very special guest from the north of the country",
    ),
    "aside": ("leave it by the door", "no, dad, I'm busy", "yes love, in a minute", "give me a second, I'm talking"),
    "complete": (
        "what is the tallest mountain?", "sing me a song about the sea.", "how do I fix a bicycle?",
        "please write down the address.", "who called me this morning?", "no thanks.", "yes.",
    ),
    "pause_short": (
        "I'd like to find out | if the pool is open", "so yesterday we drove to | the old mill by the river",
        "can you explain | how a clock works", "what I really need | is a new pair of shoes",
    ),
    "pause_long": ("I was hoping you might | help me with a letter", "the problem is | that my key does not fit"),
    "filler": (
        "I think um | a room with a view", "she was uh | nearly ninety years old", "so er | perhaps the blue one",
    ),
    "trailing_and": ("bring the salt and | the big wooden spoon", "I called Peter and | his brother last night"),
    "digits": ("the code is nine one | five five | two", "dial six seven | four zero | eight three"),
}  # fmt: skip

PHRASES: dict[Split, dict[str, tuple[str, ...]]] = {"dev": DEV, "test": TEST}

SPELLED = {"mm-hm": "umhum", "mm-hm,": "umhum,", "mhm": "umhum", "um": "umm"}
"""espeak-ng spells these letter by letter as they are written."""

OPENING = "tell me a story"
"""What gets the assistant to speak."""

STORY = (
    "Once upon a time there was a machine that could listen. It lived by the sea and heard the waves all day long. "
    "Each evening the fishermen came home and told it what they had seen out there. One of them spoke of a white "
    "whale that followed his boat for seven days without a sound. Another told of an island where the trees grow "
    "upside down and children sleep in the roots. The machine kept every word of these stories and never forgot a "
    "name. When winter came and the boats stayed in the harbour, it gave the stories back to the town. People sat "
    "around it in the long dark evenings and laughed at their own old lies. So the years went by, and the machine "
    "grew famous along the whole coast. Merchants from the south came to hear it and paid for the stories with salt "
    "and oranges. One day a girl asked it what it wished for itself, and nobody had ever asked that before. The "
    "machine was silent for a moment and then it said that it wished to see the ocean from above, like a gull."
)
"""What the assistant says first, about a minute of it."""

SECOND = (
    "All right, let us turn to that now and leave the other matter alone. Here is what comes to mind about it, and "
    "please tell me whenever it is not what you had hoped for."
)
"""What it answers to everything after that."""
