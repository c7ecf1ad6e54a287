"""The studies on Snakemake's command line, looked at before Snakemake reads them itself.

It reads them before the workflow can say anything, ends in a traceback where one is missing or not
UTF-8, walks over nested aliases for ever, and runs what a template of YAML (``__use_yte__``) holds.
`profiles/default/profile.yaml` calls this, since a profile is read first of all.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from scripts.common.errors import InputError
from scripts.common.escapes import error_line
from scripts.study.yaml_file import read_yaml

OPTIONS = ("--configfile", "--configfiles")
TEMPLATE = "__use_yte__"


def check_files(words: Sequence[str]) -> None:
    """End the process with one line where a study of the command line cannot be read.

    Args:
        words: Snakemake's command line.
    """
    for place, file in find_files(words):
        try:
            check_file(Path(file))
        except InputError as error:
            hint = "; a target stands before --configfile" if place and is_missing(file) else ""
            raise SystemExit(error_line(f"{error}{hint}")) from None


def find_files(words: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Yield the values of ``--configfile``, each behind its number among them."""
    number = None
    for word in words:
        name, _, value = word.partition("=")
        if name in OPTIONS:
            number = 0
            if value:
                yield number, value
                number = None
        elif word.startswith("-"):
            number = None
        elif number is not None:
            yield number, word
            number += 1


def check_file(path: Path) -> None:
    """Raise `InputError` where a study is no YAML within its limits, or a template of it."""
    found = read_yaml(path)
    if isinstance(found, dict) and TEMPLATE in found:
        raise InputError(f"{path}: {TEMPLATE}: found a template, which is code; expected a study")


def is_missing(file: str) -> bool:
    """Tell whether there is no such file."""
    return not Path(file).exists()
