"""Tabulate what a judge gave two systems: by category, micro and macro.

In: published reviews with their questions (FastChat's form: question_id, score of both systems),
and the figures that were published with them; or the judgements of `judge_answers`. Out: one table
as ``.csv`` (full precision, one line per category and system), ``.md``, ``.tex``: mean scores with
intervals (over questions), and how many questions the first system won, tied and lost.

    python -m scripts.tables.tabulate_reviews --reviews review_en_billa_chatglm.jsonl \\
        --questions question_en.jsonl --systems BiLLa-7B-SFT ChatGLM-6B \\
        --published published/billa-reviews.csv --published-table gpt4-review-en \\
        --title "GPT-4's review" --output-stem results/tables/billa_reviews_en
    python -m scripts.tables.tabulate_reviews --systems x-llama-zh base --title "A review" \\
        --judgements results/judgements/x-llama-zh/vicuna_en.jsonl \\
        --output-stem results/tables/reviews/x-llama-zh/vicuna_en
"""

import argparse
from pathlib import Path
from typing import Any

import pandas as pd

from scripts.common.command import log, make_parser, run
from scripts.common.errors import InputError
from scripts.common.files import read_records
from scripts.score.judging.judgements import Verdict, compare, count_failures, give_verdict
from scripts.tables.read_csv import read_csv
from scripts.tables.review_figures import add_published, tabulate_verdicts
from scripts.tables.review_forms import write_table


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    options = make_parser("tables.tabulate_reviews", __doc__)
    add = options.add_argument
    add("--reviews", type=Path, help="published reviews, JSON lines")
    add("--questions", type=Path, help="their questions, JSON lines with categories")
    add("--judgements", type=Path, help="of judge_answers, instead of reviews")
    add("--systems", nargs=2, required=True, metavar=("FIRST", "SECOND"))
    add("--published", type=Path, help="the figures that were published, CSV")
    add("--published-table", help="the table of that file")
    add("--title", required=True, help="the table's caption")
    add("--samples", type=int, default=1000, help="bootstrap resamples (1000)")
    add("--seed", type=int, default=12345, help="of the resampling (12345)")
    add("--output-stem", type=Path, required=True, help="path of the table, without its suffix")
    return options


def main(arguments: argparse.Namespace) -> None:
    """Write the table in its three forms."""
    if arguments.judgements:
        verdicts, notes = read_judgements(arguments.judgements)
    else:
        verdicts, notes = read_reviews(arguments.reviews, arguments.questions)
    if arguments.reviews and not any(verdict.scores for verdict in verdicts):
        raise InputError(f"{arguments.reviews}: no review has scores, expected some to tabulate")
    table = tabulate_verdicts(verdicts, arguments.systems, arguments.samples, arguments.seed)
    if arguments.published:
        figures = read_published(arguments.published, arguments.published_table)
        table, left = add_published(table, figures)
        if left:
            notes = [*notes, f"Published, of no row here: {', '.join(left)}."]
            log.warning("%s: %s", arguments.published, notes[-1])
    write_table(table, arguments.output_stem, arguments.title, notes)


def read_reviews(reviews: Path, questions: Path) -> tuple[list[Verdict], list[str]]:
    """Return the verdicts of published reviews, categories in the questions' order, and notes.

    The original refuses scores that are not positive (it writes −1 where a reply could not be
    read); here they are left out and counted.
    """
    records = read_records(questions, "questions")
    categories = {record["question_id"]: record["category"] for record in records}
    found = {}
    for number, record in enumerate(read_records(reviews, "reviews"), 1):
        key, scores = record.get("question_id"), record.get("score")
        if key not in categories:
            raise InputError(f"{reviews}:{number}: question {key!r} is not in {questions}")
        if not isinstance(scores, list) or len(scores) != 2:
            raise InputError(f"{reviews}:{number}: score is {scores!r}, expected two numbers")
        found[key] = review_verdict(str(key), categories[key], scores)
    verdicts = [found[key] for key in categories if key in found]
    failed = sum(verdict.scores is None for verdict in verdicts)
    return verdicts, [f"{failed} reviews could not be read."] if failed else []


def review_verdict(key: str, category: str, scores: list[float]) -> Verdict:
    """Return the verdict of one published review."""
    if min(scores) <= 0:
        return Verdict(key, category, None, None)
    first, second = map(float, scores)
    return Verdict(key, category, (first, second), compare(first, second))


def read_judgements(path: Path) -> tuple[list[Verdict], list[str]]:
    """Return the verdicts of our own judgements, and notes on what has no score."""
    records = read_records(path, "judgements")
    verdicts = [give_verdict(record, paper=False) for record in records]
    failures = count_failures(records)
    wrong = sum(not record["reviews"] for record in records)
    unread = sum(verdict.points is None for verdict in verdicts)
    notes = [describe_asking(records[0]["asked"])]
    if wrong:
        notes.append(
            f"{wrong} of the questions were won, tied or lost by the language of the answers "
            "alone, and have no scores; the means are over the others."
        )
    if failures:
        reasons = ", ".join(f"{reason}: {count}" for reason, count in failures.items())
        notes.append(f"Reviews that could not be read: {reasons}; {unread} questions stay open.")
    return verdicts, notes


def describe_asking(asked: dict[str, Any]) -> str:
    """Return how the judge was asked, as a sentence."""
    orders = "both orders" if asked["orders"] == "both" else "one order"
    times = "once" if asked["samples"] == 1 else f"{asked['samples']} times"
    return f"Judge: {asked['judge']}, asked {times} in {orders} of the answers."


def read_published(path: Path, name: str) -> pd.DataFrame:
    """Return one table of a file of published figures; `InputError` if it is not there."""
    figures = read_csv(path, ("table",), (), "figures that were published")
    found = figures[figures["table"] == name]
    if found.empty:
        raise InputError(f"{path}: no table {name!r}; expected {set(figures['table'])}")
    return found


if __name__ == "__main__":
    run(main, parser())
