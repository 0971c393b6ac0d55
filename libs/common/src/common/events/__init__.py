"""Everything that is said on the bus: one file per family, one registry for all."""

from common.events.artifacts import ArtifactEdited
from common.events.concepts import ConceptFailed, ConceptProposed, ConceptRendered
from common.events.credits import CreditsChanged
from common.events.envelope import Envelope, EventData
from common.events.generations import GenerationCompleted, GenerationFailed, GenerationRequested
from common.events.users import UserDeleted

EVENTS: dict[str, type[EventData]] = {
    event.TYPE: event
    for event in (
        GenerationRequested,
        GenerationCompleted,
        GenerationFailed,
        ConceptProposed,
        ConceptRendered,
        ConceptFailed,
        ArtifactEdited,
        CreditsChanged,
        UserDeleted,
    )
}

__all__ = [
    "EVENTS",
    "ArtifactEdited",
    "ConceptFailed",
    "ConceptProposed",
    "ConceptRendered",
    "CreditsChanged",
    "Envelope",
    "EventData",
    "GenerationCompleted",
    "GenerationFailed",
    "GenerationRequested",
    "UserDeleted",
]
