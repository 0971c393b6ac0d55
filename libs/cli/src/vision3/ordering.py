"""One order, carried out in front of a person or a program."""

from __future__ import annotations

from vision3.api import Generation
from vision3.errors import CommandError
from vision3.generation import Order, Timings, generate
from vision3.presentation import show, watching
from vision3.sessions import client_for
from vision3.state import State
from vision3.terminal import out


async def run_order(
    state: State, user: str, order: Order, *, as_json: bool = False, timings: Timings | None = None
) -> None:
    """By that local user of a running system. Prints what came of it.

    CommandError when nothing good did; what can be shown is shown all the same.
    """
    async with client_for(state, user) as client:
        with watching() as watcher:
            generation, outcome = await generate(client, order, watcher, timings or Timings())
    if as_json:
        out.print(outcome.model_dump_json(indent=1), markup=False, soft_wrap=True)
    else:
        show(outcome)
    if generation.status == "FAILED":
        raise CommandError(_reason(generation))


def _reason(generation: Generation) -> str:
    if generation.failure is None:
        return "the generation failed; its credits came back"
    return f"the generation failed ({generation.failure.code}: {generation.failure.detail}); its credits came back"
