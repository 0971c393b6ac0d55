"""Stable Diffusion on one's own GPU, by the API of AUTOMATIC1111's web UI or Forge (started with --api).

Source: https://github.com/AUTOMATIC1111/stable-diffusion-webui/wiki/API
"""

from __future__ import annotations

import httpx2
from pydantic import Field, SecretStr

from common.errors import WorkError
from imager.providers.base import Brief
from imager.providers.prompting import UNWANTED, prompt_of
from imager.providers.vendor_painter import VendorPainter, no_picture
from vendors import answers, errors
from vendors.answers import Document, at
from vendors.settings import VendorSettings, section

ANY_SEED = -1
"""Another one each time: a picture that came out black would come out black again."""


class SdWebUiSettings(VendorSettings):
    """model: the checkpoint; empty: the one that is loaded. user and password: of --api-auth."""

    model_config = section("SDWEBUI")

    base_url: str = "http://127.0.0.1:7860"
    model: str = ""
    width: int = Field(default=1344, ge=640, le=2048, multiple_of=8)
    height: int = Field(default=768, ge=360, le=1152, multiple_of=8)
    steps: int = Field(default=25, ge=1, le=150)
    cfg_scale: float = Field(default=6.0, ge=1, le=30)
    user: str = ""
    password: SecretStr = SecretStr("")
    timeout_s: float = Field(default=120.0, gt=0, le=160)
    first_byte_timeout_s: float = Field(default=120.0, gt=0, le=160)


class SdWebUiPainter(VendorPainter[SdWebUiSettings]):
    SETTINGS = SdWebUiSettings
    NAME = "sdwebui"
    CHECK_PATH = "/sdapi/v1/sd-models"

    def headers(self) -> dict[str, str]:
        if not self.settings.user:
            return {}
        request = httpx2.Request("GET", self.settings.base_url)
        auth = httpx2.BasicAuth(self.settings.user, self.settings.password.get_secret_value())
        return {"Authorization": next(auth.auth_flow(request)).headers["Authorization"]}

    async def ask(self, brief: Brief) -> httpx2.Response:
        settings = self.settings
        body: Document = {
            "prompt": prompt_of(brief),
            "negative_prompt": UNWANTED,
            "width": settings.width,
            "height": settings.height,
            "steps": settings.steps,
            "cfg_scale": settings.cfg_scale,
            "seed": ANY_SEED,
        }
        if settings.model:
            body["override_settings"] = {"sd_model_checkpoint": settings.model}
        return await self.post("/sdapi/v1/txt2img", body)

    def picture(self, response: httpx2.Response) -> tuple[bytes, str | None]:
        answer = answers.document(response.content)
        found = at(answer, "images", 0)
        if not isinstance(found, str):
            raise no_picture(at(answer, "error"))
        return answers.picture(found.rpartition(",")[2]), self._checkpoint(answer)

    def failure(self, response: httpx2.Response) -> WorkError:
        """A GPU whose memory was too small for once says so with a 500; a checkpoint it does not have, with a 404."""
        error = answers.named(response)
        if response.status_code == httpx2.codes.UNPROCESSABLE_CONTENT:
            return errors.Unusable("provider_settings_refused", "it does not accept size, steps or checkpoint")
        return answers.failure(response, error)

    async def check(self) -> None:
        response = await answers.ask(self.client, "GET", self.CHECK_PATH, headers=self.headers())
        if not response.is_success:
            raise self.failure(response)
        if self.settings.model and self.settings.model not in response.text:
            raise errors.Unusable("provider_unknown_model", f"it has no checkpoint {self.settings.model}")

    @staticmethod
    def _checkpoint(answer: Document) -> str | None:
        """`info` is a document in a string."""
        info = answer.get("info")
        try:
            name = at(answers.document(info.encode()), "sd_model_name") if isinstance(info, str) else None
        except WorkError:
            return None
        return answers.model(name)
