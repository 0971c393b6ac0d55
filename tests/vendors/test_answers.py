"""What an answer means before any vendor's own rules."""

from __future__ import annotations

import httpx2
import pytest

from vendors import answers
from vendors.errors import Failed


@pytest.mark.parametrize(
    "body", [b'{"a": NaN}', b'{"a": Infinity}', b'{"a": -Infinity}', b"[" * 100_000, b"", b"[]", b"1"]
)
def test_what_is_only_nearly_a_json_document_is_garbled(body: bytes):
    with pytest.raises(Failed, match="provider_garbled"):
        answers.document(body)


@pytest.mark.parametrize("status", [408, 409, 425])
def test_a_request_that_met_another_may_be_made_again(status: int):
    assert isinstance(answers.failure(httpx2.Response(status)), Failed)
