"""The figures in a prompt, as the creator wrote them: a price, a time, a count, a year."""

from __future__ import annotations

import re
from dataclasses import dataclass

from orchestrator.concepts.local_writer.language import Language

_AMOUNT = r"\d+(?:[.,\u00a0 ]\d{3})*(?:[.,]\d{1,2})?(?:\s?(?:k|m|bn|million)\b)?"
_SIGN = r"(?:\b(?:R|US|A|C))?[$€£¥₹₽₩₺₴]"


@dataclass(frozen=True, slots=True)
class Numbers:
    """price: '$5,000'. duration: '30 days'. days: '30' when the duration is in days."""

    price: str | None = None
    duration: str | None = None
    days: str | None = None
    year: str | None = None

    def slots(self) -> dict[str, str]:
        found = {"price": self.price, "duration": self.duration, "days": self.days, "year": self.year}
        return {name: value for name, value in found.items() if value}


def find_numbers(text: str, language: Language) -> Numbers:
    price = re.search(_price(language), text, re.IGNORECASE)
    duration = re.search(_duration(language.units, language), text, re.IGNORECASE) if language.units else None
    days = (
        re.fullmatch(_duration(language.days, language), duration[0], re.IGNORECASE)
        if duration and language.days
        else None
    )
    year = re.search(r"\b(?:19|20)\d\d\b", text)
    return Numbers(
        price=price[0].strip() if price else None,
        duration=duration[0] if duration else None,
        days=days["number"] if days and int(days["number"]) > 1 else None,
        year=year[0] if year else None,
    )


def _price(language: Language) -> str:
    written_out = f"|{_AMOUNT}\\s?(?:{language.money}){language.boundary}" if language.money else ""
    return f"(?:{_SIGN}\\s?{_AMOUNT}|{_AMOUNT}\\s?{_SIGN}{written_out})"


def _duration(units: str, language: Language) -> str:
    return rf"(?<![\d.,$€£])(?P<number>\d{{1,4}})(?:\s|-)?(?:{units}){language.boundary}"
