"""Plain text files, one sentence per line: the first has the sources, each other their rewritings.

MCTS (Chong et al. 2024, blcuicall/mcts) comes so: ``mcts.test.orig``, and ``mcts.test.simp.0`` to
``mcts.test.simp.4``.
"""

from collections.abc import Iterator

from scripts.common.errors import InputError
from scripts.data.raw_file import split_lines
from scripts.data.request import Request


def load(request: Request) -> Iterator[dict]:
    """Yield one record per source, with its rewritings in the order of the files."""
    (_, sources), *rewritings = [
        (name, [line.strip() for line in split_lines(content)]) for name, content in request.texts()
    ]
    if not rewritings:
        raise InputError(f"{request.place}: expected a file of sources and at least one other")
    for name, lines in rewritings:
        if len(lines) != len(sources):
            raise InputError(f"{name}: {len(lines)} lines, expected one a source: {len(sources)}")
    columns = zip(sources, *(lines for _, lines in rewritings), strict=True)
    for number, (source, *targets) in enumerate(columns, 1):
        if source and any(targets):
            yield {"id": f"{number:04}", "source": source, "targets": list(filter(None, targets))}
        else:
            request.dropped["empty"] += 1
