"""The documents of the API, as files in docs/api.

python -m vision3.api_documents              writes openapi.json and asyncapi.json
python -m vision3.api_documents --check      exits 1 naming what is stale, and what breaks clients of the last release
python -m vision3.api_documents --release    makes openapi.json the one that later changes are held against
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from vision3.api_documents.asyncapi import asyncapi
from vision3.api_documents.changes import breaks
from vision3.api_documents.openapi import Document, openapi
from vision3.data_dir import CHECKOUT

COMMAND = "python -m vision3.api_documents"
FOLDER = CHECKOUT / "docs" / "api"
RELEASED = "released.openapi.json"


def main() -> int:
    parser = argparse.ArgumentParser(prog=COMMAND, description="Write the documents of the API, or check them.")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--check", action="store_true", help="write nothing; exit 1 when something is amiss")
    what.add_argument("--release", action="store_true", help="hold later changes against what is written now")
    chosen = parser.parse_args()
    made = {"openapi.json": openapi(), "asyncapi.json": asyncapi()}
    if chosen.check:
        lines = problems(made, FOLDER)
        sys.stderr.write("".join(f"{line}\n" for line in lines))
        return 1 if lines else 0
    write(made | ({RELEASED: made["openapi.json"]} if chosen.release else {}), FOLDER)
    return 0


def problems(made: dict[str, Document], folder: Path) -> list[str]:
    """A line for each file that is stale, and for each change that clients of the last release can't bear."""
    files = {name: folder / name for name in made}
    stale = [
        name
        for name, file in files.items()
        if not file.exists() or file.read_text(encoding="utf-8") != text(made[name])
    ]
    released = json.loads((folder / RELEASED).read_text(encoding="utf-8"))
    return [f"docs/api/{name} is stale: run {COMMAND}" for name in stale] + breaks(released, made["openapi.json"])


def write(documents: dict[str, Document], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, document in documents.items():
        (folder / name).write_text(text(document), encoding="utf-8")


def text(document: Document) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.exit(main())
