"""Which motifs stand for what a description speaks of. Data, and the search through it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache

_LONGEST = 2000
"""Characters of a description that are read."""

_SHORTEST_STEM = 5
"""A word this long also counts at either end of a longer one ('sourdough' in 'Sourdoughbrot')."""

TOPICS: tuple[tuple[tuple[str, ...], str], ...] = (
    (
        ("loaf", "wheat", "whisk"),
        "bread sourdough loaf loaves dough baking bake baker bakery flour yeast brot backen pain au levain boulanger "
        "panadero masa madre pane lievito хлеб",
    ),
    (
        ("cake", "whisk", "cup"),
        "cake cupcake cookie cookies dessert pastry chocolate muffin kuchen torte gateau pastel",
    ),
    (("pizza", "hat", "flame"), "pizza pasta lasagna spaghetti noodle noodles ramen"),
    (("burger", "flame", "hat"), "burger burgers grill grilling barbecue bbq steak sandwich taco tacos"),
    (
        ("leafbowl", "apple", "leaf"),
        "salad vegan vegetarian vegetable vegetables smoothie vitamin diet healthy nutrition",
    ),
    (("cup", "clock", "spark"), "coffee espresso latte cappuccino barista tea matcha kaffee café caffè кофе"),
    (
        ("dumbbell", "stopwatch", "heart"),
        "fitness workout workouts gym muscle muscles exercise exercises training squat squats pushup pushups strength "
        "lifting bodybuilding abs sport ejercicio entrenamiento musculation",
    ),
    (("stopwatch", "heart", "flag"), "running runner marathon jogging sprint triathlon laufen correr"),
    (("heart", "leaf", "moon"), "health yoga meditation mindfulness stress anxiety wellness love relationship dating"),
    (("moon", "clock", "eye"), "sleep sleeping insomnia dream dreams night schlaf dormir"),
    (("ball", "trophy", "target"), "football soccer goal basketball volleyball fußball fútbol league match"),
    (
        ("coin", "bars", "wallet"),
        "money invest investing investment stock stocks crypto bitcoin finance budget budgeting saving savings salary "
        "income rich debt tax taxes passive dollar dollars euro euros geld dinero argent soldi деньги",
    ),
    (
        ("play", "camera", "bars"),
        "youtube youtuber channel subscribers subscriber views viral thumbnail thumbnails vlog streaming tiktok",
    ),
    (
        ("laptop", "gear", "chip"),
        "code coding program programming programmer developer software python javascript typescript rust database "
        "website app backend frontend docker linux kubernetes api computer laptop programmieren programar",
    ),
    (("robot", "chip", "bulb"), "ai robot robots robotics automation chatgpt llm machine neural agent agents"),
    (("phone", "bubble", "chip"), "phone smartphone iphone android mobile texting social instagram"),
    (("camera", "eye", "sun"), "camera photography photographer photo photos portrait lens fotografie fotografía"),
    (("mic", "headphones", "bubble"), "podcast podcasting interview microphone voice speech speaking rap"),
    (("guitar", "note", "headphones"), "guitar guitarist bass ukulele chord chords gitarre guitarra"),
    (
        ("note", "headphones", "mic"),
        "music song songs piano melody producer singing sing beat beats musik música musique",
    ),
    (
        ("gamepad", "trophy", "bolt"),
        "game games gaming gamer minecraft fortnite playstation xbox nintendo esports roblox",
    ),
    (("robot", "gear", "gamepad"), "lego toy toys model models figure figures"),
    (
        ("plane", "suitcase", "globe"),
        "travel traveling travelling trip vacation holiday flight flights airport tourist japan tokyo paris italy "
        "reise viaje voyage viaggio backpacking",
    ),
    (
        ("mountain", "tree", "sun"),
        "hiking hike mountain mountains climbing camping camp wilderness trail outdoor survival",
    ),
    (("wave", "fish", "sun"), "ocean sea beach surf surfing swim swimming diving sailing boat"),
    (("fish", "wave", "target"), "fish fishing aquarium angling sushi"),
    (("snowflake", "mountain", "sun"), "snow winter ski skiing snowboard cold ice christmas"),
    (
        ("sprout", "leaf", "flower"),
        "garden gardening plant plants tomato tomatoes vegetable seeds seed soil compost houseplant balcony garten "
        "jardin jardín",
    ),
    (("flower", "heart", "gift"), "flower flowers wedding bouquet rose roses spring valentine"),
    (("drop", "wave", "leaf"), "water hydration rain skincare skin soap"),
    (("paw", "heart", "ball"), "dog dogs puppy puppies pet pets hund perro chien cane"),
    (("cat", "paw", "heart"), "cat cats kitten kittens katze gato"),
    (("car", "wheel", "gear"), "car cars driving driver tesla engine mechanic vehicle auto coche voiture garage"),
    (("bike", "wheel", "mountain"), "bike bikes bicycle cycling cyclist fahrrad bicicleta"),
    (("wheel", "bolt", "gear"), "motorcycle motorbike truck racing race tyre tires wheel"),
    (
        ("rocket", "planet", "moon"),
        "space rocket nasa spacex mars astronaut astronomy universe galaxy planet planets moon",
    ),
    (("atom", "flask", "bulb"), "physics quantum science scientist energy nuclear math mathematics einstein"),
    (("flask", "atom", "eye"), "chemistry biology experiment experiments laboratory medicine dna"),
    (
        ("pencil", "brush", "eye"),
        "draw drawing sketch sketching write writing novel art artist illustration zeichnen dibujar",
    ),
    (("brush", "house", "hammer"), "paint painting wall room decor interior furniture renovate renovation"),
    (("shirt", "gift", "eye"), "fashion clothes clothing outfit outfits style sewing thrift wardrobe knitting"),
    (("lipstick", "eye", "heart"), "makeup beauty cosmetics hair hairstyle nails lipstick"),
    (("gift", "heart", "spark"), "gift gifts birthday present presents party celebration"),
    (("bolt", "bulb", "sun"), "electricity solar battery electric power electronics arduino"),
    (
        ("pan", "pot", "hat"),
        "cook cooking recipe recipes kitchen meal meals dinner lunch breakfast soup curry rice egg eggs chef food fry "
        "kochen rezept cuisine recette cocina receta cucina ricetta рецепт",
    ),
    (
        ("bars", "target", "rocket"),
        "business startup marketing sales growth grow entrepreneur company career productivity habit habits brand",
    ),
    (("clapper", "camera", "mic"), "film filming filmmaking movie movies cinema cinematic editing edit director"),
    (("tree", "leaf", "drop"), "tree trees forest climate environment sustainable nature ecology wood"),
    (("pin", "globe", "suitcase"), "city cities map guide places visit country countries road abroad"),
    (
        ("hammer", "house", "pencil"),
        "diy build building woodworking carpentry repair fix workshop tools tool basteln bricolage",
    ),
    (
        ("house", "key", "coin"),
        "house apartment rent mortgage estate property haus hogar maison minimalism declutter",
    ),
    (
        ("book", "pencil", "mortarboard"),
        "book books reading read study studying student students school exam exams university college learn learning "
        "language languages english spanish history essay lernen estudiar",
    ),
    (("globe", "bubble", "flag"), "news politics war economy world government election"),
)
"""Motifs, the plainest first, and the words that call for them; particular topics stand before general ones."""

IDEAS: tuple[tuple[str, str], ...] = (
    (
        "cross",
        "mistake mistakes wrong avoid never fail failed failing worst ruined broken damage bad error errors spoiled",
    ),
    ("question", "question why mystery curious curiosity wonder puzzle puzzling riddle doubt asks unanswered"),
    ("swap", "versus vs contrast comparison compare compared instead difference opposite split versions side"),
    ("bars", "number numbers steps ways counted count list ranking repeated row stages several"),
    ("eye", "secret secrets hidden unknown revealed reveal glowing unlock discover discovery"),
    ("bolt", "speed fast faster quick quickly motion streaks hurry sprint instant"),
    ("clock", "minute minutes hour hours day days week weeks month months deadline time"),
    ("flag", "story journey diary challenge path adventure person profile silhouette start started beginning"),
    ("warning", "warning danger dangerous careful risk beware"),
    ("check", "result best perfect finished success amazing ultimate winner proud hero"),
    ("bulb", "idea trick tip tips hack hacks lesson learned explained beginner beginners"),
)
"""A motif and the words of the promise that it stands for."""

FALLBACKS = ("play", "bulb", "rocket", "target", "bolt", "flag", "eye", "spark", "arrow", "key")


@dataclass(frozen=True, slots=True)
class Subject:
    """hero: the motif at the focal point. badge: a sign beside it that says the idea, if there is one."""

    hero: str
    badge: str | None


def subject_of(description: str, turn: int) -> Subject:
    """What to show for a description. `turn` picks among equals, so that siblings show different sides of one topic."""
    quoted = " ".join(_QUOTED.findall(description[:_LONGEST]))
    topic = _most_named(_words(quoted or description), _topic_words())
    idea = _most_named(_words(_QUOTED.sub(" ", description[:_LONGEST])), _idea_words())
    if topic is not None:
        motifs = TOPICS[topic][0]
        hero, sign = motifs[turn % len(motifs)], None if idea is None else IDEAS[idea][0]
        return Subject(hero, sign if sign != hero else None)
    hero = FALLBACKS[turn % len(FALLBACKS)] if idea is None else IDEAS[idea][0]
    return Subject(hero, None)


_QUOTED = re.compile(r'"[^"]*"')
"""The creator's own words within a description."""


def _words(description: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", description[:_LONGEST].casefold())


def _most_named(words: list[str], vocabulary: dict[str, int]) -> int | None:
    """The row named most often, the upper one among equals."""
    found = Counter(row for word in words if (row := _row_of(word, vocabulary)) is not None)
    return min(found, key=lambda row: (-found[row], row), default=None)


def _row_of(word: str, vocabulary: dict[str, int]) -> int | None:
    if word in vocabulary:
        return vocabulary[word]
    for end in range(len(word) - 1, _SHORTEST_STEM - 1, -1):
        for part in (word[:end], word[-end:]):
            if part in vocabulary:
                return vocabulary[part]
    return None


@cache
def _topic_words() -> dict[str, int]:
    return {word: row for row, (_, words) in reversed(list(enumerate(TOPICS))) for word in words.split()}


@cache
def _idea_words() -> dict[str, int]:
    return {word: row for row, (_, words) in reversed(list(enumerate(IDEAS))) for word in words.split()}
