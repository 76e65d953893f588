"""What the user says in the scenarios: one line a clip, by voice.

The main user is a woman's voice, another speaker has a suffix in the clip's name. No voice here is the assistant's
(plain "en-us"). Where ``say`` is set, espeak-ng is given that spelling, because it would spell out the written one
letter by letter; the words still count one to one.
"""

from dataclasses import dataclass

ADA, BEN, CLARE, FAY, IAN = "en-us+f3", "en-us+m3", "en-gb-x-rp", "en-us+f5", "en-gb-scotland"
WHISPER = "en-us+whisper"


@dataclass(frozen=True, slots=True)
class Line:
    """A text in a voice of espeak-ng at ``rate_wpm`` words a minute."""

    text: str
    voice: str = ADA
    kind: str = "speech"
    say: str = ""
    rate_wpm: int = 175


PASSAGE = (
    "I would like to tell you about the garden behind my grandmother's house because it was the place where I "
    "spent every summer when I was a small child and I can still remember the smell of the apple trees in the early "
    "morning when the grass was wet and the birds were singing and my grandmother would open the kitchen window and "
    "call us in for bread and honey and then we would sit around the old wooden table and listen to her stories "
    "about the sea and the ships and the long winters when the snow was so deep that nobody could leave the village "
    "for weeks so my question is what should I plant there now that the old trees are gone"
)
NEWS = "good evening, here is the news, the river rose again last night and the bridge at the mill remains closed"

_MAIN = {
    # questions and requests
    "count_to_twenty": "count to twenty",
    "count_to_ten": "count to ten",
    "tell_me_a_story": "tell me a story",
    "what_time": "what time is it?",
    "what_date": "what is the date today?",
    "seven_plus_five": "what is seven plus five?",
    "web_address": "read me the web address",
    "help": "help",
    "weather_long": "tell me about the weather in Paris and then tell me what I should wear tomorrow morning "
    "when I go to work",
    # very short turns
    "hello": "hello",
    "thank_you": "thank you",
    "goodbye": "goodbye",
    "yes": "yes",
    "no": "no",
    "seven": "seven",
    # a conversation that refers to itself
    "my_name": "my name is Ada",
    "what_name": "what is my name?",
    "i_live": "I live in Oslo",
    "where_live": "where do I live?",
    "my_dog": "my dog is called Rex",
    "what_dog": "what is my dog called?",
    "add_three": "add three to that",
    "what_did_i_ask": "what did I ask?",
    # cutting in
    "stop": "stop",
    "wait": "wait",
    "hold_on": "hold on",
    "stop_what_number": "stop. what was the last number you said?",
    "what_number": "what was the last number you said?",
    "what_thing": "what was the last thing you said?",
    "repeat_that": "repeat that",
    "go_on": "go on",
    "shorter_please": "shorter please",
    "why": "why is that?",
    "no_tuesday": "no, I meant Tuesday",
    "thats_wrong": "that's wrong",
    "yes_i_know": "yes yes I know, and then?",
    "music_instead": "let's talk about music instead",
    "yeah_but": "yeah but what about tomorrow",
    "not_now_mum": "not now, mum",
    # turn ends that are hard to tell
    "last_week": "so last week I went to",
    "spain": "Spain",
    "weather_there": "and the weather there",
    "wondering": "I was wondering if you could",
    "umm_stop": "umm okay stop",
    "two_no_three": "a table for two, no, for three",
    "number_four_two": "my number is four two",
    "number_seven_nine": "seven nine",
    "number_one": "one",
    "monday_falling": "we leave on Monday.",
    "monday_rising": "we leave on Monday?",
}

LINES: dict[str, Line] = {
    **{name: Line(text) for name, text in _MAIN.items()},
    "passage_long": Line(PASSAGE, rate_wpm=170),
    "tell_me_a_story_m3": Line("tell me a story", BEN),
    "count_to_ten_m3": Line("count to ten", BEN),
    "hello_m3": Line("hello", BEN),
    "stop_m3": Line("stop", BEN),
    "wait_m3": Line("wait", BEN),
    "what_thing_m3": Line("what was the last thing you said?", BEN),
    "yeah_but_m3": Line("yeah but what about tomorrow", BEN),
    "tell_me_a_story_rp": Line("tell me a story", CLARE),
    "count_to_ten_rp": Line("count to ten", CLARE),
    "stop_rp": Line("stop", CLARE),
    "no_tuesday_rp": Line("no, I meant Tuesday", CLARE),
    "news_rp": Line(NEWS, CLARE),
    "tell_me_a_story_f5": Line("tell me a story", FAY),
    "stop_f5": Line("stop", FAY),
    "what_time_f5": Line("what time is it?", FAY),
    "what_time_scots": Line("what time is it?", IAN),
    "what_time_whispered": Line("what time is it?", WHISPER),
    "what_time_fast": Line("what time is it?", rate_wpm=320),
    "stop_whispered": Line("stop", WHISPER),
    "mm_hm": Line("mm-hm", kind="backchannel", say="umhum"),
    "uh_huh": Line("uh-huh", kind="backchannel"),
    "yeah": Line("yeah", kind="backchannel"),
    "right": Line("right", kind="backchannel"),
    "okay": Line("okay", kind="backchannel"),
    "yeah_okay_right": Line("yeah, yeah, okay, right", kind="backchannel"),
    "mm_hm_m3": Line("mm-hm", BEN, "backchannel", "umhum"),
    "yeah_m3": Line("yeah", BEN, "backchannel"),
    "right_rp": Line("right", CLARE, "backchannel"),
}
"""Name of every spoken clip -> what is said."""
