"""Two plain text files, one sentence per line, the n-th of one the translation of the other's."""

from collections.abc import Iterator

from scripts.common.errors import InputError
from scripts.data.raw_file import split_lines
from scripts.data.request import Request


def load(request: Request) -> Iterator[dict]:
    """Yield the pairs of lines; `InputError` if the files are not equally long, or the same."""
    request.check_apart()
    sources, targets = (read_lines(request, code) for code in (request.source, request.target))
    if len(sources) != len(targets):
        raise InputError(
            f"{request.place}: {len(sources)} lines of {request.source}, "
            f"expected as many as of {request.target}, {len(targets)}"
        )
    for number, (source, target) in enumerate(zip(sources, targets, strict=True), 1):
        if not source or not target:
            request.dropped["empty"] += 1
            continue
        yield {"id": f"{number:06}", "source": source, "target": target}


def read_lines(request: Request, language: str) -> list[str]:
    """Return the lines of a language's file; only a newline ends one, U+2028 does not."""
    (_, content), *more = request.texts(language)
    if more:
        raise InputError(
            f"{request.place}: expected one file for {language}, found {len(more) + 1}"
        )
    return [line.strip() for line in split_lines(content)]
