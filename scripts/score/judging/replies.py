"""What a judge has replied, one line a reply, so that nothing is ever asked twice.

The journal is hidden beside the judgements and is kept: a reply costs money. A reply is known by a
digest of all that decides it, so another wording, another answer or one more sample asks what is
new and finds the rest.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

from scripts.common.command import log
from scripts.common.journal import Journal
from scripts.common.texts import has_half_character

Reply = dict[str, Any]


def replies_path(output: Path) -> Path:
    """Return where the replies behind a file of judgements are kept."""
    return output.with_name(f".{output.stem}.replies.jsonl")


def digest(body: dict[str, Any], order: str, sample: int) -> str:
    """Return the key of a reply: its request, the order of the answers, the sample's number."""
    text = json.dumps([body, order, sample], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def is_reply(line: Any) -> bool:
    """Tell whether a line of the journal is a reply and its key, as `Replies.add` writes them."""
    if not isinstance(line, dict) or not isinstance(line.get("key"), str):
        return False
    reply = line.get("reply")
    if not isinstance(reply, dict) or not isinstance(reply.get("text"), str):
        return False
    tokens = reply.get("tokens") or [None, None]
    counted = isinstance(tokens, list) and len(tokens) == 2
    return (
        counted
        and all(count is None or type(count) is int for count in tokens)
        and not has_half_character(line)
    )


class Replies:
    """The replies of earlier runs and of this one; `known` has them by their keys."""

    def __init__(self, path: Path) -> None:
        self.journal = Journal(path)
        intact = [line for line in self.journal.lines if is_reply(line)]
        self.known: dict[str, Reply] = {line["key"]: line["reply"] for line in intact}
        broken = len(self.journal.lines) - len(intact)
        if broken:
            log.warning(
                "%s: %d lines are no replies, they are skipped and asked again", path, broken
            )

    def add(self, key: str, reply: Reply) -> None:
        """Keep a reply.

        A refusal is kept for this run only: it cost nothing, and the next run may ask otherwise.
        """
        self.known[key] = reply
        if "refused" not in reply:
            self.journal.add({"key": key, "reply": reply})

    def close(self) -> None:
        """Close the journal."""
        self.journal.close()
