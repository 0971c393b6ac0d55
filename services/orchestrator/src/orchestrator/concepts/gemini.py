"""Gemini's text models, through Google's SDK.

Source: https://ai.google.dev/gemini-api/docs/structured-output
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

import httpx2
from pydantic import BaseModel, Field, SecretStr

from orchestrator.concepts.text_model import Turn
from vendors import answers, errors, gemini, http
from vendors.settings import VendorSettings, section

if TYPE_CHECKING:
    from google.genai import types

MOST_TOKENS = 32_768
"""What a model thinks counts, too; an answer itself has some 1,500."""


class GeminiTextSettings(VendorSettings):
    model_config = section("GEMINI_TEXT")

    api_key: SecretStr = Field(validation_alias="GEMINI_API_KEY", min_length=1)
    base_url: str = gemini.BASE_URL
    model: str = Field(default="gemini-3.5-flash", pattern=r"^[A-Za-z0-9._-]+$")
    timeout_s: float = Field(default=45.0, gt=0, le=160)
    first_byte_timeout_s: float = Field(default=45.0, gt=0, le=160)
    temperature: float = Field(default=1.0, ge=0, le=2)
    price_cents: Decimal = Field(default=Decimal("0.6"), ge=0, le=1_000)


class GeminiModel:
    SETTINGS: ClassVar[type[VendorSettings]] = GeminiTextSettings
    NAME: ClassVar[str] = "gemini"

    def __init__(self, settings: VendorSettings) -> None:
        # Here, and not above: it takes a second and 60 MB, which who uses another writer should not pay for.
        from google import genai
        from google.genai import types

        self._settings: GeminiTextSettings = settings  # type: ignore[assignment]  # of SETTINGS
        self._http = http.client(settings)
        self._client = genai.Client(
            vertexai=False,
            api_key=self._settings.api_key.get_secret_value(),
            http_options=types.HttpOptions(
                base_url=settings.base_url, api_version=gemini.VERSION, httpx_async_client=self._http
            ),
        )

    @property
    def settings(self) -> VendorSettings:
        return self._settings

    async def answer(self, rules: str, turns: Sequence[Turn], shape: type[BaseModel]) -> str:
        """Raises what vendors.gemini makes of a failure. The SDK's own retries are off: it knows no quota of ours."""
        from google.genai import errors as genai

        try:
            response = await self._client.aio.models.generate_content(
                model=self._settings.model, contents=list(map(_content, turns)), config=self._config(rules, shape)
            )
        except genai.APIError as error:
            raise gemini.failure(error.response) from error  # type: ignore[arg-type]  # of the client that we gave it
        except httpx2.TimeoutException as late:
            raise errors.too_slow() from late
        except httpx2.HTTPError as broken:
            raise answers.unreachable(broken) from broken
        except Exception as unreadable:  # what an SDK's parser makes of an answer that is none
            raise errors.garbled() from unreadable
        return _text(response)

    async def check(self) -> None:
        headers = {gemini.KEY_HEADER: self._settings.api_key.get_secret_value()}
        path = f"/{gemini.VERSION}/models/{self._settings.model}"
        response = await answers.ask(self._http, "GET", path, headers=headers)
        if not response.is_success:
            raise gemini.failure(response)

    async def aclose(self) -> None:
        await self._http.aclose()

    def _config(self, rules: str, shape: type[BaseModel]) -> types.GenerateContentConfig:
        from google.genai import types

        return types.GenerateContentConfig(
            system_instruction=rules,
            response_mime_type="application/json",
            response_json_schema=shape.model_json_schema(),
            temperature=self._settings.temperature,
            max_output_tokens=MOST_TOKENS,
        )


def _content(turn: Turn) -> types.Content:
    from google.genai import types

    return types.Content(role=turn.who, parts=[types.Part(text=turn.text)])


def _text(response: types.GenerateContentResponse) -> str:
    """Raises Refused, or Failed for an answer without text."""
    first = response.candidates[0] if response.candidates else None
    parts = (first.content.parts if first and first.content else None) or []
    text = "".join(part.text or "" for part in parts if not part.thought)
    if not text:
        document = response.model_dump(mode="json", by_alias=True, include={"candidates", "prompt_feedback"})
        reason = answers.at(document, "candidates", 0, "finishReason")
        raise gemini.refusal(document) or answers.nothing_came("provider_no_text", reason)
    return text
