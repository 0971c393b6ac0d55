"""Who may say and hear what, written down a second time, by hand: the permissions are held against it."""

from __future__ import annotations

SERVICES = ("gateway", "orchestrator", "imager", "billing", "retention")

PUBLISHERS = {
    "generation.requested.v1": {"gateway", "orchestrator"},
    "generation.completed.v1": {"orchestrator"},
    "generation.failed.v1": {"orchestrator"},
    "concept.proposed.v1": {"orchestrator"},
    "concept.rendered.v1": {"imager"},
    "concept.failed.v1": {"imager"},
    "artifact.edited.v1": {"imager"},
    "credits.changed.v1": {"billing", "orchestrator"},
    "user.deleted.v1": {"gateway"},
    "imager.edit.v1": {"gateway"},
    "billing.offers.v1": {"gateway"},
    "billing.checkout.v1": {"gateway"},
    "billing.portal.v1": {"gateway"},
}

LISTENERS = {
    "generation.completed.v1": {"gateway"},
    "generation.failed.v1": {"gateway"},
    "concept.rendered.v1": {"gateway"},
    "concept.failed.v1": {"gateway"},
    "artifact.edited.v1": {"gateway"},
    "credits.changed.v1": {"gateway"},
    "generation.requested.v1": set(),
    "concept.proposed.v1": set(),
    "user.deleted.v1": set(),
    "imager.edit.v1": set(),
    "billing.offers.v1": set(),
    "billing.checkout.v1": set(),
    "billing.portal.v1": set(),
}
"""Plain subscriptions. Requests are answered by a queue, and nobody may listen in."""

ANSWERERS = {
    "imager.edit.v1": "imager",
    "billing.offers.v1": "billing",
    "billing.checkout.v1": "billing",
    "billing.portal.v1": "billing",
}

CONSUMERS = {
    "orchestrator-generation-requested-v1": "orchestrator",
    "orchestrator-concept-rendered-v1": "orchestrator",
    "orchestrator-concept-failed-v1": "orchestrator",
    "imager-concept-proposed-v1": "imager",
    "retention-user-deleted-v1": "retention",
}

FILTERS = {name: name.partition("-")[2].replace("-", ".") for name in CONSUMERS}
STREAMS = ("VISION3_WORK", "VISION3_FACTS", "VISION3_DEAD")

NOBODYS_VERBS = ("DELETE", "PURGE", "MSG.GET", "MSG.DELETE", "SNAPSHOT", "RESTORE", "LEADER.STEPDOWN", "PEER.REMOVE")
NOBODYS_CONSUMER_VERBS = ("DELETE", "PAUSE", "LEADER.STEPDOWN", "UNPIN", "RESET")
NOBODYS_SUBJECTS = (
    "$JS.API.INFO",
    "$JS.API.STREAM.NAMES",
    "$JS.API.STREAM.LIST",
    "$JS.API.STREAM.CREATE.ANOTHER",
    "$JS.API.DIRECT.GET.VISION3_WORK",
    "$JS.API.ACCOUNT.PURGE.VISION3",
    "$JS.API.META.LEADER.STEPDOWN",
    "$SYS.REQ.SERVER.PING",
    "$KV.any.key",
    "anything",
)
NOBODY_HEARS = (">", "*.*.*", "_INBOX.>", "_INBOX.*.x", "$JS.>", "$SYS.>", "dead.>", "generation.>", "$JS.EVENT.>")


def publishers() -> dict[str, set[str]]:
    """By subject, for every subject that matters."""
    table: dict[str, set[str]] = {subject: set(who) for subject, who in PUBLISHERS.items()}
    table |= {f"_INBOX.{service}.x": set() for service in SERVICES}
    table |= {subject: set() for subject in NOBODYS_SUBJECTS}
    for stream in STREAMS:
        table |= {f"$JS.API.STREAM.{verb}.{stream}": set() for verb in NOBODYS_VERBS}
        table |= {f"$JS.API.STREAM.{verb}.{stream}": set(SERVICES) for verb in ("INFO", "CREATE")}
        table[f"$JS.API.STREAM.UPDATE.{stream}"] = {"orchestrator"}
        table[f"$JS.API.CONSUMER.CREATE.{stream}.another"] = set()
        table[f"$JS.API.CONSUMER.DURABLE.CREATE.{stream}.another"] = set()
        table[f"$JS.API.CONSUMER.NAMES.{stream}"] = table[f"$JS.API.CONSUMER.LIST.{stream}"] = set()
    for name, service in CONSUMERS.items():
        table |= _of_consumer(name, service)
    return table


def _of_consumer(name: str, service: str) -> dict[str, set[str]]:
    work = "VISION3_WORK"
    own = (
        f"$JS.API.CONSUMER.CREATE.{work}.{name}.{FILTERS[name]}",
        f"$JS.API.CONSUMER.INFO.{work}.{name}",
        f"$JS.API.CONSUMER.MSG.NEXT.{work}.{name}",
        f"$JS.ACK.{work}.{name}.1.1.1.1.0",
        f"dead.{name}",
    )
    nobodys = (
        f"$JS.API.CONSUMER.CREATE.{work}.{name}",
        f"$JS.API.CONSUMER.CREATE.{work}.{name}.artifact.edited.v1",
        f"$JS.API.CONSUMER.DURABLE.CREATE.{work}.{name}",
        *(f"$JS.API.CONSUMER.{verb}.{work}.{name}" for verb in NOBODYS_CONSUMER_VERBS),
    )
    return {subject: {service} for subject in own} | {subject: set() for subject in nobodys}


def listeners() -> dict[str, set[str]]:
    """By subject, without a queue."""
    table: dict[str, set[str]] = {subject: set(who) for subject, who in LISTENERS.items()}
    table |= {f"_INBOX.{service}.x": {service} for service in SERVICES}
    return table | {subject: set() for subject in NOBODY_HEARS}
