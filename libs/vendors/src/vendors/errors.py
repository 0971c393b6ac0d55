"""What calls to vendors raise, beside common's Transient, Permanent and Refused.

    Transient          it may work later
    ├── Failed         the vendor did not do what it should: that counts against it
    ├── OutOfTime      we could not wait as long as it may take: that says nothing of it
    ├── Paused         the vendor works, and asks to be left alone for `retry_after_s`
    └── NotTried       nobody was asked: its quota is used up for now, or its breaker is open (common)
    Permanent          it will not work with this request
    ├── Unusable       nor with any other, until somebody acts: a key, an account, a day's quota, a model's name
    └── Refused        a safety system said no (common)

Codes begin with `provider_`, but for `refused_by_safety`. The sentences are for creators: what a vendor wrote may quote
the prompt, and is told to nobody.
"""

from __future__ import annotations

from common.errors import Permanent, Refused, Transient

UNASKED_PAUSE_S = 10.0
"""For how long a vendor is left alone that refuses a call for now and does not say until when."""

TOO_SLOW = "The service that makes it did not answer in time."
AGAIN_LATER = "The service that makes it can't be reached at the moment."


class Failed(Transient):
    """Unreachable, too slow, or an answer of no use."""


class OutOfTime(Transient):
    """A call that was cut short since its deadline was near."""


class Paused(Transient):
    """Too many requests, says the vendor."""

    def __init__(self, retry_after_s: float | None) -> None:
        after_s = UNASKED_PAUSE_S if retry_after_s is None else retry_after_s
        super().__init__("provider_busy", "The service that makes it is busy.", retry_after_s=after_s)


class Unusable(Permanent):
    """The operator has to act; `why` is for the log and for `vision3 doctor`."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(code, "The service that makes it is not available.")
        self.why = why


def unavailable(retry_after_s: float | None = None) -> Failed:
    return Failed("provider_unavailable", AGAIN_LATER, retry_after_s=retry_after_s)


def too_slow() -> Failed:
    return Failed("provider_timeout", TOO_SLOW)


def out_of_time() -> OutOfTime:
    return OutOfTime("provider_timeout", TOO_SLOW)


def garbled() -> Failed:
    """An answer, and not what was asked for; what it was instead is no creator's business."""
    return Failed("provider_garbled", "The service that makes it sent something unusable.")


def rejected() -> Permanent:
    return Permanent("provider_rejected", "The service that makes it can't work with this prompt.")


def refused() -> Refused:
    return Refused(
        "refused_by_safety",
        "The safety system of the service that makes it said no: try another wording of the prompt.",
    )
