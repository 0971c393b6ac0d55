"""The stores behind ObjectStore, as the settings describe them: a folder, or a bucket that speaks S3."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from obstore.store import LocalStore, S3Store

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig, S3Config, S3Credential

    from common.store_settings import StoreSettings

CONNECT_S = 2
REQUEST_S = 5
PATIENCE_S = 6
"""No retry begins after that: with the last request a call takes 11 s at most."""

RETRY: RetryConfig = {"max_retries": 3, "retry_timeout": timedelta(seconds=PATIENCE_S)}


def opened(settings: StoreSettings) -> LocalStore | S3Store:
    """The store as the services reach it."""
    if urlsplit(settings.store_url).scheme == "s3":
        return _bucket(settings, settings.store_endpoint)
    folder = Path(unquote(urlsplit(settings.store_url).path))
    folder.mkdir(parents=True, exist_ok=True)
    return LocalStore(folder)


def signing(settings: StoreSettings) -> S3Store | None:
    """The store as browsers reach it, which is never asked: signatures are computed here. None for a folder."""
    if urlsplit(settings.store_url).scheme != "s3":
        return None
    return _bucket(settings, settings.store_public_endpoint or settings.store_endpoint)


def _bucket(settings: StoreSettings, endpoint: str) -> S3Store:
    parts = urlsplit(settings.store_url)
    return S3Store(
        parts.netloc,
        prefix=parts.path.strip("/") or None,
        config=_config(parts.netloc, endpoint, settings.store_region),
        client_options=_client(endpoint),
        retry_config=RETRY,
        credential_provider=lambda: _credential(settings),
    )


def _config(bucket: str, endpoint: str, region: str) -> S3Config:
    """All that obstore would otherwise take from AWS_… variables, which are not ours."""
    return {
        "endpoint": endpoint or f"https://{bucket}.s3.{region}.amazonaws.com",
        "virtual_hosted_style_request": not endpoint,
        "region": region,
        "skip_signature": False,
        # One object in one DELETE: every S3 knows that, while not all know the request that deletes many.
        "disable_bulk_delete": True,
    }


def _client(endpoint: str) -> ClientConfig:
    return {
        "allow_http": endpoint.startswith("http://"),
        "connect_timeout": timedelta(seconds=CONNECT_S),
        "timeout": timedelta(seconds=REQUEST_S),
    }


def _credential(settings: StoreSettings) -> S3Credential:
    """Given when asked for: what a store is made with, it shows to whoever prints its configuration."""
    return {
        "access_key_id": settings.store_access_key,
        "secret_access_key": settings.store_secret_key.get_secret_value(),
        "token": None,
        "expires_at": None,
    }
