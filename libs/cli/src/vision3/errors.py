"""What ends a command."""

from __future__ import annotations

from common.errors import Vision3Error


class CommandError(Vision3Error):
    """Exit 1. The message is one sentence for a person, saying what to do where there is something to do."""
