"""An imager whose provider returns one fixed 1344x768 JPEG at once: what is left is the system and the composing."""

from __future__ import annotations

import io

from PIL import Image

from common.service import start
from imager import app
from imager.providers.base import Background, Brief
from imager.providers.chain import Link
from imager.providers.registry import PROVIDERS
from imager.settings import Settings

NAME = "fixed"


def picture() -> bytes:
    """Noise over a gradient: about as hard to compress as a photograph."""
    ground = Image.linear_gradient("L").resize((1344, 768)).convert("RGB")
    grain = Image.effect_noise((1344, 768), 40).convert("RGB")
    data = io.BytesIO()
    Image.blend(ground, grain, 0.25).save(data, "JPEG", quality=88)
    return data.getvalue()


class FixedPicture:
    def __init__(self) -> None:
        self._data = picture()

    async def paint(self, brief: Brief, *, timeout_s: float) -> Background:
        return Background(self._data, provider=NAME)

    async def check(self) -> None:
        pass

    async def aclose(self) -> None:
        pass


PROVIDERS[NAME] = lambda _db: Link(NAME, FixedPicture())

if __name__ == "__main__":
    start(Settings, app.build)
