"""What can be said to the companion, as a closed grammar for a recogniser that knows no other words.

JSGF as pocketsphinx reads it: lower case only. A test checks that the companion understands every sentence of
it, and that each kind of request the companion answers is in it. What is left out on purpose: polite tails
("please") and other words that any noise could be taken for.
"""

from collections.abc import Mapping

STOP_WORDS = ("stop", "be quiet", "wait", "hold on")
BACKCHANNELS = ("mm-hm", "uh-huh", "yeah", "okay", "right")

COMPANION_GRAMMAR = f"""#JSGF V1.0;
grammar companion;
public <utterance> = [stop] <command> | {" | ".join(STOP_WORDS)} | {" | ".join(BACKCHANNELS)};
<command> = <count> | <onward> | <story> | <memory> | <clock> | <sum> | <social>;
<count> = count [up] to <number>;
<onward> = go on [counting] | continue | keep going | shorter | make it shorter | repeat [that] | say that again;
<story> = tell me (a | another) story;
<memory> = what was the last (number | thing) you said | what did (you say | i say | i ask);
<clock> = what time is it;
<sum> = what is <number> (plus | minus | times) <number>;
<social> = help | what can you do | hello | thank you | goodbye | yes | no;
<number> = zero | <digit> | <teen> | <tens> [<digit>] | [one | a] hundred;
<digit> = one | two | three | four | five | six | seven | eight | nine;
<teen> = ten | eleven | twelve | thirteen | fourteen | fifteen | sixteen | seventeen | eighteen | nineteen;
<tens> = twenty | thirty | forty | fifty | sixty | seventy | eighty | ninety;
"""

PRONUNCIATIONS: Mapping[str, tuple[str, ...]] = {
    # CMU phones, for words that the dictionary of pocketsphinx lacks.
    "mm-hm": ("M HH AH M", "M HH M"),
}
