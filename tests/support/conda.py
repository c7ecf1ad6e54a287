"""A conda of one's own: the commands that Snakemake asks of it, over py-rattler, and a channel.

No channel of conda can be reached here. So this machine's Python and its bundled pip are packed
into one on disk; solving and linking are rattler's, as in other programs of conda's world.
"""

import asyncio
import ensurepip
import hashlib
import io
import json
import os
import platform
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

VERSION = "25.1.0"  # said to be; Snakemake wants 24.7.1 or newer
LEFT_OUT = {"test", "site-packages", "__pycache__", "idlelib", "tkinter", "turtledemo", "lib2to3"}
SERIES = f"{sys.version_info.major}.{sys.version_info.minor}"
SUBDIR = "linux-64"


def main(words: list[str]) -> None:
    """Do what a command line of conda's asks."""
    if words[:1] == ["--version"]:
        print(f"conda {VERSION}")
    elif words[:1] == ["info"]:
        prefix = str(Path(__file__).parents[1])
        print(json.dumps({"conda_prefix": prefix, "root_prefix": prefix, "platform": SUBDIR,
                          "conda_version": VERSION}))  # fmt: skip
    elif words[:2] == ["config", "--get"]:
        print(json.dumps({"get": {"channel_priority": "strict"}}))
    elif words[:2] == ["env", "create"]:
        create(Path(after("--file", words)), after("--prefix", words))
    elif words[:1] != ["clean"]:
        sys.exit(f"not asked of this conda before: {words}")


def after(option: str, words: list[str]) -> str:
    """Return an option's value."""
    return words[words.index(option) + 1]


def create(file: Path, prefix: str) -> None:
    """Create an environment from its file: channels, packages and pip's part."""
    import yaml

    asked = yaml.safe_load(file.read_text())
    packages = [one for one in asked["dependencies"] if isinstance(one, str)]
    asyncio.run(
        install(prefix, [one for one in asked["channels"] if one != "nodefaults"], packages)
    )
    for part in asked["dependencies"]:
        if not isinstance(part, str):
            pip = [f"{prefix}/bin/python", "-m", "pip", "install", "--quiet", *part["pip"]]
            subprocess.run(pip, check=True, cwd=file.parent)


async def install(prefix: str, channels: list[str], packages: list[str]) -> None:
    """Solve and link packages."""
    import rattler

    found = [rattler.Channel(one) for one in channels]
    machine = rattler.VirtualPackage.detect()
    records = await rattler.solve(
        found, packages, platforms=[SUBDIR, "noarch"], virtual_packages=machine
    )
    await rattler.install(records, prefix, show_progress=False)


def make_channel(folder: Path) -> None:
    """Pack this machine's Python and pip into a channel."""
    import rattler.index

    place = folder / SUBDIR
    place.mkdir(parents=True)
    (folder / "noarch").mkdir()
    version = platform.python_version()
    links = {"bin/python": f"python{SERIES}", "bin/python3": f"python{SERIES}"}
    pack(place, "python", version, dict(python_files(Path(sys.base_prefix))), links, [])
    (wheel,) = (Path(ensurepip.__file__).parent / "_bundled").glob("pip-*.whl")
    with zipfile.ZipFile(wheel) as parts:
        site = f"lib/python{SERIES}/site-packages"
        files = {f"{site}/{name}": (parts.read(name), 0o644) for name in parts.namelist()}
    pack(place, "pip", wheel.name.split("-")[1], files, {}, [f"python {SERIES}.*"])
    asyncio.run(rattler.index.index_fs(folder))


def python_files(base: Path) -> Iterator[tuple[str, tuple[bytes, int]]]:
    """Yield a Python's files by their relative paths, with modes."""
    chosen = [base / "bin" / f"python{SERIES}", *(base / "lib").glob(f"libpython{SERIES}.so*")]
    for top, folders, names in os.walk(base / "lib" / f"python{SERIES}"):
        folders[:] = [one for one in folders if one not in LEFT_OUT and "config-" not in one]
        chosen += [Path(top) / name for name in names]
    for path in chosen:
        yield str(path.relative_to(base)), (path.read_bytes(), path.stat().st_mode & 0o777)


def pack(
    place: Path, name: str, version: str, files: Mapping[str, tuple[bytes, int]],
    links: Mapping[str, str], depends: list[str],
) -> None:  # fmt: skip
    """Write a package of conda's."""
    build, paths = "local_0", []
    with tarfile.open(place / f"{name}-{version}-{build}.tar.bz2", "w:bz2", compresslevel=1) as tar:

        def add(path: str, content: bytes, mode: int = 0o644) -> None:
            member = tarfile.TarInfo(path)
            member.size, member.mode = len(content), mode
            tar.addfile(member, io.BytesIO(content))

        for path, (content, mode) in sorted(files.items()):
            add(path, content, mode)
            paths.append(describe(path, "hardlink", content, len(content)))
        for path, other in links.items():
            member = tarfile.TarInfo(path)
            member.type, member.linkname = tarfile.SYMTYPE, other
            tar.addfile(member)
            paths.append(describe(path, "softlink", files[f"bin/{other}"][0], 0))
        facts = {"name": name, "version": version, "build": build, "build_number": 0}
        facts |= {"depends": depends, "subdir": SUBDIR, "arch": "x86_64", "platform": "linux"}
        add("info/index.json", json.dumps(facts).encode())
        add("info/paths.json", json.dumps({"paths": paths, "paths_version": 1}).encode())
        add("info/files", "\n".join(sorted([*files, *links])).encode())


def describe(path: str, kind: str, content: bytes, size: int) -> dict[str, object]:
    """Return what a package says of one of its files."""
    digest = hashlib.sha256(content).hexdigest()
    return {"_path": path, "path_type": kind, "sha256": digest, "size_in_bytes": size}


if __name__ == "__main__":
    if sys.argv[1:2] == ["make-channel"]:
        make_channel(Path(sys.argv[2]))
    else:
        main(sys.argv[1:])
    # rattler's threads release the interpreter's lock after its end now and then, which aborts it.
    sys.stdout.flush()
    os._exit(0)
