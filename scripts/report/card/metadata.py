"""The part of a card that the hub reads, in its own terms."""

import re
from typing import Any

from huggingface_hub import EvalResult, ModelCardData

from scripts.report.card.facts import Facts
from scripts.study.hub_data import HOME as HUB_DATASETS
from scripts.study.metrics import get_metric

# The hub's names of licences, by the registry's; https://huggingface.co/docs/hub/repositories-licenses
LICENCES = {
    "Apache-2.0": "apache-2.0",
    "BSD-2-Clause": "bsd-2-clause",
    "BSD-3-Clause": "bsd-3-clause",
    "BigScience RAIL 1.0": "bigscience-bloom-rail-1.0",
    "CC-BY-4.0": "cc-by-4.0",
    "CC-BY-NC-4.0": "cc-by-nc-4.0",
    "CC-BY-SA-4.0": "cc-by-sa-4.0",
    "Gemma Terms of Use": "gemma",
    "Llama 2 Community Licence": "llama2",
    "Llama 3 Community Licence": "llama3",
    "Llama 3.1 Community Licence": "llama3.1",
    "Llama 3.2 Community Licence": "llama3.2",
    "MIT": "mit",
}
# The hub's names of tasks; https://huggingface.co/tasks
TASKS = {
    "answer": "question-answering",
    "choice": "multiple-choice",
    "summary": "summarization",
    "translation": "translation",
}
OTHER_TASK = "text-generation"


def describe(facts: Facts) -> ModelCardData:
    """Return the metadata: what the model comes from, what it is for, and its scores."""
    base, tags = facts.study["base"], ["lingraft", *(["vocabulary"] if facts.extended else [])]
    return ModelCardData(
        base_model=base.get("hub"),
        language=facts.languages,
        datasets=list(dict.fromkeys(map(hub_name, *list_data(facts)))) or None,
        library_name="transformers",
        pipeline_tag="text-generation",
        tags=tags,
        model_name=facts.model,
        eval_results=list_results(facts) or None,
        **name_licence(base),
    )


def list_data(facts: Facts) -> tuple[list[str], list[dict[str, Any]]]:
    """Return the names of the data sets of the model's stages, and the entry of each."""
    names = [name for stage in facts.trained for name in stage["sources"]]
    names = list(dict.fromkeys(names))
    return names, [facts.study["data"][name] for name in names]


def hub_name(name: str, entry: dict[str, Any]) -> str:
    """Return a data set's name on the hub, or where it is not there the study's own."""
    home = str(entry["home"])
    return home.removeprefix(HUB_DATASETS).strip("/") if home.startswith(HUB_DATASETS) else name


def name_licence(base: dict[str, Any]) -> dict[str, Any]:
    """Return the base's licence as the hub writes one; nothing where the study does not know it."""
    licence = str(base.get("licence") or "").removesuffix("; access on request")
    if not licence:
        return {}
    if licence in {*LICENCES, *LICENCES.values()}:  # the hub's own, of a base that came from there
        return {"license": LICENCES.get(licence, licence)}
    name = re.sub(r"[^a-z0-9.]+", "-", licence.lower()).strip("-")
    return {"license": "other", "license_name": name, "license_link": base["home"]}


def list_results(facts: Facts) -> list[EvalResult]:
    """Return the model's scores."""
    own = facts.scores[facts.scores["model"] == facts.model]
    found = []
    for row in own.dropna(subset="score").itertuples():
        benchmark = facts.study["benchmarks"][row.benchmark]
        found.append(
            EvalResult(
                task_type=TASKS.get(benchmark["task"], OTHER_TASK),
                dataset_type=row.benchmark,
                dataset_name=benchmark["title"],
                metric_type=row.metric,
                metric_name=get_metric(row.metric).label,
                metric_value=round(float(row.score), 4),
                metric_args={"signature": row.signature},
            )
        )
    return found
