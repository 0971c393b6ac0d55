"""The signature check: HMAC-SHA256 over the raw body, and nothing that looks like it."""

from __future__ import annotations

import pytest

from billing.lemonsqueezy import is_signed
from tests.support.lemonsqueezy import SECRET, signature

BODY = b'{"meta":{}}'
GOOD = signature(BODY)

NOT_IT = {
    "none": None,
    "empty": "",
    "short": GOOD[:63],
    "long": GOOD + "0",
    "non-hex": "g" * 64,
    "non-ASCII digits": "\u0661" * 64,
    "uppercase": GOOD.upper(),
    "prefixed": f"sha256={GOOD}",
    "trailing newline": GOOD + "\n",
    "another secret's": signature(BODY, "another-secret"),
    "an empty secret's": signature(BODY, ""),
    "another body's": signature(BODY + b" "),
}


def test_the_vendors_signature_fits():
    assert is_signed(BODY, GOOD, SECRET)


@pytest.mark.parametrize("header", NOT_IT.values(), ids=NOT_IT.keys())
def test_any_other_header_does_not_fit(header: str | None):
    assert not is_signed(BODY, header, SECRET)


@pytest.mark.parametrize("bit", range(0, len(BODY) * 8, 7))
def test_a_flipped_bit_in_the_body_does_not_fit(bit: int):
    flipped = bytearray(BODY)
    flipped[bit // 8] ^= 1 << bit % 8
    assert not is_signed(bytes(flipped), GOOD, SECRET)
