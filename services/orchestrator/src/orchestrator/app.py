"""The orchestrator: owns a generation's life, from its concepts to its settlement."""

from __future__ import annotations

from datetime import timedelta

from common.events import ConceptFailed, ConceptRendered, GenerationRequested
from common.service import Service, start
from orchestrator import metrics
from orchestrator.concepts.registry import WRITERS
from orchestrator.handlers import Handlers
from orchestrator.recovery import REASK_EVERY_S, SETTLE_EVERY_S, Recovery
from orchestrator.settings import Settings


def build(settings: Settings) -> Service:
    service = Service("orchestrator", settings)
    writer = WRITERS[settings.concept_writer](service.db)
    handlers = Handlers(
        db=service.db,
        outbox=service.outbox,
        writer=writer,
        deadline=timedelta(seconds=settings.deadline_s),
    )
    recovery = Recovery(db=service.db, outbox=service.outbox)

    service.bus.consume(GenerationRequested, handlers.generation_requested, slots=settings.orchestrator_concurrency)
    service.bus.consume(ConceptRendered, handlers.concept_settled, slots=4)
    service.bus.consume(ConceptFailed, handlers.concept_settled, slots=2)
    service.bus.when_lost(recovery.reask_everything)
    service.on_close(writer.aclose)
    service.every(REASK_EVERY_S, "reask", recovery.reask)
    service.every(SETTLE_EVERY_S, "settle", recovery.settle)
    service.every(metrics.EVERY_S, "look", lambda: metrics.look(service.db))
    return service


if __name__ == "__main__":
    start(Settings, build)
