"""Files of the future, which a clock that was set back leaves behind.

What is made of them would be older than they are: Snakemake ends each such job with an error of
several lines, and would make its outputs again in the next run.
"""

import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from scripts.common.errors import InputError, shorten

AHEAD = 60  # seconds that a file server's clock may be fast


def check_times(jobs: Iterable[Any]) -> None:
    """Raise `InputError` where a file that jobs are about to read is of the future."""
    now = time.time()
    paths = {str(path) for job in jobs for path in job.input}
    late = sorted(path for path in paths if changed(path) > now + AHEAD)
    if late:
        others = f" and {len(late) - 1} more files" if late[1:] else ""
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(changed(late[0])))
        today = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(now))
        raise InputError(
            f"{shorten(late[0])}{others}: of the future ({when}); set this machine's clock right, "
            f"or give them its time: find -L results -newermt now -exec touch -d '{today}' {{}} +"
        )


def changed(path: str) -> float:
    """Return when a file was last changed, in seconds since the epoch; 0 where there is none."""
    with suppress(OSError):
        return Path(path).stat().st_mtime
    return 0.0
