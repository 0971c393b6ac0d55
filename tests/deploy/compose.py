"""docker-compose.yml as Compose reads it, as far as it is used there: merge keys, `${NAME}`, `:-` and `:?`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from vision3.data_dir import CHECKOUT

VARIABLE = re.compile(r"\$\{(?P<name>[A-Z0-9_]+)(?::(?P<how>[-?])(?P<rest>[^}]*))?\}")


class MissingError(Exception):
    """A required variable is not set; Compose would say so and stop."""


@dataclass(frozen=True)
class Reading:
    """The file with its variables filled in."""

    services: Mapping[str, Any]
    volumes: Mapping[str, Any]
    networks: Mapping[str, Any]

    def environment(self, service: str) -> dict[str, str]:
        return {name: str(value) for name, value in self.services[service]["environment"].items()}


@cache
def text() -> str:
    return (CHECKOUT / "docker-compose.yml").read_text()


def read(environment: Mapping[str, str]) -> Reading:
    """Raises MissingError."""
    document = yaml.safe_load(text())
    filled = _filled({name: document[name] for name in ("services", "volumes", "networks")}, environment)
    return Reading(**filled)


def required() -> set[str]:
    return {found["name"] for found in VARIABLE.finditer(text()) if found["how"] == "?"}


def optional() -> set[str]:
    return {found["name"] for found in VARIABLE.finditer(text())} - required()


def example() -> dict[str, str]:
    """What .env.example names, with its values."""
    lines = (CHECKOUT / ".env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def secrets_made() -> dict[str, str]:
    """As .env would be after docs/operations.md: digits alone are the worst case of a secret."""
    return {name: "8" * 48 if value == "generate" else value for name, value in example().items()}


def _filled(value: Any, environment: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(item, environment) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, environment) for item in value]
    return VARIABLE.sub(lambda found: _value(found, environment), value) if isinstance(value, str) else value


def _value(found: re.Match[str], environment: Mapping[str, str]) -> str:
    value = environment.get(found["name"], "")
    if value or found["how"] is None:
        return value
    if found["how"] == "?":
        raise MissingError(found["name"])
    return found["rest"]
