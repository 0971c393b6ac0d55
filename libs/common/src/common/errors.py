"""The errors of the system, classified once, by what has to happen next.

    Vision3Error
    ├── Problem            an answer to the caller: RFC 9457 status, code, title
    └── WorkError          what a worker raises while it handles an event
        ├── Transient      again later (retry_after_s when the other side said when)
        │   └── NotTried   it was not even tried, so it costs no attempt: a quota, a breaker
        ├── Permanent      never: record the business failure
        │   └── Refused    a vendor's safety system said no: never, and nowhere else unless the operator wants that
        ├── Exhausted      its attempts are used up and the failure is recorded: dead letter
        └── Malformed      not ours to handle: dead letter

Anything else that escapes a handler counts as Transient: a bug or an outage costs attempts, never a message.
"""

from __future__ import annotations


class Vision3Error(Exception):
    """The root, so that a process can tell its own errors from everyone else's."""


class WorkError(Vision3Error):
    """A failure while working on an event. `code` is stable and safe to show; `detail` is one sentence for a person."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class Transient(WorkError):
    """It may work later."""

    def __init__(self, code: str, detail: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(code, detail)
        self.retry_after_s = retry_after_s


class NotTried(Transient):
    """Nothing was attempted, and nothing can be before `retry_after_s`."""


class Permanent(WorkError):
    """It will never work: the row takes the failure and the message is done."""


class Refused(Permanent):
    """A safety system refused it: final."""


class Exhausted(WorkError):
    """The row took the failure after its last attempt; the message is kept for whoever looks into it."""


class Malformed(WorkError):
    """The message can't be read or names what does not exist."""


class Problem(Vision3Error):
    """An answer in the shape of RFC 9457: `code` is the stable part that clients switch on."""

    def __init__(
        self, status: int, code: str, detail: str, *, headers: dict[str, str] | None = None, **extra: object
    ) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = headers or {}
        self.extra = extra
