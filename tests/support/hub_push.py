"""A hub on loopback that takes what the real client publishes: repositories, large files, commits.

It speaks the hub's HTTP as `huggingface_hub` uses it with Xet off: a repository is created, the
client asks which files are large, uploads those by the basic transfer of Git LFS, and commits all
in one request of JSON lines.
"""

import base64
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

LARGE = re.compile(r"\.(safetensors|gguf|model)$")


@dataclass
class PushHub:
    """What the hub holds: files by repository, large files by digest, and every request it got."""

    token: str
    url: str = ""
    repositories: dict[str, dict[str, bytes]] = field(default_factory=dict)
    private: dict[str, bool] = field(default_factory=dict)
    large: dict[str, bytes] = field(default_factory=dict)
    commits: list[list[dict[str, Any]]] = field(default_factory=list)
    requests: list[tuple[str, str, str | None]] = field(default_factory=list)  # and authorization


class Handler(BaseHTTPRequestHandler):
    """Answer one request; `hub` is set by `serve_push_hub`."""

    hub: PushHub

    def log_message(self, *arguments: Any) -> None:
        """Print nothing."""

    def answer(self, status: int, value: Any = None) -> None:
        """Send a JSON answer."""
        body = json.dumps(value if value is not None else {}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def take(self) -> bytes:
        """Read the request's body, and note the request."""
        self.hub.requests.append((self.command, self.path, self.headers.get("Authorization")))
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def may_write(self) -> bool:
        """Tell whether the request has the token; refuse it if not."""
        given = self.headers.get("Authorization")
        if given == f"Bearer {self.hub.token}":
            return True
        self.answer(401 if given is None else 403, {"error": "not allowed"})
        return False

    def do_PUT(self) -> None:
        """Take a large file, at an address that needs no token."""
        body = self.take()
        self.hub.large[hashlib.sha256(body).hexdigest()] = body
        self.answer(200)

    def do_GET(self) -> None:
        """List a repository's files; nothing else is asked for."""
        self.take()
        found = re.match(r"/api/models/([^/]+/[^/]+)/tree/", self.path)
        if not found:
            return self.answer(404, {"error": "not found"})
        files = self.hub.repositories.get(found[1], {})
        listed = [
            {"type": "file", "path": name, "size": len(content), "oid": "0" * 40}
            for name, content in files.items()
        ]
        return self.answer(200, listed)

    def do_POST(self) -> None:
        """Create, ask before an upload, upload or commit."""
        body = self.take()
        if not self.may_write():
            return
        if self.path == "/api/repos/create":
            self.create(json.loads(body))
        elif self.path == "/api/validate-yaml":  # of a card's metadata
            self.answer(200, {"errors": [], "warnings": []})
        elif found := re.match(r"/api/models/(.+)/preupload/", self.path):
            self.sort_files(json.loads(body))
        elif self.path.endswith(".git/info/lfs/objects/batch"):
            self.open_transfer(json.loads(body))
        elif found := re.match(r"/api/models/(.+)/commit/main", self.path):
            self.commit(found[1], [json.loads(line) for line in body.splitlines()])
        else:
            self.answer(404, {"error": "not found"})

    def create(self, asked: dict[str, Any]) -> None:
        """Make an empty repository."""
        name = f"{asked['organization']}/{asked['name']}"
        if name in self.hub.repositories:
            return self.answer(409, {"error": "exists", "url": f"{self.hub.url}/{name}"})
        self.hub.repositories[name] = {}
        self.hub.private[name] = asked.get("visibility") == "private" or bool(asked.get("private"))
        return self.answer(200, {"url": f"{self.hub.url}/{name}", "id": name, "name": name})

    def sort_files(self, asked: dict[str, Any]) -> None:
        """Say which files are large."""
        files = [
            {
                "path": file["path"],
                "uploadMode": "lfs" if LARGE.search(file["path"]) else "regular",
                "shouldIgnore": False,
            }
            for file in asked["files"]
        ]
        self.answer(200, {"files": files})

    def open_transfer(self, asked: dict[str, Any]) -> None:
        """Say where large files go that are not here yet."""
        objects = []
        for one in asked["objects"]:
            where = {"upload": {"href": f"{self.hub.url}/large/{one['oid']}", "header": {}}}
            missing = one["oid"] not in self.hub.large
            objects.append(one | ({"actions": where} if missing else {}))
        self.answer(200, {"transfer": "basic", "objects": objects})

    def commit(self, repository: str, lines: list[dict[str, Any]]) -> None:
        """Take a commit; refuse one that names a large file which never arrived."""
        files = self.hub.repositories[repository]
        for line in lines:
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                if value["oid"] not in self.hub.large:
                    return self.answer(400, {"error": f"{value['path']} was not uploaded"})
                files[value["path"]] = self.hub.large[value["oid"]]
            elif line["key"] == "deletedFile":
                del files[value["path"]]
        self.hub.commits.append(lines)
        oid = f"{len(self.hub.commits):040x}"
        address = f"{self.hub.url}/{repository}/commit/{oid}"
        return self.answer(200, {"commitUrl": address, "commitOid": oid, "success": True})


@contextmanager
def serve_push_hub(token: str) -> Iterator[PushHub]:
    """Serve a hub, empty and on loopback, as long as the block runs."""
    hub = PushHub(token)
    handler = type("PushHandler", (Handler,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
