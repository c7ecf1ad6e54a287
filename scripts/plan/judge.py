"""What the rules of judge.smk ask: who judges, and how it is asked."""

from collections.abc import Mapping
from typing import Any

from scripts.common.options import options_of
from scripts.plan.options import flags
from scripts.plan.paths import raw_file
from scripts.plan.tables import published_review, review_answers, review_file, rivals
from scripts.study.prompts import load_prompts
from scripts.study.study import Study

# How answers are shown and judged; the judge's name and its wording have options of other names.
ASKED = ("orders", "samples", "temperature", "max_tokens", "language_check")
QUESTIONED = ("samples", "temperature", "max_tokens")


def published_judge(study: Study) -> Mapping[str, Any] | None:
    """Return the registry's entry of the judge's prompts, None where they are our own."""
    judges: Mapping[str, Any] = study.registry.reviews["judges"]
    return judges.get(study.score.judge.prompts) if study.score.judge else None


def prompt_files(study: Study) -> list[str]:
    """Return the published files that the judge is asked with when it compares two answers."""
    entry = published_judge(study) or {}
    names = ("pair",) if "pair" in entry else ("prompts", "reviewers")
    return [raw_file(entry[name]["url"]) for name in names if name in entry]


def question_files(study: Study) -> list[str]:
    """Return the published file that the judge is asked with whether one answer is correct."""
    entry = published_judge(study) or {}
    return [raw_file(entry["answer"]["url"])] if "answer" in entry else []


def judge_options(study: Study) -> list[str]:
    """Return what a judgement depends on: the judge and how it is asked."""
    judge, entry = study.score.judge, published_judge(study)
    if not judge:
        return []
    options = ["--judge", judge.model, *options_of(judge, ASKED)]
    if not entry:
        return [*options, "--wording", judge.prompts]
    if "pair" in entry:
        return [*options, "--script", *prompt_files(study)]
    prompts, reviewers = prompt_files(study)
    options += ["--prompts", prompts, "--reviewers", reviewers]
    return [*options, *flags("--tuple", entry.get("tuple", []))]


def question_options(study: Study) -> list[str]:
    """Return what a judgement of one answer depends on: the judge and how it is asked.

    Where the study's wording compares answers only, our own is asked.
    """
    judge = study.score.judge
    if not judge:
        return []
    options = ["--judge", judge.model, *options_of(judge, QUESTIONED)]
    files = question_files(study)
    if files:
        return [*options, "--script", *files]
    known = load_prompts("judge_correct")
    return [*options, "--wording", judge.prompts if judge.prompts in known else next(iter(known))]


def published_answers(study: Study, review: str) -> dict[str, Any]:
    """Return what judge_answers needs to know of two systems' published answers.

    `review` is ``<review>_<language>``; `model` and `baseline` are the two systems.
    """
    name, _, language = review.rpartition("_")
    entry = published_review(study, name)
    model, baseline = entry["systems"]
    return {
        "answers": review_answers(study, name, language),
        "questions": review_file(study, name, language, "questions"),
        "systems": entry["systems"],
        "model": model,
        "baseline": baseline,
        "benchmark": f"{entry['benchmark']}_{language}",
        "title": f"{entry['systems'][0]} against {entry['systems'][1]}, {language}",
    }


def ranked_judgements(study: Study) -> list[str]:
    """Return the judgements of every model of the main table but the baseline, on a benchmark."""
    return [f"results/judgements/{model}/{{benchmark}}.jsonl" for model in rivals(study)]
