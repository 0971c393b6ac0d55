"""Becomes another program, tied to its parent's life and under another identity. Run as a script, without packages:

    python -I -S become.py PARENT_PID DEATH_SIGNAL IDENTITY PROGRAM [ARGUMENT…]

IDENTITY is `same`, `namespace` (a user namespace in which root appears as `nobody` and keeps its files) or `UID:GID`.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import sys
from pathlib import Path

CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1
NAMESAKE = "nobody"

libc = ctypes.CDLL(None, use_errno=True)


def checked(result: int, what: str) -> None:
    """Turns libc's -1 into an OSError."""
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def enter_namespace() -> None:
    """Only the name changes: the kernel still lets us at what the outer user owns, so nothing needs a chown."""
    outer_uid, outer_gid, inner = os.geteuid(), os.getegid(), pwd.getpwnam(NAMESAKE)
    checked(libc.unshare(CLONE_NEWUSER), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{inner.pw_uid} {outer_uid} 1")
    Path("/proc/self/gid_map").write_text(f"{inner.pw_gid} {outer_gid} 1")


def drop_to(uid: int, gid: int) -> None:
    """For good: groups first, while we still may."""
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def assume(identity: str) -> None:
    """Takes on the identity named on the command line."""
    if identity == "namespace":
        enter_namespace()
    elif identity != "same":
        uid, gid = identity.split(":")
        drop_to(int(uid), int(gid))


def die_with(parent: int, signal: int) -> None:
    """Asked for after the identity, since a change of credentials forgets it; the parent may be gone already."""
    checked(libc.prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0), "prctl")
    if os.getppid() != parent:
        sys.exit(1)


def main() -> None:
    """Never returns: the program takes our place."""
    parent, signal, identity, *command = sys.argv[1:]
    try:
        assume(identity)
        die_with(int(parent), int(signal))
        os.execv(command[0], command)  # noqa: S606  # the caller's own words, and no shell wanted
    except OSError as error:
        sys.exit(f"cannot start {command[0]}: {error}")


main()
