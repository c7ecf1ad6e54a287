"""Write software bills of materials of the locks, as CycloneDX 1.6 in JSON; `make sbom`.

In: names of environments (all of them, and ``page``, if none): their locks, and torch's pin, which
is installed beside each but the page's. Out: a file each, ``<name>.cdx.json``, with every package
of the lock: version, purl, and the SHA-256 of each of its files; torch has none, as in its pin. It
is checked against CycloneDX's schema and the lock before it is there, and has the same bytes each
time.
cyclonedx-py comes from ``requirements-sbom.txt``, in an environment of its own that is created
once; nothing else needs a network.

Example::

    python -m scripts.environments.write_bom lingraft comet
"""

import argparse
import re
import subprocess
from pathlib import Path

from scripts.common.command import make_parser, run
from scripts.common.errors import InputError, nearest
from scripts.common.files import ROOT, atomic_path, read_json
from scripts.environments.containers import MAIN, image_lock, image_names
from scripts.environments.create_environment import alone, create
from scripts.environments.locks import TORCH, folder_of

PAGE = "page"
TOOL = ROOT / "requirements-sbom.txt"
FOLDER = ROOT / ".cache" / "sbom"


def parser() -> argparse.ArgumentParser:
    """Return the command line of this script."""
    options = make_parser("environments.write_bom", __doc__)
    options.add_argument("names", nargs="*", help=f"of {', '.join(bom_names())}; left out: all")
    options.add_argument("--output", type=Path, default=FOLDER, help="folder (.cache/sbom)")
    return options


def main(arguments: argparse.Namespace) -> None:
    """Write the bills; see the module's docstring."""
    texts = {name: pins_of(name) for name in arguments.names or bom_names()}
    program = install_tool()
    for name, text in texts.items():
        path = arguments.output / f"{name}.cdx.json"
        with atomic_path(path) as partial:
            write_bom(program, name, text, partial)
        print(f"{name}: {path}")


def bom_names() -> list[str]:
    """Return what has a bill of its own, the main environment first."""
    return [MAIN, PAGE, *image_names()[1:]]


def pins_of(name: str) -> str:
    """Return what is installed under a name: its lock, and torch's pin where torch is installed.

    Raises `InputError` with the nearest name if there is no such lock.
    """
    if name not in bom_names():
        raise InputError(f"no lock {name!r}{nearest(name, bom_names())}")
    if name == PAGE:  # it comes on top of the main environment
        return (ROOT / "requirements-page.txt").read_text(encoding="utf-8")
    files = (image_lock(name), TORCH)
    return "".join(file.read_text(encoding="utf-8") for file in files)


def install_tool() -> Path:
    """Return the program of the environment that writes bills; created unless it exists."""
    folder = folder_of("sbom", TOOL)
    with alone(folder):
        create(TOOL, folder)
    return folder / "bin" / "cyclonedx-py"


def write_bom(program: Path, name: str, text: str, output: Path) -> None:
    """Write the bill of a lock's text.

    Raises:
        InputError: if the program refuses the text, or its result does not fit the schema or lacks
            a package.
    """
    command = [str(program), "requirements", "--pyproject", str(ROOT / "pyproject.toml")]
    command += ["--spec-version", "1.6", "--output-reproducible", "--validate"]
    command += ["--output-file", str(output), "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise InputError(f"{name}: cyclonedx-py could not write its bill: {reason}")
    # It passes over lines that it cannot read.
    components = read_json(output).get("components", [])
    listed = sorted((one["name"], one.get("version", "")) for one in components)
    if listed != (pins := pinned(name, text)):
        lost = ", ".join("==".join(pin) for pin in sorted({*pins} ^ {*listed})) or "a line twice"
        raise InputError(f"{name}: its bill is not its lock: {lost}")


def pinned(name: str, text: str) -> list[tuple[str, str]]:
    """Return the names and versions of a lock; raises `InputError` for a line that is no pin."""
    lines = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
    found = [re.match(r"([a-z0-9][a-z0-9._-]*)==([^\s;\\]+)", line) for line in lines]
    for line, pin in zip(lines, found, strict=True):
        if pin is None:
            raise InputError(f"{name}: {line[:80]!r} in its lock, expected name==version")
    return sorted((pin[1], pin[2]) for pin in found if pin)


if __name__ == "__main__":
    run(main, parser())
