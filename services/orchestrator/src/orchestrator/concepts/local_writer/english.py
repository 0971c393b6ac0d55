"""What only English can do: verbs in another form, articles, capitals in titles."""

from __future__ import annotations

import re

from orchestrator.concepts.local_writer.language import Language
from orchestrator.concepts.local_writer.topic import Topic
from orchestrator.concepts.local_writer.verbs import WORDS, gerund_phrase

KEY_CHARS = 18
_SMALL = frozenset(WORDS["small"].split())
_DETERMINED = re.compile(
    r"^(?:the|an?|my|our|your|his|her|their|its|this|that|these|those|why|how|what|all)\b", re.IGNORECASE
)
_ARTICLE = re.compile(r"^(?:the|an?|my|our|your|this|these|some)\s+", re.IGNORECASE)
_PRAISE = re.compile(
    r"^(?:(?:new|latest|best|better|good|great|perfect|top|free|own|easy|simple)\s+)+(?=\S)", re.IGNORECASE
)
_SUPERLATIVE = re.compile(
    r"^(?:(?:best|worst|most|latest|biggest|greatest|cheapest|fastest)\b|new\s.*\d)", re.IGNORECASE
)
_SUBORDINATE = re.compile(
    r"\s(?:for|in|on|at|of|with|without|from|to|by|as|that|which|when|and|or|vs|about|using|under|like|while|if|into|after|before)\s",
    re.IGNORECASE,
)
_NEGATIVE = frozenset(WORDS["negative"].split())
_OWNING = frozenset({"of", "about", "and", "or"})
_ADVERB = re.compile(r"\s+(?:fast|online|well|better|properly|alone|again|\w+ly)$", re.IGNORECASE)
_ASIDE = r"\s(?:for|in|on|with|within|under|over|after)\s(?:just|only|about|less than|under)?\s?"
_SECOND_VERB = re.compile(r"\sand\s\w+\s(?:an?|the|your|my|with|to|it|them)\s", re.IGNORECASE)
_TITLE_WORD = re.compile(r"[^\s\-–—/]+")


def slots(topic: Topic) -> dict[str, str]:
    """The English forms of a topic. Those that would not be grammatical are missing."""
    found = {"core": core(topic), "topic_i": topic.phrase}
    if topic.kind == "howto":
        found |= _verb_forms(topic)
    elif topic.kind == "review" or _stands_in_a_sentence(topic):
        found["the_topic"] = _with_article(topic)
    if topic.kind in ("howto", "topic", "list") and (key := key_noun(topic)):
        found |= {"key": key} if key.endswith("s") else {"key": key, "single": key}
    return found


def _with_article(topic: Topic) -> str:
    phrase = _without_figures(topic.full, topic)
    return f"the {phrase}" if _SUPERLATIVE.match(phrase) else phrase


def core(topic: Topic) -> str:
    """The phrase without its price and its time: 'learn guitar in 3 months' -> 'learn guitar'."""
    return _without_figures(topic.phrase, topic)


def _without_figures(whole: str, topic: Topic) -> str:
    phrase = whole
    for figure in (topic.numbers.price, topic.numbers.duration):
        if figure:
            phrase = re.sub(_ASIDE + re.escape(figure) + r"(?=\s|$)", "", phrase, flags=re.IGNORECASE)
    return phrase if len(phrase.split()) > 1 else whole


def _verb_forms(topic: Topic) -> dict[str, str]:
    base_core = core(topic)
    if _SECOND_VERB.search(topic.phrase):
        return {"base": topic.phrase, "base_core": base_core}
    forms = {
        "base": topic.phrase,
        "base_core": base_core,
        "gerund": gerund_phrase(topic.phrase),
        "gerund_core": gerund_phrase(base_core),
    }
    if topic.phrase.split()[0].lower() not in _NEGATIVE:
        forms["practice"] = forms["gerund_core"]
    return forms | ({"dared": topic.phrase} if base_core != topic.phrase else {})


def _stands_in_a_sentence(topic: Topic) -> bool:
    """Whether "the truth about <phrase>" is English: certain only where the creator used it like that, or a plural."""
    last = topic.phrase.split()[-1].lower() if topic.phrase else ""
    plural = last.endswith("s") and not last.endswith(("ss", "us", "is"))
    superlative = bool(_SUPERLATIVE.match(topic.phrase))
    return topic.embedded or plural or superlative or bool(_DETERMINED.match(topic.phrase))


def key_noun(topic: Topic) -> str | None:
    """The short noun at the heart of the topic: 'make a sourdough bread at home' -> 'sourdough bread'."""
    phrase = core(topic)
    if topic.kind == "howto":
        verb, _, phrase = phrase.partition(" ")
        if verb.lower() in _NEGATIVE:
            return None
    match = _SUBORDINATE.search(f" {phrase} ")
    if match and match[0].strip().lower() in _OWNING:
        return None
    phrase = _PRAISE.sub("", _ARTICLE.sub("", phrase[: max(match.start() - 1, 0)] if match else phrase))
    phrase = _ADVERB.sub("", phrase)
    if any(word.isdigit() for word in phrase.split()[:-1]):
        return None
    proper = phrase.replace(" ", "").replace("-", "").replace("'", "").isalnum()
    return phrase if phrase and proper and len(phrase) <= KEY_CHARS and len(phrase.split()) <= 3 else None


def title_case(text: str, language: Language) -> str:
    """Capitals as on a title: small words stay small, except first, last and after a colon or a full stop."""
    words = list(_TITLE_WORD.finditer(text))
    for index, match in enumerate(reversed(words)):
        before = text[: match.start()].rstrip()
        edge = index == 0 or not before or before[-1] in ":.?!…" or match[0].startswith("(")
        text = text[: match.start()] + _title_word(match[0], edge, language) + text[match.end() :]
    return text


def _title_word(word: str, edge: bool, language: Language) -> str:
    bare = word.strip(".,:;!?()'’\"…").lower()
    if bare in language.names:
        return re.sub(re.escape(bare), language.names[bare], word, count=1, flags=re.IGNORECASE)
    if any(char.isupper() for char in word[1:]) or (not word.isascii() and not word[0].isalpha()):
        return word
    if bare in _SMALL and not edge:
        return word.lower()
    start = next((index for index, char in enumerate(word) if char.isalnum()), 0)
    return word[:start] + word[start : start + 1].upper() + word[start + 1 :]
