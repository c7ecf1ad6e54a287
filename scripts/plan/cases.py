"""What the rule explain_case asks: one record of a benchmark, by its id in a target's path."""

import re
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from scripts.common import limits
from scripts.common.errors import InputError, nearest, shorten
from scripts.common.files import read_records
from scripts.plan.infer import answering_options
from scripts.plan.options import flags
from scripts.plan.paths import benchmark_file, prediction_file, record_files
from scripts.plan.score import is_module
from scripts.study.study import Study

ID = r"(?s:.+)"
PATH = re.compile(rf"results/(?P<model>[^/]+)/(?P<benchmark>[^/]+?)\.case-(?P<id>{ID})\.json")


class Case(NamedTuple):
    """One record of a benchmark, as a model answers it."""

    model: str
    benchmark: str
    id: str


def parse_case(path: str) -> Case | None:
    """Return the case that a target's path names, None where it is none."""
    found = PATH.fullmatch(path)
    return Case(**found.groupdict()) if found else None


def case_metrics(study: Study, benchmark: str) -> list[str]:
    """Return the metrics of a case: the study's, or of a benchmark that it does not name its own.

    Of the latter only those of the main environment.
    """
    if benchmark in study.metrics:
        return list(study.metrics[benchmark])
    found = study.registry.benchmark(benchmark)
    scripts = {name: study.registry.metrics[name]["tasks"] for name in found.entry["metrics"]}
    return [name for name, tasks in scripts.items() if is_module(tasks[found.task])]


def case_records(study: Study, model: str, benchmark: str) -> list[str]:
    """Return what each record adds to the scores of a case's benchmark."""
    metrics = case_metrics(study, benchmark)
    return record_files([model], [f"{benchmark}.{metric}" for metric in metrics])


def case_options(study: Study, model: str, benchmark: str) -> list[str]:
    """Return how the benchmark is put to the model, and where the record's scores are."""
    metrics, files = case_metrics(study, benchmark), case_records(study, model, benchmark)
    scored = [f"{metric}={path}" for metric, path in zip(metrics, files, strict=True)]
    return [*answering_options(study, model, benchmark), *flags("--scored", scored)]


def check_case(study: Study, case: Case) -> None:
    """Raise `InputError` where files that are there show that no record has the case's id.

    Where there are none yet, the job finds out. What another program asks is refused, too.
    """
    if case.benchmark in study.harness:
        file = prediction_file(case.model, case.benchmark)
        raise InputError(
            f"{case.benchmark} is asked by lm-evaluation-harness; {file} has all of it"
        )
    spare = limits.FILE_NAME_BYTES - len(f"{case.benchmark}.case-.json".encode())
    if len(case.id.encode()) > spare:
        raise InputError(
            f"case {shorten(case.id)}: an id of {len(case.id.encode())} bytes, a file's name has "
            f"room for {spare}"
        )
    places = (prediction_file(case.model, case.benchmark), benchmark_file(case.benchmark))
    place = next((path for path in places if Path(path).is_file()), None)
    if place is None:
        return
    known = {str(record.get("id")) for record in read_records(place, "records")}
    if not known & {case.id, unquote(case.id)}:
        raise InputError(f"{place} has no record {case.id!r}{nearest(case.id, known)}")
