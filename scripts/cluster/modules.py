"""Environment modules of a site, loaded for a job: what they set becomes its environment."""

import os
import subprocess
from collections.abc import Iterable, Mapping

from scripts.common.errors import InputError, shorten

ANSWER = 120  # seconds for one module; they lie on file systems of networks
NOT_FOUND = 127  # bash's status where there is no such command
# Where a shell that is no login shell finds the command, if it was not handed down.
FIND = """\
if ! type module >/dev/null 2>&1; then
  for file in "${LMOD_PKG:-/usr/share/lmod/lmod}/init/bash" \\
      "${MODULESHOME:-/usr/share/modules}/init/bash" \\
      /etc/profile.d/z00_lmod.sh /etc/profile.d/lmod.sh /etc/profile.d/modules.sh; do
    if [ -r "$file" ]; then . "$file" >/dev/null 2>&1; break; fi
  done
  type module >/dev/null 2>&1 || exit 127
fi
module load "$1" >&2 || exit 1
exec env -0
"""


def load_modules(
    names: Iterable[str], place: str, environment: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """Return an environment with modules loaded into it, one after the other.

    Args:
        names: as `module load` takes them.
        place: the key that has them, for messages.

    Raises:
        InputError: if there is no command `module`, or a module cannot be loaded.
    """
    loaded = dict(environment)
    for name in names:
        loaded = load_module(name, place, loaded)
    return loaded


def load_module(name: str, place: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment with one module loaded into it; raises as `load_modules`."""
    node = os.uname().nodename
    command = ["bash", "-c", FIND, "bash", name]
    try:
        done = subprocess.run(command, capture_output=True, env=environment, timeout=ANSWER)
    except subprocess.TimeoutExpired:
        raise InputError(f"{place}: {name}: not loaded within {ANSWER} s on {node}") from None
    if done.returncode == NOT_FOUND:
        raise InputError(f"{place}: {name}: there is no command `module` on {node}")
    said = done.stderr.decode(errors="replace")
    # Old versions of `module` fail with status 0.
    if done.returncode or ":ERROR:" in said:
        reason = next((line for line in said.splitlines() if "ERROR" in line.upper()), said)
        raise InputError(f"{place}: {name}: not loaded on {node}: {one_line(reason)}")
    parts = done.stdout.decode(errors="surrogateescape").split("\0")
    return dict(part.split("=", 1) for part in parts if "=" in part)


def one_line(text: str) -> str:
    """Return what a command said as one short line."""
    return shorten(" ".join(text.split()) or "no reason given", 200)
