"""What the rules of convert.smk ask: the base model's files, and the memory to load it in."""

from scripts.plan.model_sizes import loading_mib
from scripts.plan.options import flags
from scripts.plan.paths import raw_file
from scripts.study.base_model import base_files, split_base
from scripts.study.sources import parse_source
from scripts.study.study import BASE, Study

META_MIB = 6000  # Meta's weights are converted one file at a time


def base_inputs(study: Study) -> list[str]:
    """Return the base model's raw file and published tokenizer, or the files of its folder."""
    if not isinstance(study.base, str):
        return [str(file) for file in base_files(study.base)]
    entry = study.registry.models[study.base]
    return [raw_file(entry[key]) for key in ("url", "tokenizer") if key in entry]


def base_options(study: Study) -> list[str]:
    """Return what import_model needs to know of the base model."""
    if not isinstance(study.base, str):
        form, folder = split_base(study.base["from"])
        return ["--form", form, "--raw", str(folder)]
    entry = study.registry.models[study.base]
    options = ["--form", base_form(study), "--raw", raw_file(entry["url"])]
    return [*options, *flags("--member", [parse_source(entry["url"]).member])]


def base_form(study: Study) -> str:
    """Return the layout that the base model is published in: gguf, hf, meta …"""
    if isinstance(study.base, str):
        return str(study.registry.models[study.base].get("form", "gguf"))
    return split_base(study.base["from"])[0]


def import_mib(study: Study) -> int:
    """Return the MiB that import_model needs."""
    return META_MIB if base_form(study) == "meta" else loading_mib(study, BASE)
