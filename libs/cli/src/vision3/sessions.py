"""Local users' sessions with a running system."""

from __future__ import annotations

from vision3.client import GatewayClient
from vision3.state import State
from vision3.tokens import minter


def client_for(state: State, user: str) -> GatewayClient:
    """The system's gateway, as that user."""
    return GatewayClient(state.gateway_url, minter(state, user))
