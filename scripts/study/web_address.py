"""Which web addresses a source may have, and the name that its file gets under ``results/raw/``."""

import re
from hashlib import sha256
from urllib.parse import unquote, urlsplit

from scripts.common import limits
from scripts.common.errors import InputError

HOST = re.compile(r"(?:\w(?:[\w-]|\.(?!\.))*(?<=\w)|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?", re.ASCII)
# Folders of results/raw/ for what does not come from the web.
OWN = ("file", "hf", "manual", "path", "pypi")
ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz")
PACKED = (*ARCHIVES, ".gz")
ENDING = re.compile(r"(?:\.[A-Za-z][A-Za-z0-9]{0,7}){1,2}$", re.ASCII)


def check_address(url: str) -> None:
    """Raise `InputError` unless an address of the web names one file, openly and unambiguously.

    A server, or what asks it, would take a path with ``..`` for another one; a password would be
    in every log.
    """
    try:
        parts = urlsplit(url)
        problem = find_problem(parts.netloc, parts.path, url)
    except ValueError as error:
        problem = str(error)
    if problem:
        # Without what may be a password.
        shown = re.sub(r"//[^/]*@", "//…@", url)
        raise InputError(f"source {shown!r}: {problem}, expected https://host/path")


def find_problem(netloc: str, path: str, url: str) -> str:
    """Return what is wrong with an address, '' where nothing is."""
    plain = unquote(path)
    if not plain.isprintable():
        return "found a control character"
    if "@" in netloc:
        return "found a user or a password, which would be in every log"
    if not HOST.fullmatch(netloc):
        return f"found no host, but {netloc!r}" if netloc else "found no host"
    if netloc in OWN:
        return f"{netloc!r} is no host, but a folder of results/raw/"
    if "\\" in plain:
        return "found a backslash"
    if any(part in (".", "..") for part in plain.split("/")):
        return "found '.' or '..' in its path"
    if not plain.strip("/") and "?" not in url:
        return "found no path"
    if plain.endswith("/") and "?" not in url:
        return "found the path of a folder"
    if any(len(part.encode()) > limits.ADDRESS_NAME_BYTES for part in path.split("/")):
        return f"found a name of more than {limits.ADDRESS_NAME_BYTES} bytes"
    return ""


def raw_name(location: str) -> str:
    """Return the place of an address's file: ``host/path``.

    A query, which may hold anything, becomes twelve digits of its SHA-256 before the ending of the
    name: a loader tells compressed files by it.
    """
    parts = urlsplit(location)
    path = re.sub("/{2,}", "/", parts.path).lstrip("/")
    if not parts.query:
        return f"{parts.netloc}/{path}"
    folder, slash, name = path.rpartition("/")
    found = [ENDING.search(text) for text in (name, unquote(parts.query))]
    endings = [match[0] if match else "" for match in found]
    ending = next((one for one in endings if one.endswith(PACKED)), endings[0] or endings[1])
    digest = sha256(parts.query.encode()).hexdigest()[:12]
    return f"{parts.netloc}/{folder}{slash}{name.removesuffix(ending) or 'index'}.{digest}{ending}"


def mirrored_name(location: str) -> str:
    """Return where ``wget --force-directories`` puts an address's file: ``host/path?query``."""
    parts = urlsplit(location)
    query = f"?{parts.query}".replace("/", "%2F") if parts.query else ""
    return f"{parts.netloc}/{parts.path.lstrip('/')}{query}"
