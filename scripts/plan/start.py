"""What the workflow does before it plans: read the study, refuse what cannot run."""

import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from scripts.common.errors import InputError, shorten
from scripts.common.escapes import error_line
from scripts.common.shortages import is_full
from scripts.convert.gguf_shape import gguf_shape
from scripts.convert.meta_params import read_params
from scripts.environments.variables import is_dry_run
from scripts.plan.data import check_sources
from scripts.plan.engines import check_engines
from scripts.plan.harness import check_tasks
from scripts.plan.hub_base import ask_hub
from scripts.plan.known_settings import check_settings
from scripts.plan.lora_targets import check_targets
from scripts.plan.machine import Machine
from scripts.plan.memory import summarize
from scripts.plan.packages import check_packages
from scripts.plan.tokenizer import check_extensions
from scripts.study.base_model import check_base_weights, split_base
from scripts.study.names import RESERVED
from scripts.study.parse_study import load_study
from scripts.study.study import Study
from scripts.study.yaml_file import read_yaml

INTERRUPTED = "ended by Ctrl-C"
LEAST = 1 << 18  # bytes: what a workflow itself writes before its first job


def open_study(settings: Mapping[str, Any], files: Sequence[str | Path]) -> Study:
    """Return the study of a workflow; a mistake ends the process with one line.

    Args:
        settings: as Snakemake merged them.
        files: the configuration files; the last names the study in messages.
    """
    paths = [os.path.relpath(file) for file in files]
    with one_line():
        for path in paths:
            read_yaml(Path(path))  # Snakemake's own reading of YAML lets a key be duplicated
        return load_study(settings, paths[-1])


@contextmanager
def one_line() -> Iterator[None]:
    """End the process with one line where the user's input, a path, or the disk is at fault."""
    try:
        yield
    except InputError as error:
        raise SystemExit(error_line(error)) from None
    except OSError as error:
        if error.filename is None and not is_full(error):
            raise
        place = "results" if error.filename is None else shorten(str(error.filename))
        raise SystemExit(error_line(f"{place}: {error.strerror}")) from None


def tell_interrupt() -> None:
    """Let Ctrl-C, before Snakemake looks out for it, end this process with a line, no traceback."""
    usual = sys.excepthook

    def show(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            print(INTERRUPTED, file=sys.stderr)
        else:
            usual(kind, error, trace)

    sys.excepthook = show


def check_places(environment: Mapping[str, str]) -> None:
    """Raise `InputError` where results cannot be written, or hold no more or not all texts."""
    if sys.getfilesystemencoding() != "utf-8":
        raise InputError(f"this locale encodes texts in {sys.getfilesystemencoding()}, which has "
                         "not all characters; set PYTHONUTF8=1, as `make` does")  # fmt: skip
    results, temporary = Path("results"), Path(environment.get("TMPDIR") or "/tmp")
    for folder in (results, temporary):
        if folder.is_dir() and not os.access(folder, os.W_OK):
            raise InputError(f"{folder}: cannot be written, by this user or on this file system")
    for folder in (Path.cwd(), results):
        if folder.is_dir() and shutil.disk_usage(folder).free < LEAST:
            raise InputError(f"{folder}: its disk is full; free some of it and run again")
    if temporary.is_dir() and shutil.disk_usage(temporary).free < LEAST:
        raise InputError(
            f"{temporary}: no room for temporary files; free some, or set TMPDIR to another folder"
        )


def check_folders() -> None:
    """Raise `InputError` where a name of a folder of results is another thing's.

    Snakemake would end in a traceback; so would it of a link to a disk that is not mounted.
    """
    results = Path("results")
    for folder in (Path(".snakemake"), results, *(results / name for name in sorted(RESERVED))):
        if os.path.lexists(folder) and not folder.is_dir():
            found = "a link that leads to no folder" if folder.is_symlink() else "no folder"
            raise InputError(f"{folder}: found {found}, expected one; move it away")


def check_base_of(study: Study) -> None:
    """Raise `InputError` where the study's base is not whole, or the hub will not give it."""
    try:
        ask_hub(study)
        if not isinstance(study.base, str):
            check_base_weights(study.base)
            form, place = split_base(study.base["from"])
            if form == "gguf":
                gguf_shape(place)
            if form == "meta":
                read_params(place)
    except InputError as error:
        raise InputError(f"{study.file}: {error}") from None


def check_stages(study: Study, command: Sequence[str], machine: Machine | None = None) -> None:
    """End the process with one line where a stage cannot run; tell a dry run what is needed.

    Not for the processes that jobs run in: they would repeat it.
    """
    with one_line():
        if machine:
            machine.check_cores()
        check_folders()
        check_settings(study, command)
        if not is_dry_run(command):
            check_places(os.environ)
        check_sources(study)
        check_base_of(study)
        check_targets(study)
        check_extensions(study)
        check_packages(study)
        check_tasks(study)
        lines = check_engines(study, machine) if machine else []
        lines = [summarize(study), *lines]
    if is_dry_run(list(command)):
        print(*lines, sep="\n", file=sys.stderr)
