"""OpenTelemetry when an endpoint is set; Prometheus always; both around every HTTP request."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager, nullcontext

import structlog
from fastapi.telemetry import TelemetryConfig
from opentelemetry import trace
from opentelemetry.propagate import extract
from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from common.ids import uuid7

log = structlog.get_logger()
tracer = trace.get_tracer("vision3.http")

REQUESTS = Counter("vision3_http_requests", "Requests by route and status", ["method", "route", "status"])
SECONDS = Histogram("vision3_http_request_duration_seconds", "Time to the end of the answer", ["method", "route"])
CLIENT_LEFT = 499
"""No answer was begun: there was nobody left to read it."""

NOT_FASTAPIS: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}
"""FastAPI's own would tell everything a second time, with paths in it."""

QUIET = {"/livez", "/readyz", "/metrics"}


def trace_to(service: str, endpoint: str | None) -> None:
    """Exports spans by OTLP over HTTP. Without an endpoint the API's no-op stays, and nothing is imported."""
    if endpoint is None:
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": f"vision3-{service}"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")))
    trace.set_tracer_provider(provider)


class HttpTelemetry:
    """Pure ASGI: one log line, one span and two metrics for each request. Paths are logged as routes.

    The request's id is our own, whatever the caller sent: on the answer, and on each line logged meanwhile.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = str(uuid7())
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            await self._told(request_id, scope, receive, send)

    async def _told(self, request_id: str, scope: Scope, receive: Receive, send: Send) -> None:
        status = CLIENT_LEFT
        started = time.perf_counter()

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", []), (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            with _span(scope):
                await self._app(scope, receive, send_with_id)
        except Exception:
            status = 500
            raise
        finally:
            if scope["path"] not in QUIET:
                _record(scope, status, time.perf_counter() - started)


def _span(scope: Scope) -> AbstractContextManager[object]:
    """One that goes on with the caller's trace. Nothing, where nobody traces."""
    carrier = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"] if k == b"traceparent"}
    if not carrier and isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        return nullcontext()
    return tracer.start_as_current_span("http.request", context=extract(carrier))


def _record(scope: Scope, status: int, seconds: float) -> None:
    route = getattr(scope.get("route"), "path", "unmatched")
    REQUESTS.labels(scope["method"], route, str(status)).inc()
    SECONDS.labels(scope["method"], route).observe(seconds)
    log.info(
        "http.request",
        method=scope["method"],
        route=route,
        status=status,
        ms=round(seconds * 1000, 1),
    )
