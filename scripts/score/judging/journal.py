"""What a judge has replied, one line a reply, so that nothing is ever asked twice.

The file lies hidden beside the judgements, is only ever appended to, and stays: a reply costs
money. A reply is known by a digest of all that decides it, so another wording, another answer or
one more sample asks what is new and finds the rest.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

from scripts.common.command import log

Reply = dict[str, Any]


def journal_path(output: Path) -> Path:
    """Return where the replies behind a file of judgements are kept."""
    return output.with_name(f".{output.stem}.replies.jsonl")


def digest(body: dict[str, Any], order: str, sample: int) -> str:
    """Return the key of a reply: its request, the order of the answers, the sample's number."""
    text = json.dumps([body, order, sample], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


class Journal:
    """The replies of earlier runs by their keys, and a place to add new ones."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.replies = read_journal(path)
        self.stream = path.open("a", encoding="utf-8")

    def add(self, key: str, reply: Reply) -> None:
        """Keep a reply; once this returns, a killed process does not lose it.

        A refusal is kept for this run only: it cost nothing, and the next run may ask otherwise.
        """
        self.replies[key] = reply
        if "refused" in reply:
            return
        self.stream.write(json.dumps({"key": key, "reply": reply}, ensure_ascii=False) + "\n")
        self.stream.flush()

    def close(self) -> None:
        """Close the file."""
        self.stream.close()


def read_journal(path: Path) -> dict[str, Reply]:
    """Return the replies that are whole; a last line that a kill left short is cut off."""
    content = path.read_bytes() if path.exists() else b""
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        log.info("%s: the last line is short, cutting it off", path)
        with path.open("r+b") as stream:
            stream.truncate(len(whole))
    lines = (json.loads(line) for line in whole.splitlines())
    return {line["key"]: line["reply"] for line in lines}
