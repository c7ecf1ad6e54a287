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

from scripts.common.command import log, make_parser, run
from scripts.common.files import write_json
from scripts.convert.hub_files import check_files, choose_settings, choose_weights
from scripts.convert.hub_model import fetch_config, find_files
from scripts.convert.hub_record import ModelRecord, read_record
from scripts.hub.card import CARD, read_licence
from scripts.hub.client import fetch_file, log_client
from scripts.hub.record import describe_file, fetch_again
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


def fetch(model: HubModel) -> ModelRecord:
    """Fetch a model; return the record of what came."""
    commit, names = find_files(model)
    log.info("%s is commit %s", model, commit)
    check_files(model, names)
    config = fetch_config(model, commit)
    files = {name: fetch_file(model, commit, name) for name in choose_settings(names)}
    shards = read_index(files[INDEX].parent) if INDEX in files else {}
    for name in choose_weights(model, names, shards):
        files[name] = fetch_file(model, commit, name)
    return ModelRecord(
        repository=model.repository,
        revision=model.revision,
        commit=commit,
        licence=read_licence(files[CARD]) if CARD in files else None,
        files={name: describe_file(file) for name, file in sorted(files.items())},
        config=config,
    )


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    options = make_parser("convert.fetch_model", __doc__)
    options.add_argument("--model", required=True, help=FORM)
    options.add_argument("--output", required=True, type=Path, help="the record to write")
    return options


if __name__ == "__main__":
    run(main, parser())
