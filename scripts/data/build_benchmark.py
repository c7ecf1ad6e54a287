"""Turn a corpus into a benchmark: the records a model answers, with what is right.

In: a corpus. Out: JSON lines, each an instruction record (id, task, instruction, input, output)
plus references (translation, number, summary, simplification; open where there are any), context
and references (answer), choices and answer (choice), text (text), and the category where a
question has one. In a parallel corpus made into choices, the source is a headword and the target
its gloss.

Example::

    python -m scripts.data.build_benchmark --corpus results/corpora/wagtail_en-zh.parquet \\
        --task translation --name ui_en-zh --source-language en --target-language zh \\
        --source-name English --target-name Chinese --longest 80 --seed 1 \\
        --output results/benchmarks/ui_en-zh.jsonl
"""

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path

from scripts.common.command import log, run
from scripts.common.errors import InputError
from scripts.common.files import write_jsonl
from scripts.data.choices import choice_records
from scripts.data.corpora import read_corpus
from scripts.data.questions import ask_answer, ask_choice, ask_number, ask_open, ask_rewriting
from scripts.study.prompts import translation_record
from scripts.study.tasks import KINDS_OF_TASK

Records = list[dict]


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    parser = argparse.ArgumentParser(
        prog="data.build_benchmark", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--corpus", required=True, type=Path, help="Parquet file of build_corpus")
    parser.add_argument("--task", required=True, choices=KINDS_OF_TASK)
    parser.add_argument("--name", required=True, help="the benchmark's, for the log")
    parser.add_argument("--source-language", required=True, help="code, as zh")
    parser.add_argument("--target-language", help="code; for translation and choice")
    parser.add_argument("--source-name", help="the source language in English, as Chinese")
    parser.add_argument("--target-name", help="the target language in English")
    parser.add_argument("--list-choices", action="store_true", help="in the prompt, lettered")
    parser.add_argument("--longest", type=int, help="greatest length of a source in characters")
    parser.add_argument("--seed", required=True, type=int, help="of the choices")
    parser.add_argument("--output", required=True, type=Path, help="JSON lines to write")
    return parser


def main(arguments: argparse.Namespace) -> None:
    """Build every record, take the sample, write."""
    kind, corpus = read_corpus(arguments.corpus)
    kinds = KINDS_OF_TASK[arguments.task]
    if kind not in kinds:
        raise InputError(
            f"{arguments.corpus}: a corpus of kind {kind}, expected {' or '.join(kinds)} "
            f"for the task {arguments.task}"
        )
    if kind == "parallel" and not (arguments.source_name and arguments.target_name):
        raise InputError(f"{arguments.name}: {arguments.task} needs both languages' names")
    build = BUILDERS[arguments.task] if kind in ("parallel", "text") else build_questions
    records = build(corpus, arguments)
    if not records:
        raise InputError(f"{arguments.corpus}: no record for {arguments.name} in {len(corpus)}")
    records = [{"id": record["id"], "task": arguments.task, **record} for record in records]
    write_jsonl(arguments.output, records)
    log.info("%s: %d records from %d", arguments.name, len(records), len(corpus))


def group_sources(corpus: Records, arguments: argparse.Namespace) -> Records:
    """Return one record a distinct source: id, source and all its distinct targets."""
    groups: dict[str, dict] = {}
    for record in corpus:
        if arguments.longest and len(record["source"]) > arguments.longest:
            continue
        group = groups.setdefault(
            record["source"], {"id": record["id"], "source": record["source"], "targets": []}
        )
        if record["target"] not in group["targets"]:
            group["targets"].append(record["target"])
    return list(groups.values())


def build_translation(corpus: Records, arguments: argparse.Namespace) -> Records:
    """Return a record a distinct source, with every translation the corpus has for it."""
    return [
        {"id": group["id"], **word_translation(group, arguments), "references": group["targets"]}
        for group in group_sources(corpus, arguments)
    ]


def build_choice(corpus: Records, arguments: argparse.Namespace) -> Records:
    """Return a record a distinct headword: its gloss among three of other entries."""
    groups = group_sources(corpus, arguments)
    choices = choice_records(groups, corpus, arguments.seed)
    return [
        {"id": group["id"], **word_translation(group, arguments), **choice}
        for group, choice in zip(groups, choices, strict=True)
    ]


def word_translation(group: dict, arguments: argparse.Namespace) -> dict:
    """Return a source and its first target as an instruction record."""
    return translation_record(
        group["source"], group["targets"][0], arguments.source_name, arguments.target_name
    )


def build_text(corpus: Records, arguments: argparse.Namespace) -> Records:
    """Return the texts; there is nothing to answer."""
    empty = {"instruction": "", "input": "", "output": ""}
    return [{"id": record["id"], **empty, "text": record["text"]} for record in corpus]


def build_questions(corpus: Records, arguments: argparse.Namespace) -> Records:
    """Return one record a question or a text to rewrite."""
    ask = {
        "answer": ask_answer,
        "choice": partial(ask_choice, listed=arguments.list_choices),
        "number": ask_number,
        "open": ask_open,
        "summary": partial(ask_rewriting, task="summary"),
        "simplification": partial(ask_rewriting, task="simplification"),
    }[arguments.task]
    language = arguments.source_language
    return [{"id": record["id"], **ask(record, language=language)} for record in corpus]


BUILDERS: dict[str, Callable[[Records, argparse.Namespace], Records]] = {
    "translation": build_translation,
    "choice": build_choice,
    "text": build_text,
}


if __name__ == "__main__":
    run(main, parser())
