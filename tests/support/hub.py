"""A Hugging Face hub on loopback: repositories of files with commits, branches and faults.

It answers the real client: what a model or data set is (`/api/models/…`, `/api/datasets/…`), which
files it has (`…/tree/…`), and the files (`/…/resolve/…`) with ETag, commit, size and ranges. The
names of data sets begin with `datasets/`.
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
from pathlib import Path, PurePosixPath
from urllib.parse import parse_qs, unquote, urlsplit

NAME = r"(?:models/|(?P<data>datasets/))(?P<name>[^/]+(?:/[^/]+)?)"
INFO = re.compile(rf"/api/{NAME}(?:/revision/(?P<revision>[^/]+))?")
TREE = re.compile(rf"/api/{NAME}/tree/(?P<revision>[^/]+)(?:/(?P<folder>.*))?")
PATHS = re.compile(rf"/api/{NAME}/paths-info/(?P<revision>[^/]+)")
FILE = re.compile(
    r"/(?P<data>datasets/)?(?P<name>[^/]+/[^/]+)/resolve/(?P<revision>[^/]+)/(?P<file>.+)"
)
LARGE = 10_000  # bytes from which a file is stored with Git LFS, by its SHA-256
TOKEN = "hf_loopback_0123456789_secret"


@dataclass
class Repository:
    """Commits by their hash, oldest first, each a mapping from names to bytes, and branches.

    `gated`: only who sends `TOKEN` gets files; `private`: who does not send it is told that there
    is no repository; `renamed`: its name now, without `datasets/`.
    """

    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)
    references: dict[str, str] = field(default_factory=dict)
    gated: bool = False
    private: bool = False
    renamed: str = ""

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


def describe_tree(files: dict[str, bytes]) -> list[dict]:
    """Return what the hub says of a commit's files and folders."""
    folders = {str(folder) for name in files for folder in PurePosixPath(name).parents} - {"."}
    told = [{"type": "directory", "path": name, "oid": "0" * 40, "size": 0} for name in folders]
    for name, content in files.items():
        digest = hashlib.sha1(content).hexdigest()
        told.append({"type": "file", "path": name, "oid": digest, "size": len(content)})
    return sorted(told, key=lambda one: one["path"])


class Hub(ThreadingHTTPServer):
    """The server; a test changes its attributes while it serves.

    `repositories` by name; `cuts`: for each file the numbers of bytes after which its next answers
    break off; `failures`: how many of the next answers are `failure`; `asked`: method, path,
    Authorization and Range of every request.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.repositories: dict[str, Repository] = {}
        self.cuts: dict[str, list[int]] = {}
        self.failures, self.failure = 0, 500
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
        asked = [form.fullmatch(path) for form in (INFO, TREE, PATHS, FILE)]
        info, tree, paths, file = asked
        match = next(filter(None, asked), None)
        if match is None:
            return self.refuse(404, "")
        if self.server.failures:
            self.server.failures -= 1
            return self.refuse(self.server.failure, "")
        name = (match["data"] or "") + match["name"]
        revision = unquote(match["revision"] or "main")
        if info:
            return self.tell(name, revision)
        if tree:
            return self.list_tree(name, revision, unquote(tree["folder"] or ""))
        if paths:
            return self.list_paths(name, revision)
        if file:
            return self.give(name, revision, unquote(file["file"]))

    do_HEAD = do_POST = do_GET

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
            known = repository.renamed or name.removeprefix("datasets/")
            facts = {"id": known, "sha": commit, "gated": repository.gated and "manual"}
            self.answer(200, json.dumps(facts | {"siblings": siblings}).encode(), {})

    def list_tree(self, name: str, revision: str, folder: str) -> None:
        """Say what a folder holds, with `recursive=true` all below it."""
        found = self.known(name, revision)
        if not found:
            return
        entries = describe_tree(found[0].commits[found[1]])
        below = [one for one in entries if one["path"].startswith(f"{folder}/" if folder else "")]
        if not below:
            return self.refuse(404, "EntryNotFound")
        if "recursive=true" not in urlsplit(self.path).query.lower():
            depth = folder.count("/") + bool(folder)
            below = [one for one in below if one["path"].count("/") == depth]
        self.answer(200, json.dumps(below).encode(), {})

    def list_paths(self, name: str, revision: str) -> None:
        """Say what the paths in the request's body are."""
        asked = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())["paths"]
        if found := self.known(name, revision):
            entries = describe_tree(found[0].commits[found[1]])
            told = [one for one in entries if one["path"] in asked]
            self.answer(200, json.dumps(told).encode(), {})

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
        headers |= {"RateLimit": '"api";r=0;t=0'} if status == 429 else {}
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
