"""What the rules of report.smk ask: which models and files the report shows, and its sources."""

import json
from collections.abc import Mapping
from typing import Any

from scripts.plan.clean import report_files
from scripts.plan.options import flags
from scripts.plan.paths import dataset_files, prediction_file
from scripts.plan.tables import paper_tables, table_names
from scripts.plan.texts import training_datasets
from scripts.study.hub import HubModel, is_hub, parse_hub
from scripts.study.own_sources import NO_LICENCE
from scripts.study.registry import digest_of, places
from scripts.study.sources import Source
from scripts.study.study import BASE, Study
from scripts.study.tasks import TASKS

LOGS = {
    "--training-log": "train_log",
    "--speed-log": "speed_log",
    "--held-out-log": "held_out_log",
}


def shown_stages(study: Study) -> list[str]:
    """Return the trained models that the report shows."""
    return study.shown(study.stages)


def token_files(study: Study) -> list[str]:
    """Return the coloured tokens, where the study extends a vocabulary that it shows."""
    return ["results/tokens.jsonl"] if study.shown(study.extensions) else []


def shown_datasets(study: Study) -> list[str]:
    """Return the data sets that the shown models were trained on, once each."""
    names = [name for model in shown_stages(study) for name in study.dataset_names(model)]
    return list(dict.fromkeys(names))


def overlap_files(study: Study) -> list[str]:
    """Return the reports of the search for benchmarks in what the shown models were trained on."""
    return dataset_files("checks", shown_datasets(study), "json")


def cleaning_files(study: Study) -> list[str]:
    """Return the reports on what was dropped of what the shown models were trained on."""
    return report_files(study, shown_datasets(study))


def paper_files(study: Study) -> list[str]:
    """Return the papers' tables that the report shows."""
    return [f"results/tables/{name}.csv" for name in paper_tables(study)]


def tokenizer_files(study: Study) -> list[str]:
    """Return the table of vocabularies, where the study has text to measure them on."""
    return ["results/tables/tokenizer.csv"] if "tokenizer" in table_names(study) else []


def ablation_files(study: Study) -> list[str]:
    """Return the ablation's table, where the study wants it in the report."""
    ablation = study.embedding_init
    return ["results/tables/embedding_init.csv"] if ablation and ablation.report else []


def shown_predictions(study: Study) -> dict[str, list[str]]:
    """Return the models' predictions on the first benchmark of translations, by model."""
    found = [one.name for one in study.benchmarks if TASKS[one.task].translates]
    return {
        model: [f"results/predictions/{model}/{name}.jsonl" for name in found[:1]]
        for model in study.compare
    }


def prediction_files(study: Study) -> list[str]:
    """Return the files of the predictions that the report shows."""
    return [path for paths in shown_predictions(study).values() for path in paths]


def answer_files(study: Study) -> list[str]:
    """Return all predictions of the compared models, which the page of answers shows."""
    names = [benchmark.name for benchmark in study.benchmarks]
    return [prediction_file(model, name) for model in study.compare for name in names]


def prediction_options(study: Study) -> list[str]:
    """Return whose predictions the report shows."""
    shown = shown_predictions(study).items()
    return flags("--translations", [f"{model}={path}" for model, paths in shown for path in paths])


def model_options(study: Study) -> list[str]:
    """Return the folders of the models that the report shows, those between them too."""
    names = study.shown(list(study.models))
    return flags("--models", [f"{name}=results/models/{name}" for name in names])


def log_options(study: Study) -> list[str]:
    """Return the logs that are in every trained model's folder, where there are any."""
    found = []
    for option, log in LOGS.items():
        names = [f"{name}=results/models/{name}/{log}.jsonl" for name in shown_stages(study)]
        found += flags(option, names)
    return found


def meta_files(study: Study) -> list[str]:
    """Return the descriptions of how each model came to be."""
    return [f"results/models/{name}.meta.json" for name in [BASE, *shown_stages(study)]]


def source_facts(study: Study) -> str:
    """Return where every file of the study comes from, as JSON for the report."""
    held_out = [dataset for benchmark in study.benchmarks for dataset in benchmark.datasets]
    datasets = [*training_datasets(study), *held_out]
    facts: dict[Any, dict[str, Any]] = {}
    for dataset in datasets:
        for code in dataset.languages:
            for place, source in places(dataset.entry, code):
                entry = {**dataset.entry, **source}
                digest = digest_of(source, code)
                described = describe_source(dataset.name, entry, place.url, digest)
                facts[place.url, dataset.name] = described | record_of(place)
    if wordings := study.registry.wordings.get(study.prompts):
        name = f"prompts: {study.prompts}"
        for file in wordings["files"].values():
            facts[file["url"], name] = describe_source(name, wordings, file["url"], file["sha256"])
    if isinstance(study.base, str):
        model = study.registry.models[study.base]
        facts[BASE] = describe_source(BASE, model, model["url"], model["sha256"])
        if is_hub(model["url"]):
            facts[BASE]["record"] = str(parse_hub(model["url"]).record)
    elif is_hub(study.base["from"]):
        facts[BASE] = describe_hub(parse_hub(study.base["from"]))
    return json.dumps(list(facts.values()), ensure_ascii=False)


def record_of(place: Source) -> dict[str, str]:
    """Return where the record of a data set of the hub is, which has its commit and licence."""
    return {"record": f"results/raw/{place.raw}"} if place.kind == "hf" else {}


def record_files(study: Study) -> list[str]:
    """Return the records of what the study's sources of the hub were when they were fetched."""
    found = (source.get("record") for source in json.loads(source_facts(study)))
    return list(dict.fromkeys(filter(None, found)))


def describe_hub(model: HubModel) -> dict[str, Any]:
    """Return the line of a base of the hub."""
    home = f"https://huggingface.co/{model.repository}"
    entry = {"title": model.repository, "licence": NO_LICENCE, "home": home}
    return describe_source(BASE, entry, str(model), None) | {"record": str(model.record)}


def describe_source(
    name: str, entry: Mapping[str, Any], url: str, digest: str | None
) -> dict[str, Any]:
    """Return one line of the report's table of sources."""
    fields = {key: entry[key] for key in ("title", "licence", "home")}
    return {"dataset": name, "url": url, "sha256": digest, **fields}
