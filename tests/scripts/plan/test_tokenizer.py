"""What an extended vocabulary is learned from, and what its model is asked."""

from dataclasses import replace

import pytest

from scripts.common.errors import InputError
from scripts.common.files import write_json
from scripts.plan import paths, tokenizer
from tests.support.studies import default_study
from tests.support.tokenizer_kinds import KINDS

STUDY = default_study()
MODEL = "billa-extended"
READY = {"zh": {"model": "manual:chinese_sp.model", "policy": "all"}}


def test_pieces_are_learned_from_the_languages_text():
    texts = tokenizer.extension_texts(STUDY, MODEL)
    options = tokenizer.extension_options(STUDY, MODEL)
    assert texts[0] == "results/clean/sanguo_zh.parquet"
    assert options[:2] == ["--language", "zh=3200"] and "--graft" in options
    start = options.index("--text")
    assert options[start + 1 : start + 3] == ["zh", f"{texts[0]}:text"]
    assert {word.rpartition(":")[0] for word in options[start + 2 :]} == set(texts)
    assert tokenizer.piece_models(STUDY, MODEL) == []


def test_a_ready_model_needs_no_text_unless_it_is_pruned():
    study = default_study(models={MODEL: {"extend": READY}})
    assert tokenizer.extension_texts(study, MODEL) == []
    assert tokenizer.piece_models(study, MODEL) == ["results/raw/manual/chinese_sp.model"]
    options = tokenizer.extension_options(study, MODEL)
    assert "--text" not in options and options[-2:] == ["--policy", "zh=all"]
    named = default_study(models={MODEL: {"extend": READY, "reference": "en"}})
    english = [f"results/clean/{part.dataset}.parquet" for part in study.texts["en"]]
    assert tokenizer.extension_texts(named, MODEL) == english
    pruned = default_study(models={MODEL: {"extend": READY, "prune": 5}})
    assert tokenizer.extension_texts(pruned, MODEL)
    assert tokenizer.extension_options(pruned, MODEL)[:2] == ["--prune", "5"]


def test_english_is_read_where_a_policy_is_about_it():
    assert "--reference" not in tokenizer.extension_options(STUDY, MODEL)
    extend = {"zh": None, "tr": 100}
    study = default_study(data={"tr": "django_en-tr.tr"}, models={MODEL: {"extend": extend}})
    options = tokenizer.extension_options(study, MODEL)
    start = options.index("--reference")
    named = options[start + 1 : options.index("--language")]
    assert "results/clean/django_en-zh.parquet:source" in named
    assert options[-2:] == ["--policy", "tr=unchanged"] and "--graft" not in options
    files = {word.rpartition(":")[0] for word in [*named, "results/clean/django_en-tr.parquet:x"]}
    assert set(tokenizer.extension_texts(study, MODEL)) == files


@pytest.mark.parametrize("key", ["shrink", "replace"])
def test_all_text_of_the_study_keeps_its_tokens_where_some_are_dropped(key):
    study = default_study(models={MODEL: {key: 50}})
    options = tokenizer.extension_options(study, MODEL)
    start = options.index("--used")
    assert options[start - 2 : start] == [f"--{key}", "50"]
    used = options[start + 1 : options.index("--language")]
    assert {
        "results/clean/everyday_en.parquet:instruction",
        "results/clean/everyday_zh.parquet:output",
        "results/clean/cedict_en-zh.parquet:source",
        "results/clean/sanguo_zh.parquet:text",
    } <= set(used)
    assert {word.rpartition(":")[0] for word in used} <= set(
        tokenizer.extension_texts(study, MODEL)
    )


@pytest.mark.parametrize(
    ("kind", "extend", "message"),
    [
        ("gemma", {"zh": {"pieces": 9, "coverage": 0.99}}, None),
        ("pythia", {"zh": 9}, None),
        ("pythia", {"zh": {"pieces": 9, "coverage": 0.99}}, r"extend.zh.coverage: is for Sentence"),
        ("pythia", READY, r"extend.zh.model: is for SentencePiece"),
        ("Unigram", {"zh": 9}, r"billa-extended.extend: .*.json: a Unigram tokenizer; only"),
        ("marked", {"zh": 9}, r"it marks parts of words \(end_of_word_suffix '</w>'\)"),
        ("plain", {"zh": 9}, "BPE of characters without byte fallback"),
    ],
)
def test_a_base_that_cannot_be_extended_is_refused_before_it_is_loaded(
    tmp_path, kind, extend, message
):
    folder = tmp_path / "base"
    if kind in KINDS:
        KINDS[kind](folder)
    else:
        model = {"type": "Unigram" if kind == "Unigram" else "BPE", "vocab": {}, "merges": []}
        model |= {"end_of_word_suffix": "</w>"} if kind == "marked" else {}
        spec = {"model": model, "pre_tokenizer": None, "added_tokens": []}
        write_json(folder / "tokenizer.json", spec)
    write_json(folder / "config.json", {"model_type": "llama"})
    base = {"from": str(folder), "format": "brief"}
    study = replace(default_study(models={MODEL: {"extend": extend}}), base=base)
    if message is None:
        tokenizer.check_extensions(study)
        return
    with pytest.raises(InputError, match=message) as error:
        tokenizer.check_extensions(study)
    assert str(error.value).startswith("study.yaml: models.") and "\n" not in str(error.value)


def test_a_seed_is_a_parameter_only_of_a_method_that_draws():
    assert tokenizer.embedding_options(STUDY, MODEL) == ["--embeddings", "subtokens"]
    noisy = default_study(models={MODEL: {"embeddings": "mean_noise"}})
    assert tokenizer.embedding_options(noisy, MODEL)[-2:] == ["--seed", "7"]


def test_focus_alone_needs_vectors_trained_on_all_text():
    focus = default_study(models={MODEL: {"embeddings": "focus"}})
    vectors = [f"results/auxiliary/{MODEL}.safetensors"]
    assert tokenizer.auxiliary_files(STUDY, MODEL) == []
    assert tokenizer.auxiliary_files(focus, MODEL) == vectors
    assert tokenizer.embedding_options(focus, MODEL)[-2:] == ["--auxiliary", *vectors]
    options = tokenizer.auxiliary_options(focus)
    assert [options[n + 1] for n, word in enumerate(options) if word == "--text"] == ["zh", "en"]
    named = {word.rpartition(":")[0] for word in options if ":" in word}
    assert named == set(tokenizer.auxiliary_texts(focus))


def test_a_variant_of_an_ablation_shares_its_origins_tokenizer_and_rows():
    assert paths.tokenizer_file(STUDY, f"{MODEL}.mean") == paths.tokenizer_file(STUDY, MODEL)
    assert paths.packed_file(STUDY, "billa-pretrain.mean", "manifest.json") == (
        "results/packed/billa-pretrain/manifest.json"
    )


def test_a_vocabulary_is_the_last_extensions_or_the_bases():
    assert paths.vocabulary_file(STUDY, "x-smollm2-zh") == "results/models/base/stage.json"
    assert paths.vocabulary_file(STUDY, "billa-zh") == f"results/tokenizers/{MODEL}/tokenizer.json"
