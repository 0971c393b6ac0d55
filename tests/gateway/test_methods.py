"""Methods that an address does not know: 405 with those that it knows, whatever is asked of which route."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

import httpx2
import pytest

from common.ids import uuid7
from tests.gateway.conftest import Gateway, problem

ID = str(uuid7())
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY", "BREW"}


def known(gateway: Gateway) -> dict[str, set[str]]:
    """The methods of each address."""
    transport: Any = gateway.http._transport
    methods: dict[str, set[str]] = defaultdict(set)
    for route in transport.app.routes:
        methods[re.sub(r"\{\w+\}", ID, route.path)] |= route.methods
    assert len(methods) >= 12
    return methods


async def asked(gateway: Gateway, method: str, path: str, status: int, code: str) -> httpx2.Response:
    """That problem; an answer to HEAD has no body to tell it."""
    answer = await gateway.http.request(method, path)
    if method == "HEAD":
        assert (answer.status_code, answer.content) == (status, b"")
    else:
        problem(answer, status, code)
    return answer


async def test_every_address_names_all_methods_that_it_knows(gateway: Gateway):
    for path, methods in known(gateway).items():
        for method in METHODS - methods:
            answer = await asked(gateway, method, path, 405, "method_not_allowed")
            assert set(answer.headers["Allow"].split(", ")) == methods, (method, path)


@pytest.mark.parametrize(
    "headers", [{}, {"Origin": "https://app.example.test"}, {"Access-Control-Request-Method": "GET"}]
)
async def test_what_is_no_preflight_is_a_method_like_any_other(gateway: Gateway, headers: dict[str, str]):
    answer = await gateway.http.options("/api/generations", headers=headers)
    problem(answer, 405, "method_not_allowed")
    assert answer.headers["Allow"] == "GET, POST"


async def test_an_unknown_address_knows_no_method(gateway: Gateway):
    for method in METHODS:
        answer = await asked(gateway, method, "/api/nothing", 404, "not_found")
        assert "Allow" not in answer.headers
