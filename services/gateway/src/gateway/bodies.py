"""JSON bodies, read by us: pydantic parses the bytes itself, so that no value has been converted before it is checked.

A route names its user before its body: a caller without a token gets 401 before the body is looked at."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from email.message import Message
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError

from common.problems import invalid, invalid_fields
from gateway.repeated import only_value

B = TypeVar("B", bound=BaseModel)


def json_body(model: type[B]) -> Callable[[Request], Awaitable[B]]:
    """A dependency that gives the body as `model`, or raises the 422 that names what does not fit."""

    async def read(request: Request) -> B:
        if not _is_json(only_value(request, "Content-Type") or ""):
            raise invalid("Content-Type", "not_json", "Must be application/json")
        try:
            return model.model_validate_json(await request.body())
        except ValidationError as error:
            raise invalid_fields(error.errors(include_input=False, include_context=False)) from None

    return read


def documented_body(model: type[BaseModel]) -> dict[str, Any]:
    """For `openapi_extra`: FastAPI does not see what a dependency reads."""
    schema = {"$ref": f"#/components/schemas/{model.__name__}"}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def _is_json(content_type: str) -> bool:
    header = Message()
    header["Content-Type"] = content_type
    kind = header.get_content_type()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))
