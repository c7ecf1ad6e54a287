"""What the judge's rules of score.smk ask: who judges, how it is asked, and how it is reached."""

from collections.abc import Mapping
from typing import Any

from scripts.plan.options import flags
from scripts.plan.paths import raw_file
from scripts.study.study import Study


def published_judge(study: Study) -> Mapping[str, Any] | None:
    """Return the registry's entry of the judge's prompts, None where they are our own."""
    judges: Mapping[str, Any] = study.registry.reviews["judges"]
    return judges.get(study.judge["prompts"]) if study.judge else None


def prompt_files(study: Study) -> list[str]:
    """Return the published files of prompts and reviewers that the judge is asked with."""
    entry = published_judge(study)
    return [raw_file(entry[name]["url"]) for name in ("prompts", "reviewers")] if entry else []


def judge_options(study: Study) -> list[str]:
    """Return what a judgement depends on: the judge and how it is asked."""
    judge, entry = study.judge, published_judge(study)
    if not judge:
        return []
    options = ["--judge", judge["model"], "--orders", judge["orders"]]
    for key in ("samples", "temperature", "max_tokens"):
        options += flags(f"--{key.replace('_', '-')}", [judge[key]])
    options.append("--language-check" if judge["language_check"] else "--no-language-check")
    if not entry:
        return [*options, "--wording", judge["prompts"]]
    prompts, reviewers = prompt_files(study)
    options += ["--prompts", prompts, "--reviewers", reviewers]
    return [*options, *flags("--tuple", entry.get("tuple", []))]


def access_options(study: Study) -> list[str]:
    """Return how the judge is reached, which changes no judgement and so is no parameter."""
    judge = study.judge
    if not judge:
        return []
    options = flags("--base-url", [judge["base_url"]]) + flags("--key", [judge["key"]])
    for key in ("concurrency", "requests_per_minute", "timeout", "max_cost"):
        options += flags(f"--{key.replace('_', '-')}", [judge[key]])
    if judge["price"]:
        options += flags("--price", [judge["price"][name] for name in ("input", "output")])
    return options
