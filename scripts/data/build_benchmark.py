"""Turn a corpus into a benchmark: the records a model answers, with what is right.

In: a corpus, or several of text; none is held in memory. Out: JSON lines, each an instruction
record (id, task, instruction, input, output) plus references (translation, number, summary,
simplification; open where there are any), context and references (answer), choices and answer
(choice), text (text), and the category where a question has one. In a parallel corpus made into
choices, the source is a headword and the target its gloss. What is compared across records (ids,
sources) is sorted in a file beside the output.

Example::

    python -m scripts.data.build_benchmark --corpora results/corpora/wagtail_en-zh.parquet \\
        --task translation --name ui_en-zh --source-language en --target-language zh \\
        --source-name English --target-name Chinese --longest 80 --seed 1 \\
        --output results/benchmarks/ui_en-zh.jsonl
"""

import argparse
from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from scripts.common.command import log, make_parser, run
from scripts.common.errors import InputError
from scripts.common.files import write_jsonl
from scripts.common.sorting import Sorter
from scripts.data.corpora import Corpus
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
    """Build every record and write it."""
    corpora = Corpora([Corpus(path) for path in arguments.corpora], arguments.task)
    if corpora.kind == "parallel" and not (arguments.source_name and arguments.target_name):
        raise InputError(f"{arguments.name}: {arguments.task} needs both languages' names")
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryFile(dir=arguments.output.parent) as scratch:
        asking = make_asking(corpora.kind, scratch, arguments)
        found = TASKS[arguments.task].build(corpora, asking)
        records = check_records(found, corpora, arguments.name, scratch)
        named = {"task": arguments.task}
        asked = {"instruction": arguments.instruction} if arguments.instruction else {}
        count = write_jsonl(
            arguments.output,
            ({"id": record["id"], **named, **record, **asked} for record in records),
        )
    log.info("%s: %d records from %d", arguments.name, count, len(corpora))


class Corpora:
    """The records of all corpora of a task; of several, an id begins with its corpus."""

    def __init__(self, corpora: list[Corpus], task: str) -> None:
        self.corpora, self.kind = corpora, corpora[0].kind
        for corpus in corpora:
            if corpus.kind not in TASKS[task].kinds:
                raise InputError(
                    f"{corpus.path}: a corpus of kind {corpus.kind}, expected "
                    f"{' or '.join(TASKS[task].kinds)} for the task {task}"
                )

    def __len__(self) -> int:
        return sum(map(len, self.corpora))

    def __str__(self) -> str:
        return ", ".join(str(corpus.path) for corpus in self.corpora)

    def __iter__(self) -> Iterator[Record]:
        for corpus in self.corpora:
            for record in corpus:
                own = f"{corpus.path.stem}:{record['id']}"
                yield record if len(self.corpora) == 1 else record | {"id": own}


def check_records(
    records: Iterable[Record], corpora: Corpora, name: str, scratch: IO[bytes]
) -> Iterator[Record]:
    """Yield the records; at their end, `InputError` where there is none, or two share an id.

    Scores and comparisons are told by it.
    """
    ids, count = Sorter(scratch), 0
    for count, record in enumerate(name_corpora(records, corpora), 1):
        ids.add((record["id"], count))
        yield record
    if not count:
        raise InputError(f"{corpora}: no record for {name} in {len(corpora)}")
    if repeated := min(find_repeated(ids), default=None):
        later, earlier, repeated_id = repeated
        raise InputError(
            f"{corpora}: id {repeated_id!r} is of record {earlier} and of record {later}, "
            "expected each once"
        )


def name_corpora(records: Iterable[Record], corpora: Corpora) -> Iterator[Record]:
    """Yield the records; `InputError` of one of them names what it comes from."""
    try:
        yield from records
    except InputError as error:
        raise InputError(f"{corpora}: {error}") from None


def find_repeated(ids: Iterable[tuple[str, int]]) -> Iterator[tuple[int, int, str]]:
    """Yield the second and the first number of each id that sorted (id, number) have twice."""
    for name, found in groupby(ids, itemgetter(0)):
        first, *second = (number for _, number in islice(found, 2))
        if second:
            yield second[0], first, name


def make_asking(kind: str, scratch: IO[bytes], arguments: argparse.Namespace) -> Asking:
    """Return how the benchmark asks."""
    return Asking(
        kind=kind,
        scratch=scratch,
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
