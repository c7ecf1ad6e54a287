"""What the rules of release.smk ask: what a released model comes from, and what its card says."""

import json
import re
from typing import Any

from scripts.plan.options import flags
from scripts.plan.paths import stage_file
from scripts.plan.tables import shown_tokenizers
from scripts.study.hub import is_hub, parse_hub
from scripts.study.kinds import CHAT
from scripts.study.registry import Benchmark, Dataset
from scripts.study.sources import parse_source
from scripts.study.study import BASE, Study

HUB = re.compile(r"https://huggingface\.co/([\w.-]+/[\w.-]+)/?")


def released_models(study: Study) -> list[str]:
    """Return the models that can be released: all but the base, which is published already."""
    return [name for name in study.models if name != BASE]


def lineage_files(study: Study, model: str) -> list[str]:
    """Return the ``stage.json`` of a model's ancestors and its own, the base's first."""
    return [stage_file(stage.name) for stage in study.lineage(model)]


def ancestor_folders(study: Study, model: str) -> list[str]:
    """Return the folders of a model's ancestors, the base's first."""
    return [f"results/models/{stage.name}" for stage in study.lineage(model)[:-1]]


def score_tables(study: Study, model: str) -> list[str]:
    """Return the main table, where the model is in it."""
    return ["results/tables/main.csv"] if model in study.compare else []


def tokenizer_tables(study: Study, model: str) -> list[str]:
    """Return the table of tokenizers, where the model's own is in it."""
    extended = {stage.name for stage in study.lineage(model) if stage.extend}
    return ["results/tables/tokenizer.csv"] if extended & set(shown_tokenizers(study)) else []


def prompt_format(study: Study, model: str) -> str:
    """Return the format that the model is asked with."""
    return study.model(model).format


def plus_options(study: Study) -> list[str]:
    """Return the model whose word embeddings are added to a release, as an option."""
    return flags("--plus", [study.released_plus])


def card_facts(study: Study, model: str) -> str:
    """Return what the study says of a model, as JSON for its card."""
    datasets = training_data(study, model)
    facts = {
        "study": study.name,
        "base": base_facts(study),
        "format": prompt_format(study, model),
        "plus": study.released_plus,
        "languages": {code: entry["name"] for code, entry in study.registry.languages.items()},
        "benchmarks": {one.name: benchmark_facts(one) for one in study.benchmarks},
        "data": {one.name: dataset_facts(one) for one in datasets},
    }
    return json.dumps(facts, ensure_ascii=False)


def training_data(study: Study, model: str) -> list[Dataset]:
    """Return the data sets of all stages of a model."""
    names = [name for stage in study.lineage(model) for name in study.dataset_names(stage.name)]
    return [study.registry.dataset(name) for name in dict.fromkeys(names)]


def base_facts(study: Study) -> dict[str, Any]:
    """Return the base's title, home, licence and name on the hub; None where nobody said."""
    if not isinstance(study.base, str):
        source = study.base["from"]
        hub = parse_hub(source).repository if is_hub(source) else None
        home = hub and f"https://huggingface.co/{hub}"
        return {"title": hub or source, "home": home, "licence": None, "hub": hub}
    entry = study.registry.models[study.base]
    found = HUB.fullmatch(entry["home"])
    return {
        "title": entry["title"],
        "home": entry["home"],
        "licence": entry["licence"],
        "hub": found and found[1],
    }


def benchmark_facts(benchmark: Benchmark) -> dict[str, Any]:
    """Return what a card says of a benchmark."""
    titles = dict.fromkeys(dataset.entry["title"] for dataset in benchmark.datasets)
    return {
        "title": f"{benchmark.entry['title']} ({'; '.join(titles)})",
        "task": benchmark.task,
        "languages": list(benchmark.languages),
    }


def dataset_facts(dataset: Dataset) -> dict[str, Any]:
    """Return what a card says of a data set; its files' own licences too, where they have some."""
    entry = dataset.entry
    own = [source["licence"] for source in entry["sources"] if source.get("licence")]
    chat = {"kind": CHAT} if dataset.kind == CHAT else {}
    facts = chat | {
        "title": entry["title"],
        "licence": "; ".join(dict.fromkeys(own)) or entry["licence"],
        "home": entry["home"],
        "languages": list(dataset.languages),
    }
    records = hub_records(dataset)
    return facts | ({"records": records} if records else {})


def hub_records(dataset: Dataset) -> list[str]:
    """Return the records of what the hub gave of a data set."""
    places = (parse_source(url) for url, _ in dataset.sources)
    return [f"results/raw/{place.raw}" for place in places if place.kind == "hf"]


def record_files(study: Study, model: str) -> list[str]:
    """Return the records of what the hub gave of all that a model was trained on."""
    found = [path for dataset in training_data(study, model) for path in hub_records(dataset)]
    return list(dict.fromkeys(found))
