"""The local identity provider: serves the public key with which the gateway verifies tokens.

    python -m vision3.identity KEY_FILE PORT

It makes no tokens: `vision3 token` signs them with the key file, which only its owner reads. So nobody who merely
reaches the port can become anyone.
"""

from __future__ import annotations

import json
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from vision3.servers.ports import HOST
from vision3.tokens import SigningKey

JWKS_PATH = "/.well-known/jwks.json"


class IdentityServer(ThreadingHTTPServer):
    """Listens on the loopback."""

    def __init__(self, port: int, key: SigningKey) -> None:
        super().__init__((HOST, port), Handler)
        self.pages = {JWKS_PATH: json.dumps(key.jwks()).encode(), "/livez": b"{}"}


class Handler(BaseHTTPRequestHandler):
    """Static answers."""

    server: IdentityServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = self.server.pages.get(self.path)
        self.send_response(HTTPStatus.NOT_FOUND if body is None else HTTPStatus.OK)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")


def main() -> None:
    """Serves until it is stopped."""
    key_file, port = sys.argv[1:]
    IdentityServer(int(port), SigningKey.load_or_create(Path(key_file))).serve_forever()


if __name__ == "__main__":
    main()
