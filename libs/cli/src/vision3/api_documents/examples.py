"""One example of each body, by the name of its model. A test holds them against the models."""

from __future__ import annotations

from typing import Any

GENERATION = "0198f6a1-7c1e-7b6a-9d64-3f2a5b8c9d10"
CONCEPTS = (
    "0198f6a1-8a02-7c11-8e55-1a2b3c4d5e6f",
    "0198f6a1-8a02-7c12-9f66-2b3c4d5e6f70",
    "0198f6a1-8a02-7c13-a077-3c4d5e6f7081",
)
PICTURE, TITLE = "0198f6a1-9b33-7d21-b188-4d5e6f708192", "0198f6a1-8a03-7d22-8299-5e6f708192a3"
MADE_AT, ENDED_AT = "2026-11-27T13:09:19.482913Z", "2026-11-27T13:09:31.107226Z"

_HEADLINES = ("BAKE IT AT HOME", "STOP KNEADING", "DAY 1 VS DAY 30")

_PICTURE: dict[str, Any] = {
    "id": PICTURE,
    "type": "IMAGE",
    "concept_id": CONCEPTS[0],
    "parent_id": None,
    "url": f"http://127.0.0.1:8080/media/{PICTURE}?e=1795791600&s=AZj2oXwe",
    "width": 1280,
    "height": 720,
    "bytes": 143872,
    "headline": _HEADLINES[0],
}

_GENERATION: dict[str, Any] = {
    "id": GENERATION,
    "type": "THUMBNAIL",
    "status": "COMPLETED",
    "prompt": "a video about making sourdough bread",
    "created_at": MADE_AT,
    "completed_at": ENDED_AT,
    "expires_at": "2026-12-27T13:09:19.482913Z",
    "credits_charged": 3,
    "credits_refunded": 2,
    "failure": None,
    "progress": {"requested": 3, "settled": 3},
    "concepts": [
        {
            "id": concept,
            "position": position,
            "headline": _HEADLINES[position],
            "mood": "warm",
            "status": "FAILED" if position else "RENDERED",
            "failure": {"code": "refused", "detail": "the picture's provider refused this prompt"}
            if position
            else None,
        }
        for position, concept in enumerate(CONCEPTS)
    ],
    "artifacts": [_PICTURE, {"id": TITLE, "type": "TEXT", "text": "I Baked Sourdough Every Day for a Month"}],
}

_ENTRY: dict[str, Any] = {
    "id": "0198f6a1-7c1f-7e31-93aa-6f708192a3b4",
    "amount": -3,
    "kind": "charge",
    "generation_id": GENERATION,
    "balance_after": 17,
    "created_at": MADE_AT,
}

_ME: dict[str, Any] = {
    "id": "0198f6a0-1111-7f41-84bb-708192a3b4c5",
    "email": "alice@example.com",
    "subscription_tier": "free",
    "credits_remaining": 19,
}

EXAMPLES: dict[str, dict[str, Any]] = {
    "NewGeneration": {"prompt": "a video about making sourdough bread", "type": "THUMBNAIL", "count": 3},
    "Edit": {"action": "REPLACE_TEXT", "new_text": "It Only Took a Weekend"},
    "Leaving": {"confirm": "delete my account"},
    "Checkout": {"plan": "2001"},
    "Offers": {
        "plans": [{"id": "2001", "tier": "starter", "credits": 200}, {"id": "2002", "tier": "pro", "credits": 1000}],
        "packs": [{"id": "1001", "credits": 50}],
    },
    "Link": {"url": "https://store.example.com/checkout/custom/0198f6a0?signature=abc"},
    "Accepted": {"generation_id": GENERATION, "status": "PENDING", "credits_remaining": 17},
    "Generation": _GENERATION,
    "GenerationPage": {"items": [_GENERATION], "next_cursor": None},
    "Image": _PICTURE,
    "Me": _ME,
    "CreditEntryPage": {"items": [_ENTRY], "next_cursor": None},
}
