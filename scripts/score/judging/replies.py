"""What a judge has replied, one line a reply, so that nothing is ever asked twice.

The journal is hidden beside the judgements and is kept: a reply costs money. A reply is known by a
digest of all that decides it, so another wording, another answer or one more sample asks what is
new and finds the rest.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

from scripts.common.journal import Journal

Reply = dict[str, Any]


def replies_path(output: Path) -> Path:
    """Return where the replies behind a file of judgements are kept."""
    return output.with_name(f".{output.stem}.replies.jsonl")


def digest(body: dict[str, Any], order: str, sample: int) -> str:
    """Return the key of a reply: its request, the order of the answers, the sample's number."""
    text = json.dumps([body, order, sample], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


class Replies:
    """The replies of earlier runs and of this one; `known` has them by their keys."""

    def __init__(self, path: Path) -> None:
        self.journal = Journal(path)
        self.known: dict[str, Reply] = {line["key"]: line["reply"] for line in self.journal.lines}

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
