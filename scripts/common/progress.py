"""A progress bar on a terminal and one line a minute in the log."""

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

from tqdm import tqdm

from scripts.common.command import log
from scripts.common.escapes import clean_line

T = TypeVar("T")


class Progress:
    """Counts `unit`s up to `total`; `update` moves the bar and writes to the log once a minute."""

    def __init__(self, total: int, label: str, unit: str = "it", done: int = 0) -> None:
        # A label may be the name of a file on a server.
        self.label, self.unit, self.total, self.done = clean_line(label), unit, total, done
        self.bar = tqdm(
            total=total,
            desc=self.label,
            unit=unit,
            initial=done,
            leave=False,
            dynamic_ncols=True,
            disable=not sys.stderr.isatty(),
        )
        self.logged = time.monotonic()

    def update(self, count: int = 1, note: str = "") -> None:
        """Count `count` more units; `note` is shown behind the bar."""
        self.done += count
        if note:
            self.bar.set_postfix_str(clean_line(note), refresh=False)
        self.bar.update(count)
        if time.monotonic() - self.logged >= 60:
            self.logged = time.monotonic()
            log.info("%s: %d of %d %s %s", self.label, self.done, self.total, self.unit, note)

    def close(self) -> None:
        """Remove the bar and write the last line."""
        self.bar.close()
        log.info("%s: %d of %d %s, done", self.label, self.done, self.total, self.unit)


def track(items: Iterable[T], total: int, label: str, unit: str = "it") -> Iterator[T]:
    """Yield `items` under a progress bar."""
    progress = Progress(total, label, unit)
    for item in items:
        yield item
        progress.update()
    progress.close()
