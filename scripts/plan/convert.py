"""What the rules of convert.smk ask: the base's files, its memory, what must be exact of it."""

from scripts.plan.model_sizes import loading_mib
from scripts.plan.options import flags
from scripts.plan.paths import raw_file
from scripts.study.answer import answered_by
from scripts.study.base_model import NOTHING, base_files, original_files, split_base
from scripts.study.hub import HubModel, is_hub, parse_hub
from scripts.study.sources import parse_source
from scripts.study.study import BASE, Study

META_MIB = 6000  # Meta's weights are converted one file at a time


def hub_models(study: Study) -> dict[str, HubModel]:
    """Return the hub's models of study and registry by their records' paths in results/raw/."""
    named = [entry["url"] for entry in study.registry.models.values()]
    named += [] if isinstance(study.base, str) else [study.base["from"]]
    models = [parse_hub(source) for source in named if is_hub(source)]
    return {model.raw: model for model in models}


def base_inputs(study: Study) -> list[str]:
    """Return the base model's raw file and published tokenizer, or the files of its folder."""
    if not isinstance(study.base, str):
        original = study.base.get("minus", NOTHING)
        files = base_files(study.base)
        files += original_files(original) if original != NOTHING else []
        return [str(file) for file in files]
    entry = study.registry.models[study.base]
    return [raw_file(entry[key]) for key in ("url", "tokenizer") if key in entry]


def base_options(study: Study) -> list[str]:
    """Return what import_model needs to know of the base model."""
    if not isinstance(study.base, str):
        form, place = split_base(study.base["from"])
        options = ["--form", form, "--raw", str(place)]
        return [*options, *flags("--minus", [study.base.get("minus")])]
    url, form = study.registry.models[study.base]["url"], base_form(study)
    options = ["--form", form, "--raw", raw_file(url)]
    return options if form == "hub" else [*options, *flags("--member", [parse_source(url).member])]


def base_form(study: Study) -> str:
    """Return the layout that the base model is published in: gguf, hf, meta, or the hub's."""
    if not isinstance(study.base, str):
        return split_base(study.base["from"])[0]
    entry = study.registry.models[study.base]
    return "hub" if is_hub(entry["url"]) else str(entry.get("form", "gguf"))


def import_mib(study: Study) -> int:
    """Return the MiB that import_model needs."""
    return META_MIB if base_form(study) == "meta" else loading_mib(study, BASE)


def needed_subjects(study: Study) -> list[str]:
    """Return what the study does with its base's architecture: subjects of `check_base`.

    What `run` says is left out, for a change of it must re-run nothing: a stage checks that itself.
    """
    recipes = [study.recipe(name) for name in study.stages]
    answered = [
        answered_by(benchmark.task, study.answer(benchmark.name)) for benchmark in study.benchmarks
    ]
    needed = {
        "pack": recipes,
        "generate": "generate" in answered,
        "rank": "rank_choices" in answered,
        "measure": "measure_text" in answered,
        "extend": study.extensions,
        "export": recipes,
        "LoRA": [recipe for recipe in recipes if recipe.lora],
    }
    return [name for name, wanted in needed.items() if wanted]
