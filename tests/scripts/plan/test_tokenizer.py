"""What an extended vocabulary is learned from, and what its model is asked."""

from scripts.plan import paths, tokenizer
from tests.support.studies import default_study

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
    pruned = default_study(models={MODEL: {"extend": READY, "prune": 5}})
    assert tokenizer.extension_texts(pruned, MODEL)
    assert tokenizer.extension_options(pruned, MODEL)[:2] == ["--prune", "5"]


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
