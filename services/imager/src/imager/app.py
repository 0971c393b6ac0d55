"""The imager: turns concepts into pictures, and edits their text. Any number of them may run."""

from __future__ import annotations

from common.events import ConceptProposed
from common.requests import EDIT, EditRequest
from common.service import Service, start
from common.storage import ObjectStore
from imager import memory
from imager.decoding.decoder import Decoder
from imager.handlers import Handlers
from imager.providers.registry import chained
from imager.settings import Settings
from imager.studio import Studio


def build(settings: Settings) -> Service:
    service = Service("imager", settings)
    chain = chained(settings.image_providers, service.db, after_refusal=settings.ask_after_refusal)
    store = ObjectStore(settings)
    decoder = Decoder()
    studio = Studio(store, decoder, chain)
    handlers = Handlers(db=service.db, outbox=service.outbox, studio=studio)

    service.bus.consume(ConceptProposed, handlers.concept_proposed, slots=settings.imager_concurrency)
    service.bus.answer(EDIT, EditRequest, handlers.edit, at_once=settings.imager_concurrency)
    service.background("warm up", studio.warm_up)
    service.depends_on("store", store.problem)
    service.on_close(chain.aclose)
    service.on_close(decoder.aclose)
    service.every(memory.EVERY_S, "give memory back", memory.give_back)
    return service


if __name__ == "__main__":
    start(Settings, build)
