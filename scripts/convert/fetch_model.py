"""Fetch a model from the Hugging Face hub into its client's cache; write a record of it.

In: `--model hf:org/name` or `hf:org/name@revision`. Out: a small JSON file: repository, revision,
its commit, licence, config, and the files with size and SHA-256. Weights (safetensors), settings,
tokenizer, licence and card are fetched, never pickles or code. Where the record is there already,
the commit that it names is fetched, whatever the branch has become since.

The client's variables hold: HF_HOME (the cache), HF_ENDPOINT, HF_HUB_OFFLINE, HF_TOKEN.

    python -m scripts.convert.fetch_model --model hf:HuggingFaceTB/SmolLM2-135M \\
        --output results/raw/hf/HuggingFaceTB/SmolLM2-135M@main.json
"""

import argparse
from dataclasses import asdict
from pathlib import Path

import yaml

from scripts.common.command import log, make_parser, run
from scripts.common.files import write_json
from scripts.convert.hub_client import fetch_config, fetch_file, find_files, log_client
from scripts.convert.hub_files import CARD, check_files, choose_settings, choose_weights
from scripts.convert.hub_record import Record, describe_file, read_record
from scripts.study.base_folder import INDEX, read_index
from scripts.study.hub import FORM, HubModel, parse_hub


def main(arguments: argparse.Namespace) -> None:
    """Fetch what is missing of the model's files; write the record."""
    log_client()
    model, output = parse_hub(arguments.model), arguments.output
    if output.is_file():
        fetch_again(read_record(output))
    else:
        write_json(output, asdict(fetch(model)))


def fetch(model: HubModel) -> Record:
    """Fetch a model; return the record of what came."""
    commit, names = find_files(model)
    log.info("%s is commit %s", model, commit)
    check_files(model, names)
    config = fetch_config(model, commit)
    files = {name: fetch_file(model, commit, name) for name in choose_settings(names)}
    shards = read_index(files[INDEX].parent) if INDEX in files else {}
    for name in choose_weights(model, names, shards):
        files[name] = fetch_file(model, commit, name)
    return Record(
        repository=model.repository,
        revision=model.revision,
        commit=commit,
        licence=read_licence(files[CARD]) if CARD in files else None,
        files={name: describe_file(file) for name, file in sorted(files.items())},
        config=config,
    )


def fetch_again(record: Record) -> None:
    """Fetch what the cache has lost of the commit that a record names; check all of it."""
    for name in record.missing():
        fetch_file(record.model, record.commit, name)
    record.check()


def read_licence(card: Path) -> str | None:
    """Return the licence that a model card's metadata names; None where it names none."""
    text = card.read_text(encoding="utf-8", errors="replace")
    head = text.split("---")[1] if text.startswith("---") else ""
    try:
        facts = yaml.safe_load(head)
    except yaml.YAMLError:
        return None
    if not isinstance(facts, dict):
        return None
    named = facts.get("license_name") if facts.get("license") == "other" else None
    return str(named or facts["license"]) if facts.get("license") else None


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    options = make_parser("convert.fetch_model", __doc__)
    options.add_argument("--model", required=True, help=FORM)
    options.add_argument("--output", required=True, type=Path, help="the record to write")
    return options


if __name__ == "__main__":
    run(main, parser())
