"""All motifs by name. A motif draws its silhouette with one pen and its inner lines with another, within -1..1."""

from __future__ import annotations

from collections.abc import Callable

from imager.providers.painter.motifs.food import FOOD
from imager.providers.painter.motifs.media import MEDIA
from imager.providers.painter.motifs.nature import NATURE
from imager.providers.painter.motifs.signs import SIGNS
from imager.providers.painter.motifs.things import THINGS
from imager.providers.painter.motifs.work import WORK
from imager.providers.painter.pen import Pen

Motif = Callable[[Pen, Pen], None]

MOTIFS: dict[str, Motif] = {**FOOD, **MEDIA, **NATURE, **THINGS, **WORK, **SIGNS}
