"""What a webhook's body says of a person, kept off a terminal."""

from __future__ import annotations

from pydantic import JsonValue

PERSONAL = {"user_name", "user_email", "email", "name", "card_brand", "card_last_four", "identifier", "urls"}
"""By name, at any depth. `urls`: each is signed, and opens the buyer's receipt or portal to whoever has it."""
HIDDEN = "…"


def hidden(value: JsonValue) -> JsonValue:
    """The same without the values of what is personal."""
    if isinstance(value, dict):
        return {name: HIDDEN if name in PERSONAL else hidden(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [hidden(inner) for inner in value]
    return value
