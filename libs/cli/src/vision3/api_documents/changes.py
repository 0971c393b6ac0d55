"""What a change of the REST API breaks for clients of the last release."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from common.json_schemas import Difference, Schema, differences
from vision3.api_documents.openapi import Document, operations

REFUSED = {
    Difference.GONE: "would be refused",
    Difference.NEW_AND_REQUIRED: "clients don't send it",
    Difference.NOW_REQUIRED: "clients may not send it",
    Difference.NARROWER: "clients may send more",
    Difference.OTHER: "clients send something else",
}
"""Of what clients send: it may become wider and optional."""

UNREADABLE = {
    Difference.GONE: "clients read it",
    Difference.NOW_OPTIONAL: "clients count on it",
    Difference.WIDER: "clients don't know all of it",
    Difference.OTHER: "clients read something else",
}
"""Of what clients get: it may become narrower, and more may come."""

NEWCOMERS = ("401", "403", "408", "429", "503")
"""Statuses of problems that any client has to expect."""


def breaks(released: Document, current: Document) -> list[str]:
    """A line for each change that a client of the release can't bear."""
    now = {(path, method): operation for path, method, operation in operations(current)}
    lines: list[str] = []
    for path, method, operation in operations(released):
        name = f"{method.upper()} {path}"
        if (path, method) not in now:
            lines.append(f"{name} is gone")
            continue
        found = _operation_breaks(_Side(released, operation), _Side(current, now[path, method]))
        lines += [f"{name}: {line}" for line in found]
    return lines


class _Side:
    """An operation as one of the two documents has it."""

    def __init__(self, document: Document, operation: Document) -> None:
        self.operation = operation
        self._definitions = document["components"]["schemas"]

    @property
    def parameters(self) -> Schema:
        """As one object, so that they compare as fields do."""
        given = self.operation.get("parameters", [])
        properties = {f"{one['in']} {one['name']}": one["schema"] for one in given}
        required = [f"{one['in']} {one['name']}" for one in given if one.get("required")]
        return self._schema({"type": "object", "properties": properties, "required": required})

    @property
    def body(self) -> Schema:
        return self._content(self.operation.get("requestBody", {})).get("application/json", self._schema({}))

    @property
    def answers(self) -> Mapping[str, Mapping[str, Schema]]:
        """status -> media type -> schema, of good answers."""
        good = {status: answer for status, answer in self.operation["responses"].items() if status < "4"}
        return {status: self._content(answer) for status, answer in good.items()}

    @property
    def needs_token(self) -> bool:
        return bool(self.operation.get("security"))

    def _content(self, of: Document) -> dict[str, Schema]:
        return {kind: self._schema(one.get("schema", {})) for kind, one in of.get("content", {}).items()}

    def _schema(self, schema: Any) -> Schema:
        """Below a field, so that the whole is compared too."""
        return {"properties": {"": schema}, "required": [""], "$defs": self._definitions}


def _operation_breaks(old: _Side, new: _Side) -> Iterator[str]:
    if new.needs_token and not old.needs_token:
        yield "needs a token now"
    yield from _told(old.parameters, new.parameters, REFUSED, "parameter")
    yield from _told(old.body, new.body, REFUSED, "body")
    for status, contents in old.answers.items():
        if status not in new.answers:
            yield f"does not answer {status} any more"
            continue
        for kind, schema in contents.items():
            if kind not in new.answers[status]:
                yield f"{status} is not {kind} any more"
            else:
                yield from _told(schema, new.answers[status][kind], UNREADABLE, status)
    statuses = new.operation["responses"].keys() - old.operation["responses"].keys()
    yield from (f"answers {status} now" for status in sorted(statuses - {*NEWCOMERS}) if status < "4")


def _told(old: Schema, new: Schema, which: Mapping[Difference, str], where: str) -> Iterator[str]:
    for path, difference in differences(old, new):
        if difference in which:
            yield f"{where} {path or '(whole)'} {difference.value}: {which[difference]}"
