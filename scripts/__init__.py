"""The workflow's scripts: `python -m scripts.<package>.<verb_noun>`, each of which runs alone."""

import os
import sys
from types import TracebackType

# libgomp, torch's OpenMP, reads this when torch loads it, and every script imports this module
# first. By default a thread that waits for the others spins 300,000 times: beside other jobs it
# keeps them, and so itself, from the processor (docs/performance.md).
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", "2000")


def show_error(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Show an error that nothing has caught; Ctrl-C has no traceback, while modules load either."""
    if not issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)


if sys.excepthook is sys.__excepthook__:
    sys.excepthook = show_error
