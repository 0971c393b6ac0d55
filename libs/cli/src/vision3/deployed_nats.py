"""The NATS configuration of a deployment, as a file.

python -m vision3.deployed_nats            writes deploy/nats/nats.conf
python -m vision3.deployed_nats --check    exits 1 when that file is stale
"""

from __future__ import annotations

import argparse
import re
import sys

from vision3.data_dir import CHECKOUT
from vision3.servers.nats_config import USERS, nats_settings, rendered

COMMAND = "python -m vision3.deployed_nats"
FILE = CHECKOUT / "deploy" / "nats" / "nats.conf"
HOST = "0.0.0.0"  # noqa: S104  # its network is the deployment's own
PORT, MONITOR_PORT = 4222, 8222

HEADER = f"""\
# Written by `{COMMAND}` from common/permissions.py: change that, never this file.
# Passwords come from the environment. A quoted value ("…") stays a text even when it looks like a number.
"""


def password_variable(user: str) -> str:
    return f"VISION3_{user.upper()}_NATS_PASSWORD"


def deployed() -> str:
    """deploy/nats/nats.conf. A variable is one only outside quotes."""
    passwords = {user: f"${password_variable(user)}" for user in USERS}
    settings = nats_settings(passwords, host=HOST, port=PORT) | {"http": f"{HOST}:{MONITOR_PORT}"}
    return HEADER + re.sub(r'"(\$VISION3_[A-Z_]+)"', r"\1", rendered(settings))


def main() -> None:
    parser = argparse.ArgumentParser(prog=COMMAND)
    parser.add_argument("--check", action="store_true")
    if not parser.parse_args().check:
        FILE.parent.mkdir(parents=True, exist_ok=True)
        FILE.write_text(deployed(), encoding="utf-8")
    elif not FILE.exists() or FILE.read_text(encoding="utf-8") != deployed():
        sys.exit(f"{FILE.relative_to(CHECKOUT)} is stale: run {COMMAND}")


if __name__ == "__main__":
    main()
