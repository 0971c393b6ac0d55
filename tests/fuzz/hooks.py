"""What Schemathesis asks us: a token for each request, and now and then something that exists.

Imported by its process, which SCHEMATHESIS_HOOKS names; FUZZED is where `__main__` left what is known of the system.
"""

from __future__ import annotations

import json
import os
import random
import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import schemathesis
from schemathesis import AuthContext, Case

from vision3.data_dir import DataDir
from vision3.state import load
from vision3.tokens import SigningKey

KNOWN = json.loads(Path(os.environ["FUZZED"]).read_text(encoding="utf-8"))
STATE = load(DataDir.at(Path(KNOWN["data_dir"])))
KEY = SigningKey.load_or_create(DataDir(Path(STATE.data_dir)).identity_key)
AnyCase = Case[Any]
VALID_KEY = re.compile("[!-~]{1,255}")
LIFE_S = 1
"""A token's. Streams and long polls end with it, so that a case is over in a second."""


@schemathesis.auth(refresh_interval=None)
class ShortTokens:
    """A fresh one for each request. Whoever deletes their account is somebody nobody else is."""

    def get(self, case: AnyCase, context: AuthContext) -> str:
        leaves = (case.operation.method.upper(), case.operation.path) == ("DELETE", "/api/me")
        user = f"leaver-{uuid4().hex}" if leaves else KNOWN["user"]
        return KEY.token(user, issuer=STATE.identity_url, authorized_party=STATE.gateway_url, life_s=LIFE_S)

    def set(self, case: AnyCase, data: str, context: AuthContext) -> None:
        case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.hook
def before_call(context: Any, case: AnyCase, kwargs: dict[str, Any]) -> None:
    """Of probes, which come first, nothing is known."""
    _order_anew(case)
    if case.meta is not None and case.meta.phase.name.value != "stateful":
        _ask_for_what_is_there(case)


def _order_anew(case: AnyCase) -> None:
    """An invented key comes again with another body, or after what it stands for was deleted: other tests do that."""
    if VALID_KEY.fullmatch(str(case.headers.get("Idempotency-Key", ""))):
        case.headers["Idempotency-Key"] = uuid4().hex


def _ask_for_what_is_there(case: AnyCase) -> None:
    """Every other time. Nothing of that is deleted."""
    found = KNOWN["there"].get(case.operation.path)
    if found and case.method != "DELETE" and random.random() < 0.5:
        chosen = random.choice(found)
        case.path_parameters.update(chosen["path"])
        case.query.update(chosen.get("query", {}))
