"""The client, against a server that answers as the gateway does."""

from __future__ import annotations

import io
import itertools
import json
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from vision3.api import Generation
from vision3.client import ApiError, GatewayClient
from vision3.errors import CommandError
from vision3.generation import Order, Timings, generate, slug
from vision3.servers.ports import free_port

GENERATION = uuid.UUID("019f0000-0000-7000-8000-000000000001")
ARTIFACT = uuid.UUID("019f0000-0000-7000-8000-000000000002")
ME = {"id": str(uuid.uuid4()), "email": None, "subscription_tier": "free", "credits_remaining": 16}
ACCEPTED = {"generation_id": str(GENERATION), "status": "PENDING", "credits_remaining": 16}


@pytest.fixture
async def client(httpserver: HTTPServer) -> AsyncIterator[GatewayClient]:
    tokens = itertools.count(1)
    async with GatewayClient(httpserver.url_for("").rstrip("/"), lambda: f"token-{next(tokens)}") as client:
        yield client


def jpeg() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (1280, 720), "#884422").save(file, "JPEG")
    return file.getvalue()


def picture(url: str, headline: str) -> dict[str, Any]:
    sizes = {"width": 1280, "height": 720, "bytes": 1000}
    return {"id": str(ARTIFACT), "type": "IMAGE", "parent_id": None, "url": url, "headline": headline, **sizes}


def state(status: str, *artifacts: dict[str, Any], settled: int = 0, failure: object = None) -> dict[str, Any]:
    return {
        "id": str(GENERATION),
        "type": "THUMBNAIL",
        "status": status,
        "failure": failure,
        "progress": {"requested": 4, "settled": settled},
        "artifacts": list(artifacts),
        "a_field_of_a_later_version": True,
    }


def serve_generation(httpserver: HTTPServer, *answers: tuple[int, dict[str, Any]]) -> None:
    """Each look gets the next answer."""
    looks = iter(enumerate(answers))

    def answer(_: Request) -> Response:
        number, (status, body) = next(looks)
        headers = {"ETag": f'W/"{number}"'}
        return Response(json.dumps(body), status=status, content_type="application/json", headers=headers)

    httpserver.expect_request("/api/generations", method="POST").respond_with_json(ACCEPTED, status=202)
    httpserver.expect_request(f"/api/generations/{GENERATION}").respond_with_handler(answer)
    httpserver.expect_request("/api/me").respond_with_json(ME)


async def test_a_generation_is_asked_for_with_a_token_and_a_key(client: GatewayClient, httpserver: HTTPServer) -> None:
    asked: list[Request] = []

    def answer(request: Request) -> Response:
        asked.append(request)
        return Response(json.dumps(ACCEPTED), status=202, content_type="application/json")

    httpserver.expect_request("/api/generations", method="POST").respond_with_handler(answer)
    accepted = await client.generate("sourdough", count=3)
    assert accepted.generation_id == GENERATION
    assert asked[0].json == {"prompt": "sourdough", "type": "THUMBNAIL", "count": 3}
    assert asked[0].headers["Authorization"] == "Bearer token-1"
    assert uuid.UUID(asked[0].headers["Idempotency-Key"])


async def test_a_token_is_used_again_until_it_is_about_to_expire(
    client: GatewayClient, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    httpserver.expect_request("/api/me").respond_with_json(ME)
    await client.me()
    await client.me()
    monkeypatch.setattr("vision3.client.TOKEN_REUSE_S", 0.0)
    client._token_until = 0.0
    await client.me()
    used = [request.headers["Authorization"] for request, _ in httpserver.log]
    assert used == ["Bearer token-1", "Bearer token-1", "Bearer token-2"]


async def test_fields_that_do_not_fit_are_explained(client: GatewayClient, httpserver: HTTPServer) -> None:
    errors = [{"field": "prompt", "code": "too_long", "message": "Must have at most 2000 characters"}]
    problem = {"code": "invalid_request", "detail": "these fields do not fit: prompt", "errors": errors}
    httpserver.expect_request("/api/generations").respond_with_json(problem, status=422)
    with pytest.raises(ApiError, match="422 invalid_request: prompt: Must have at most 2000 characters"):
        await client.generate("bread")


async def test_a_problem_becomes_an_error_with_its_code(client: GatewayClient, httpserver: HTTPServer) -> None:
    problem = {"title": "No credits", "status": 402, "code": "insufficient_credits", "detail": "4 needed, 1 left"}
    httpserver.expect_request("/api/generations").respond_with_json(problem, status=402)
    with pytest.raises(ApiError, match="insufficient_credits: 4 needed, 1 left") as raised:
        await client.generate("sourdough")
    assert (raised.value.status, raised.value.code) == (402, "insufficient_credits")


async def test_an_error_page_from_elsewhere_is_an_error_too(client: GatewayClient, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/api/me").respond_with_data("<h1>Bad gateway</h1>", status=502)
    with pytest.raises(ApiError, match="502"):
        await client.me()


async def test_a_gateway_that_is_away_is_said_to_be() -> None:
    async with GatewayClient(f"http://127.0.0.1:{free_port()}", lambda: "") as client:
        with pytest.raises(CommandError, match="can't be reached"):
            await client.me()


async def test_an_edit_gives_the_new_picture(client: GatewayClient, httpserver: HTTPServer) -> None:
    body = {"action": "REPLACE_TEXT", "new_text": "NEW"}
    edit = httpserver.expect_request(f"/api/artifacts/{ARTIFACT}/edit", method="POST", json=body)
    edit.respond_with_json({**picture("/media/x", "NEW"), "parent_id": str(ARTIFACT)}, status=201)
    edited = await client.edit(ARTIFACT, "NEW")
    assert (edited.headline, edited.parent_id) == ("NEW", ARTIFACT)


async def test_pictures_are_fetched_without_a_token(client: GatewayClient, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/media/x").respond_with_data(b"picture", content_type="image/jpeg")
    image = Generation.model_validate(state("COMPLETED", picture(httpserver.url_for("/media/x"), "A"))).images[0]
    assert await client.download(image) == b"picture"
    assert "Authorization" not in httpserver.log[0][0].headers


async def test_a_picture_that_lies_elsewhere_is_fetched_there_and_no_token_shown(
    client: GatewayClient, httpserver: HTTPServer
) -> None:
    """As the gateway answers when its pictures are in S3."""
    httpserver.expect_request("/api/me").respond_with_json(ME)
    await client.me()  # so that the client has a token
    with HTTPServer(port=0) as elsewhere:
        elsewhere.expect_request("/bucket/x").respond_with_data(b"picture", content_type="image/jpeg")
        found = {"Location": elsewhere.url_for("/bucket/x?X-Amz-Signature=s")}
        httpserver.expect_request("/media/x").respond_with_data(status=302, headers=found)
        image = Generation.model_validate(state("COMPLETED", picture(httpserver.url_for("/media/x"), "A"))).images[0]
        assert await client.download(image) == b"picture"
        assert [request.query_string for request, _ in elsewhere.log] == [b"X-Amz-Signature=s"]
        assert "Authorization" not in elsewhere.log[0][0].headers


async def test_a_generation_is_followed_and_saved(
    client: GatewayClient, httpserver: HTTPServer, tmp_path: Path
) -> None:
    done = picture(httpserver.url_for("/media/x"), "STOP Kneading!")
    title = {"id": str(uuid.uuid4()), "type": "TEXT", "text": "Bread without work"}
    httpserver.expect_request("/media/x").respond_with_data(jpeg(), content_type="image/jpeg")
    states = (state("PENDING"), state("PENDING", done, settled=1), state("COMPLETED", done, title, settled=4))
    serve_generation(httpserver, *((200, one) for one in states))
    seen: list[Generation] = []
    order = Order("sourdough", out=tmp_path / "new")
    _, outcome = await generate(client, order, seen.append, Timings())
    assert [one.progress.settled for one in seen] == [0, 1, 4]
    assert outcome.titles == ["Bread without work"]
    assert [image.path for image in outcome.images] == [tmp_path / "new" / "01-stop-kneading.jpg"]
    assert outcome.images[0].path.read_bytes() == jpeg()
    assert (tmp_path / "new" / "contact-sheet.jpg").exists()
    assert outcome.credits_remaining == 16
    assert list(outcome.timings_ms) == ["accepted", "first_image", "completed", "saved"]


async def test_each_look_waits_for_what_the_last_one_did_not_show(
    client: GatewayClient, httpserver: HTTPServer, tmp_path: Path
) -> None:
    serve_generation(httpserver, *((200, state(status)) for status in ("PENDING", "PENDING", "FAILED")))
    await generate(client, Order("x", out=tmp_path / "none"), lambda _: None, Timings())
    looks = [request for request, _ in httpserver.log if request.path == f"/api/generations/{GENERATION}"]
    asked = [(request.args.get("wait"), request.headers.get("If-None-Match")) for request in looks]
    assert asked == [(None, None), ("25", 'W/"0"'), ("25", 'W/"1"')]


async def test_a_gateway_that_stays_away_is_said_to_be(
    client: GatewayClient, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(_: Generation) -> None:
        httpserver.stop()

    monkeypatch.setattr("vision3.generation.AWAY_S", 0.6)
    serve_generation(httpserver, (200, state("PENDING")))
    try:
        with pytest.raises(CommandError, match="can't be reached"):
            await generate(client, Order("x"), stop, Timings())
    finally:
        httpserver.start()


@pytest.mark.parametrize(("status", "code"), [(503, "unavailable"), (429, "too_many_streams"), (429, "rate_limited")])
async def test_a_moment_without_the_gateway_is_waited_out(
    client: GatewayClient, httpserver: HTTPServer, tmp_path: Path, status: int, code: str
) -> None:
    away = {"status": status, "code": code, "detail": "again in 1 s"}
    serve_generation(httpserver, (status, away), (200, state("FAILED")))
    generation, outcome = await generate(client, Order("x", out=tmp_path / "none"), lambda _: None, Timings())
    assert generation.status == "FAILED"
    assert outcome.images == []
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("5 MISTAKES, really?", "5-mistakes-really"),
        ("Ελληνικό ψωμί", "ελληνικό-ψωμί"),
        ("../../etc/passwd", "etc-passwd"),
        ("?!", "untitled"),
        ("x" * 100, "x" * 40),
    ],
)
def test_names_of_files(text: str, name: str) -> None:
    assert slug(text) == name
