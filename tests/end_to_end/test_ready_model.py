"""A study whose pieces come from a ready SentencePiece model, run by Snakemake."""

import json

import pytest
import torch
import yaml
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, LlamaForCausalLM

from scripts.common.files import read_json, write_json
from scripts.tokenizer.piece_model import list_pieces, read_model
from tests.support.extended_tokenizers import ENGLISH, chinese_lines
from tests.support.pieces import load_pieces, train_model, write_base
from tests.support.tiny_study import STUDY, snakemake

READY = {"model": "manual:donor.model", "policy": "all"}


def write_tiny_llama(folder) -> None:
    """Save a random one-layer LLaMA with a SentencePiece tokenizer, as published ones have it."""
    write_base(folder)
    torch.manual_seed(7)
    shape = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1}
    size = load_pieces(folder).get_piece_size()
    config = LlamaConfig(vocab_size=size, num_attention_heads=2, num_key_value_heads=1, **shape)
    LlamaForCausalLM(config).save_pretrained(folder)
    write_json(folder / "stage.json", {"model": "tiny", "parent": None})


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """The folder of a study that was run up to the extended model and a pruned vocabulary."""
    folder = tmp_path_factory.mktemp("ready")
    write_tiny_llama(folder / "tiny-base")
    train_model(folder / "manual/donor.model", "unigram", 600, chinese=100)
    settings = yaml.safe_load(STUDY.read_text())
    settings |= {
        "base": {"from": "tiny-base", "format": "brief"},
        "data": {"zh": "everyday_zh", "en": "everyday_en"},  # of the repository: no downloads
        "models": {
            "merged": {"from": "base", "extend": {"zh": READY}},
            "pruned": {"from": "base", "extend": {"zh": READY}, "prune": 2},
        },
        "main": "merged",
        "compare": ["base", "merged", "pruned"],
    }
    del settings["embedding_init"]  # of a model that is not here
    (folder / "study.yaml").write_text(json.dumps(settings))
    targets = ["results/models/merged/stage.json", "results/tokenizers/pruned/tokenizer.json"]
    snakemake(folder, "--cores", "2", "--configfile", "study.yaml", "--", *targets)
    return folder


def test_the_models_pieces_stand_behind_the_bases(study):
    base, merged = (study / f"results/models/{name}/tokenizer.model" for name in ("base", "merged"))
    old, new = list_pieces(read_model(base)), list_pieces(read_model(merged))
    donor = list_pieces(read_model(study / "manual/donor.model"))
    assert new == old + [name for name in donor if name not in old]
    extension = read_json(study / "results/tokenizers/merged/extension.json")
    assert extension["languages"] == {"zh": len(new) - len(old)}


def test_pieces_that_the_languages_text_lacks_are_pruned(study):
    merged, pruned = (
        read_json(study / f"results/tokenizers/{name}/extension.json")
        for name in ("merged", "pruned")
    )
    counts = pruned["prune"]["zh"]
    assert counts["learned"] == merged["languages"]["zh"]
    assert 0 < counts["pruned"] == counts["learned"] - pruned["languages"]["zh"]
    assert "times: zh all asked for" in (
        study / "results/logs/extend_tokenizer/pruned.log"
    ).read_text(encoding="utf-8")


def test_the_extended_model_has_a_row_for_every_piece(study):
    folder = study / "results/models/merged"
    tokenizer, pieces = AutoTokenizer.from_pretrained(folder), load_pieces(folder)
    rows = AutoModelForCausalLM.from_pretrained(folder).get_input_embeddings().weight.shape[0]
    size = read_json(folder / "stage.json")["vocabulary"]
    assert len(tokenizer) == pieces.get_piece_size() == size <= rows
    assert rows % 64 == 0
    lines = [*ENGLISH, *chinese_lines(50)]
    assert tokenizer(lines, add_special_tokens=False).input_ids == pieces.encode(lines)
