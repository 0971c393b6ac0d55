"""The whole system with its pictures in a bucket, as its users see it."""

from __future__ import annotations

from pathlib import Path

from common.keys import picture_key
from tests.support.stores import Bucket
from tests.support.whole_system import whole_system
from vision3.generation import Order, Timings, generate

JPEG = b"\xff\xd8\xff"


async def test_a_generation_is_stored_and_fetched_from_the_bucket(tmp_path: Path, bucket: Bucket):
    settings = bucket.settings(store_url=f"s3://{bucket.name}/one")
    given = {f"VISION3_{name.upper()}": value for name, value in settings.items()}
    with whole_system(tmp_path / "data", imagers=1, env=given) as system:
        async with system.as_user("alice") as client:
            generation, outcome = await generate(
                client, Order("sourdough", out=tmp_path / "out"), lambda _: None, Timings()
            )
            edit = await client.edit(generation.images[0].id, "Another Text")
            assert (await client.download(edit)).startswith(JPEG)
    assert generation.status == "COMPLETED"
    pictures = {f"one/{picture_key(generation.id, image.id)}" for image in generation.images}
    assert len(pictures) == 4
    assert pictures < set(bucket.keys())
    assert not any(path.is_file() for path in (tmp_path / "data" / "objects").rglob("*"))
    assert all(image.path.read_bytes().startswith(JPEG) for image in outcome.images)
