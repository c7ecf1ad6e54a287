"""A Hugging Face hub on loopback: repositories of files with commits, branches and faults.

It answers the real client: what a model is (`/api/models/…`), and its files (`/…/resolve/…`) with
ETag, commit, size and ranges.
"""

import hashlib
import json
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

INFO = re.compile(r"/api/models/(?P<name>[^/]+/[^/]+?)(?:/revision/(?P<revision>.+))?")
FILE = re.compile(r"/(?P<name>[^/]+/[^/]+)/resolve/(?P<revision>[^/]+)/(?P<file>.+)")
LARGE = 10_000  # bytes from which a file is stored with Git LFS, by its SHA-256
TOKEN = "hf_loopback_0123456789_secret"


@dataclass
class Repository:
    """Commits by their hash, oldest first, each a mapping from names to bytes, and branches.

    `gated`: only who sends `TOKEN` gets files; `private`: who does not send it is told that there
    is no repository.
    """

    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)
    references: dict[str, str] = field(default_factory=dict)
    gated: bool = False
    private: bool = False

    def commit(self, files: dict[str, bytes], branch: str = "main") -> str:
        """Make files a branch's newest commit; return its hash."""
        number = str(len(self.commits)).encode()
        digest = hashlib.sha1(number + b"".join(sorted(files.values()))).hexdigest()
        self.commits[digest] = dict(files)
        self.references[branch] = digest
        return digest

    def find(self, revision: str) -> str | None:
        """Return the commit of a branch, or of itself."""
        return self.references.get(revision, revision if revision in self.commits else None)


def read_files(folder: Path) -> dict[str, bytes]:
    """Return a folder's files, as a repository has them."""
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


class Hub(ThreadingHTTPServer):
    """The server; a test changes its attributes while it serves.

    `repositories` by name; `cuts`: for each file the numbers of bytes after which its next answers
    break off; `failures`: how many of the next answers are 500; `asked`: method, path,
    Authorization and Range of every request.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.repositories: dict[str, Repository] = {}
        self.cuts: dict[str, list[int]] = {}
        self.failures = 0
        self.asked: list[tuple[str, str, str | None, str | None]] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def add(self, name: str, files: dict[str, bytes], **facts) -> Repository:
        """Give the hub a repository of one commit."""
        self.repositories[name] = Repository(**facts)
        self.repositories[name].commit(files)
        return self.repositories[name]

    def fetched(self) -> list[str]:
        """Return the names of the files whose bytes were asked for."""
        gets = [path for method, path, *_ in self.asked if method == "GET"]
        return [unquote(match["file"]) for match in map(FILE.fullmatch, gets) if match]


class Handler(BaseHTTPRequestHandler):
    server: Hub
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        headers = self.headers
        self.server.asked.append((self.command, path, headers["Authorization"], headers["Range"]))
        info, file = INFO.fullmatch(path), FILE.fullmatch(path)
        if self.server.failures and (info or file):
            self.server.failures -= 1
            return self.refuse(500, "")
        if info:
            return self.tell(info["name"], unquote(info["revision"] or "main"))
        if file:
            return self.give(file["name"], unquote(file["revision"]), unquote(file["file"]))
        return self.refuse(404, "")

    do_HEAD = do_GET

    def known(self, name: str, revision: str) -> tuple[Repository, str] | None:
        """Return a repository and the commit; None where the request has been refused."""
        repository = self.server.repositories.get(name)
        if repository is None or (repository.private and not self.trusted()):
            return self.refuse(401, "RepoNotFound" if self.trusted() else "")
        commit = repository.find(revision)
        if commit is None:
            return self.refuse(404, "RevisionNotFound")
        return repository, commit

    def trusted(self) -> bool:
        return self.headers["Authorization"] == f"Bearer {TOKEN}"

    def tell(self, name: str, revision: str) -> None:
        """Say what a repository is."""
        found = self.known(name, revision)
        if found:
            repository, commit = found
            siblings = [{"rfilename": file} for file in sorted(repository.commits[commit])]
            facts = {"id": name, "sha": commit, "gated": repository.gated and "manual"}
            self.answer(200, json.dumps(facts | {"siblings": siblings}).encode(), {})

    def give(self, name: str, revision: str, file: str) -> None:
        """Send a file, or the rest of it."""
        found = self.known(name, revision)
        if not found:
            return
        repository, commit = found
        if repository.gated and not self.trusted():
            return self.refuse(403 if self.headers["Authorization"] else 401, "GatedRepo")
        content = repository.commits[commit].get(file)
        if content is None:
            return self.refuse(404, "EntryNotFound")
        headers = {"X-Repo-Commit": commit, "Accept-Ranges": "bytes"}
        if len(content) < LARGE:
            headers["ETag"] = f'"{hashlib.sha1(content).hexdigest()}"'
        else:
            digest = hashlib.sha256(content).hexdigest()
            headers |= {"X-Linked-Etag": f'"{digest}"', "X-Linked-Size": str(len(content))}
        self.send_range(file, content, headers)

    def send_range(self, file: str, content: bytes, headers: dict[str, str]) -> None:
        """Send the bytes that the request's range asks for, all of them where there is none."""
        match = re.fullmatch(r"bytes=(\d+)-", self.headers["Range"] or "")
        start = int(match[1]) if match else 0
        if match:
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        cuts = self.server.cuts.get(file)
        cut = cuts.pop(0) if cuts and self.command == "GET" else None
        self.answer(206 if match else 200, content[start:], headers, cut)

    def refuse(self, status: int, code: str) -> None:
        """Answer with an error as the hub does."""
        headers = {"X-Error-Code": code} if code else {}
        self.answer(status, json.dumps({"error": "refused"}).encode(), headers)

    def answer(self, status: int, body: bytes, headers: dict[str, str], cut: int | None = None):
        """Send an answer; with `cut` break the connection off after so many bytes of its body."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[:cut])
            self.wfile.flush()
        self.close_connection = self.close_connection or cut is not None

    def log_message(self, *_) -> None:
        pass


@contextmanager
def serve_hub() -> Iterator[Hub]:
    """Serve an empty hub."""
    hub = Hub()
    threading.Thread(target=hub.serve_forever, daemon=True).start()
    try:
        yield hub
    finally:
        hub.shutdown()
        hub.server_close()


def hub_environment(hub: Hub, home: Path, **changes: str) -> dict[str, str]:
    """Return the environment of a process that asks this hub and keeps its own cache.

    No token is in it; `HF_TOKEN=…` and other variables are `changes`.
    """
    kept = {name: os.environ[name] for name in os.environ if not name.startswith(("HF_", "HUGG"))}
    return kept | {
        "HF_ENDPOINT": hub.url,
        "HF_HOME": str(home),
        "HF_HUB_OFFLINE": "0",
        "NO_PROXY": "127.0.0.1",
    } | changes  # fmt: skip
