"""Turn a corpus into a benchmark: the records a model answers, with what is right.

In: a corpus, or several of text. Out: JSON lines, each an instruction record (id, task,
instruction, input, output) plus references (translation, number, summary, simplification; open
where there are any), context and references (answer), choices and answer (choice), text (text), and
the category where a question has one. In a parallel corpus made into choices, the source is a
headword and the target its gloss.

Example::

    python -m scripts.data.build_benchmark --corpora results/corpora/wagtail_en-zh.parquet \\
        --task translation --name ui_en-zh --source-language en --target-language zh \\
        --source-name English --target-name Chinese --longest 80 --seed 1 \\
        --output results/benchmarks/ui_en-zh.jsonl
"""

import argparse
from pathlib import Path

from scripts.common.command import log, make_parser, run
from scripts.common.errors import InputError
from scripts.common.files import write_jsonl
from scripts.data.corpora import read_corpus
from scripts.study.task import Asking, Record
from scripts.study.tasks import TASKS
from scripts.study.wordings import Wordings


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    parser = make_parser("data.build_benchmark", __doc__)
    parser.add_argument(
        "--corpora", required=True, type=Path, nargs="+", help="Parquet files of build_corpus"
    )
    parser.add_argument("--task", required=True, choices=TASKS)
    parser.add_argument("--name", required=True, help="the benchmark's, for the log")
    parser.add_argument("--source-language", required=True, help="code, as zh")
    parser.add_argument("--target-language", help="code; for translation and choice")
    parser.add_argument("--source-name", help="the source language in English, as Chinese")
    parser.add_argument("--target-name", help="the target language in English")
    parser.add_argument("--list-choices", action="store_true", help="in the prompt, lettered")
    parser.add_argument("--fill-gap", action="store_true", help="choices end the question")
    parser.add_argument("--instruction", help="asks instead of the task's own wording")
    parser.add_argument("--longest", type=int, help="greatest length of a source in characters")
    parser.add_argument("--wordings", type=Path, help="JSON of read_wordings; unset: the default")
    parser.add_argument("--seed", required=True, type=int, help="of the choices")
    parser.add_argument("--output", required=True, type=Path, help="JSON lines to write")
    return parser


def main(arguments: argparse.Namespace) -> None:
    """Build every record, take the sample, write."""
    kind, corpus = read_corpora(arguments.corpora, arguments.task)
    task, place = TASKS[arguments.task], ", ".join(map(str, arguments.corpora))
    if kind == "parallel" and not (arguments.source_name and arguments.target_name):
        raise InputError(f"{arguments.name}: {arguments.task} needs both languages' names")
    records = task.build(corpus, make_asking(kind, arguments))
    if not records:
        raise InputError(f"{place}: no record for {arguments.name} in {len(corpus)}")
    check_ids(records, place)
    asked = {"instruction": arguments.instruction} if arguments.instruction else {}
    named = {"task": arguments.task}
    records = [{"id": record["id"], **named, **record, **asked} for record in records]
    write_jsonl(arguments.output, records)
    log.info("%s: %d records from %d", arguments.name, len(records), len(corpus))


def read_corpora(paths: list[Path], task: str) -> tuple[str, list[Record]]:
    """Return the kind and the records of all corpora; of several, an id begins with its corpus."""
    corpora = [read_corpus(path) for path in paths]
    for path, (kind, _) in zip(paths, corpora, strict=True):
        if kind not in TASKS[task].kinds:
            raise InputError(
                f"{path}: a corpus of kind {kind}, expected {' or '.join(TASKS[task].kinds)} "
                f"for the task {task}"
            )
    if len(corpora) == 1:
        return corpora[0]
    records = [
        record | {"id": f"{path.stem}:{record['id']}"}
        for path, (_, found) in zip(paths, corpora, strict=True)
        for record in found
    ]
    return corpora[0][0], records


def check_ids(records: list[Record], corpus: str) -> None:
    """Raise `InputError` where records share an id: scores and comparisons are told by it."""
    first: dict[str, int] = {}
    for number, record in enumerate(records, 1):
        earlier = first.setdefault(record["id"], number)
        if earlier != number:
            raise InputError(
                f"{corpus}: id {record['id']!r} is of record {earlier} and of record {number}, "
                "expected each once"
            )


def make_asking(kind: str, arguments: argparse.Namespace) -> Asking:
    """Return how the benchmark asks."""
    return Asking(
        kind=kind,
        language=arguments.source_language,
        target_language=arguments.target_language or "",
        source_name=arguments.source_name or "",
        target_name=arguments.target_name or "",
        listed=arguments.list_choices,
        filled=arguments.fill_gap,
        longest=arguments.longest,
        seed=arguments.seed,
        wordings=Wordings.read(arguments.wordings),
    )


if __name__ == "__main__":
    run(main, parser())
