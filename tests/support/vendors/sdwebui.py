"""A stand-in for the web UI of AUTOMATIC1111 and Forge. https://github.com/AUTOMATIC1111/stable-diffusion-webui/wiki/API"""

from __future__ import annotations

import base64
import json

from tests.support.vendors.server import Reply, Request, StandIn, UnlikeDocumented

FIELDS = {"prompt", "negative_prompt", "width", "height", "steps", "cfg_scale", "seed", "override_settings"}


def sdwebui_images(picture: bytes) -> StandIn:
    return StandIn(lambda request: _answer(request, picture))


def _answer(request: Request, picture: bytes) -> Reply:
    if (request.method, request.path) == ("GET", "/sdapi/v1/sd-models"):
        return Reply.json([{"title": "juggernaut.safetensors [abc]", "model_name": "juggernaut"}])
    if (request.method, request.path) != ("POST", "/sdapi/v1/txt2img"):
        raise UnlikeDocumented("no such path")
    body = request.json()
    if set(body) - FIELDS or not body["prompt"] or body["width"] % 8 or body["height"] % 8:
        raise UnlikeDocumented(f"fields {sorted(body)}")
    if not -1 <= body["seed"] < 2**32 or not 1 <= body["steps"] <= 150:
        raise UnlikeDocumented("seed or steps")
    info = json.dumps({"seed": body["seed"], "sd_model_name": "juggernaut"})
    return Reply.json({"images": [base64.b64encode(picture).decode()], "parameters": body, "info": info})


def failure(status: int, error: str) -> Reply:
    return Reply.json({"error": error, "detail": "", "body": "", "errors": "CUDA out of memory"}, status)
