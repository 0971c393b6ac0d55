"""Local users' sessions with a running system."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from vision3.data_dir import DataDir
from vision3.state import State
from vision3.tokens import SigningKey


def minter(state: State, user: str) -> Callable[[], str]:
    """Makes tokens that the system's gateway accepts."""
    key = SigningKey.load_or_create(DataDir(Path(state.data_dir)).identity_key)
    return partial(key.token, user, issuer=state.identity_url, authorized_party=state.gateway_url)
