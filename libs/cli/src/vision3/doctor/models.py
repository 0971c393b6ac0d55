"""The concept writer and the image providers that are configured: keys, models, addresses, and what ends soon."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

from common.db import Database
from common.errors import WorkError
from common.settings import SettingsError
from imager.providers.base import ImageProvider
from imager.providers.registry import PROVIDERS
from imager.settings import Settings as ImagerSettings
from orchestrator.concepts.base import ConceptWriter
from orchestrator.concepts.registry import WRITERS
from orchestrator.settings import Settings as OrchestratorSettings
from vendors.errors import Unusable
from vendors.retirements import retirement
from vendors.settings import VendorSettings
from vision3.doctor.findings import Finding, ok, warning, wrong
from vision3.doctor.subject import UNUSED, Subject


async def check(subject: Subject) -> AsyncIterator[Finding]:
    unasked = Database(str(UNUSED["database_url"]))
    try:
        writer = subject.settings(OrchestratorSettings).concept_writer
        what = f"concept writer {writer}"
        made = WRITERS[writer](unasked)
    except SettingsError as error:
        for line in str(error).splitlines():
            yield wrong("concept writer", line)
    else:
        async for finding in _asked(what, made):
            yield finding
    try:
        providers = subject.settings(ImagerSettings).image_providers
    except SettingsError as error:
        for line in str(error).splitlines():
            yield wrong("image providers", line)
        return
    for name in providers:
        async for finding in _provider(name, unasked):
            yield finding


async def _provider(name: str, unasked: Database) -> AsyncIterator[Finding]:
    what = f"image provider {name}"
    try:
        made = PROVIDERS[name](unasked).provider
    except SettingsError as error:
        for line in str(error).splitlines():
            yield wrong(what, line)
        return
    async for finding in _asked(what, made):
        yield finding


async def _asked(what: str, made: ConceptWriter | ImageProvider) -> AsyncIterator[Finding]:
    settings: VendorSettings | None = getattr(made, "settings", None)
    try:
        await made.check()
    except WorkError as error:
        yield wrong(what, _remedy(error, settings))
    else:
        yield ok(
            what, f"{settings.model or 'what it has loaded'} at {settings.base_url}" if settings else "needs no key"
        )
    finally:
        await made.aclose()
    if settings is not None:
        end = retirement(settings.model, datetime.now(UTC).date())
        if end is not None:
            yield warning(what, f"{settings.model} {end}: set {_variable(settings, 'MODEL')} to a newer one")


def _remedy(error: WorkError, settings: VendorSettings | None) -> str:
    """What is wrong, and which variable says otherwise."""
    why = error.why if isinstance(error, Unusable) else "it does not answer as it should"
    if settings is None:
        return f"{why} ({error.code})"
    match error.code:
        case "provider_key_refused":
            return f"{why}: see {_key(settings)}"
        case "provider_unknown_model":
            return f"{why}: see {_variable(settings, 'MODEL')} ({settings.model}) and {_variable(settings, 'BASE_URL')}"
        case "provider_out_of_credit" | "provider_day_quota":
            return f"{why}: see the vendor's console"
    return f"{why} ({error.code}): see {_variable(settings, 'BASE_URL')} ({settings.base_url})"


def _variable(settings: VendorSettings, name: str) -> str:
    return f"{settings.model_config['env_prefix']}{name}"


def _key(settings: VendorSettings) -> str:
    field = type(settings).model_fields.get("api_key")
    return str(field.validation_alias) if field else _variable(settings, "PASSWORD")
