"""The companion's stories: its own, short, in plain words that any voice can speak."""

STORIES: tuple[str, ...] = (
    "Once upon a time there was a lighthouse keeper who was afraid of the dark. Every evening he climbed the stairs "
    "with his eyes shut, lit the great lamp, and only then dared to look. One night the lamp went out. He heard a "
    "ship in the storm, close to the rocks. So he sang, as loud as he could, the whole night long. The ship followed "
    "his voice into the harbour. Since then he has climbed the stairs with open eyes.",
    "There was once a small robot who swept the floor of a library. At night, when nobody was there, it read one "
    "page of a book, always the next one. After forty years it came to the last page of the last book. The robot "
    "thought for a long time. Then it rolled to the first shelf, and began again, because by now it had forgotten "
    "how the first story went, and it wanted very much to know.",
    "A baker in a mountain village could not sleep, so he baked by moonlight. A fox came to the window and asked for "
    "the burnt loaf. The baker gave it gladly. The next night the fox came with her cubs, and the night after with a "
    "bear. In spring an avalanche closed the road. Nobody could bring flour. In the morning a sack stood before the "
    "door, and beside it were the tracks of a bear.",
)
