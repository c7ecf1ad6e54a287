"""What `make` shows of a running workflow: one line a job, and the log's path when one fails.

Snakemake finds logger plugins by this module's name on the Python path; the scripts' own progress
bars are shown below the lines. What Snakemake says of an event it adds to the record's attributes.
"""

import logging
import sys
from logging import ERROR, LogRecord
from typing import Any

from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent

from scripts.common.escapes import clean_text


class LogHandler(LogHandlerBase):
    """Prints ``[12/123] train x-smollm2-zh`` when a job starts; errors as they are."""

    def __post_init__(self) -> None:
        self.started, self.total = 0, 0
        self.messages: dict[int, str] = {}
        # Of Snakemake's own log a full disk keeps no line, and each would cost a traceback.
        logging.raiseExceptions = False

    def emit(self, record: LogRecord) -> None:
        """Print what a person wants to know of one event."""
        facts = vars(record)
        event = facts.get("event")
        if event == LogEvent.RUN_INFO:
            self.total = facts["stats"].get("total", 0)
        elif event == LogEvent.JOB_INFO:
            self.show_start(facts)
        elif event == LogEvent.JOB_ERROR:
            self.show_failure(facts)
        elif event == LogEvent.ERROR or (event is None and record.levelno >= ERROR):
            self.show(record.getMessage())
        elif record.getMessage().startswith("Nothing to be done"):
            self.show("nothing to be done: all results are up to date")

    def show_start(self, facts: dict[str, Any]) -> None:
        """Print the number and the message of a job; a retry keeps its number."""
        message = facts["rule_msg"] or facts["rule_name"]
        if facts["rule_name"] == "all":
            return
        if facts["jobid"] not in self.messages:
            self.started += 1
        self.messages[facts["jobid"]] = message
        width = len(str(self.total))
        self.show(f"[{self.started:{width}}/{self.total}] {message}")

    def show_failure(self, facts: dict[str, Any]) -> None:
        """Print which job failed and the path of its log."""
        message = self.messages.get(facts["jobid"], facts["rule_name"])
        self.show(f"failed: {message} (log: {', '.join(facts['log'] or [])})")

    def show(self, text: str) -> None:
        """Print a line, over whatever a progress bar has left on the terminal's last one."""
        clear = "\r\033[K" if sys.stderr.isatty() else ""
        sys.stderr.write(f"{clear}{clean_text(text)}\n")
        sys.stderr.flush()

    @property
    def writes_to_stream(self) -> bool:
        return True

    @property
    def writes_to_file(self) -> bool:
        return False

    @property
    def has_filter(self) -> bool:
        return True

    @property
    def has_formatter(self) -> bool:
        return True

    @property
    def needs_rulegraph(self) -> bool:
        return False
