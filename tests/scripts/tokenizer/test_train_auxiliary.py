"""Auxiliary vectors: of the tokens the text has often enough, the same each time."""

from collections import Counter

import pytest
import torch

from scripts.common.errors import InputError
from scripts.common.files import read_json, sha256
from scripts.tokenizer import train_auxiliary
from scripts.tokenizer.auxiliary import read_vectors
from scripts.tokenizer.read_texts import stream_texts
from scripts.tokenizer.train_auxiliary import DIMENSIONS, SENTENCE, Sentences, count_epochs
from tests.support.extended_tokenizers import (
    ENGLISH,
    chinese_lines,
    encode,
    load,
    write_texts,
)


@pytest.fixture(scope="module")
def tokenizer_and_texts(extended_tokenizer, tmp_path_factory):
    """An extended tokenizer, and the texts of two languages."""
    folder = tmp_path_factory.mktemp("auxiliary")
    texts = {
        "zh": write_texts(folder / "text_zh.parquet", chinese_lines()),
        "en": write_texts(folder / "pairs.parquet", ENGLISH * 4, "source"),
    }
    return extended_tokenizer, texts


@pytest.fixture(autouse=True)
def few_buckets(monkeypatch):
    """Leave out most of fastText's two million rows of n-grams, which take a second to fill."""
    monkeypatch.setitem(train_auxiliary.FASTTEXT, "bucket", 2000)


def run(tokenizer_and_texts, output, *more, texts=None):
    tokenizer, written = tokenizer_and_texts
    command = ["--tokenizer", tokenizer, "--output", output, "--text", "zh", written["zh"]]
    command += texts or ["--text", "en", f"{written['en']}:source"]
    command = [str(item) for item in [*command, *more]]
    train_auxiliary.main(train_auxiliary.parser().parse_args(command))
    return output


def test_tokens_of_all_languages_that_occur_ten_times_have_a_vector(tokenizer_and_texts, tmp_path):
    tokenizer, texts = tokenizer_and_texts
    path = run(tokenizer_and_texts, tmp_path / "vectors.safetensors")
    ids, vectors = read_vectors(path, tokenizer)
    lines = stream_texts([str(texts["zh"]), f"{texts['en']}:source"])
    counts = Counter(number for line in lines for number in encode(load(tokenizer), line))
    assert ids.tolist() == sorted(number for number, count in counts.items() if count >= 10)
    assert vectors.shape == (len(ids), DIMENSIONS) and vectors.isfinite().all()
    extension = read_json(tokenizer / "extension.json")
    assert (ids < extension["base_size"]).any() and (ids >= extension["base_size"]).sum() > 20
    assert read_json(path.with_name(path.name + ".meta.json"))["settings"]["seed"] == 1


def test_two_runs_give_the_same_bytes_and_another_seed_others(tokenizer_and_texts, tmp_path):
    paths = [
        run(tokenizer_and_texts, tmp_path / str(number) / "vectors.safetensors", "--seed", seed)
        for number, seed in enumerate((7, 7, 8))
    ]
    assert sha256(paths[0]) == sha256(paths[1]) != sha256(paths[2])


def test_tokens_that_stand_in_the_same_places_are_alike(tmp_path):
    """Cats and dogs do the same; prices do not. A tokenizer of words shows what was learned."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    lines = [
        "the cat runs and eats",
        "the cat sleeps and eats",
        "the dog runs and eats",
        "the dog sleeps and eats",
        "price of bread rises again today",
        "price of bread falls again today",
    ]
    words = list(dict.fromkeys(" ".join(lines).split()))
    tokenizer = Tokenizer(models.WordLevel({word: n for n, word in enumerate(words)}, "the"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    (tmp_path / "tokenizer").mkdir()
    tokenizer.save(str(tmp_path / "tokenizer/tokenizer.json"))
    texts = {"zh": write_texts(tmp_path / "text.parquet", lines * 400)}
    path = run((tmp_path / "tokenizer", texts), tmp_path / "v.safetensors", texts=["--seed", "1"])
    ids, vectors = read_vectors(path, tmp_path / "tokenizer")
    near = dict(zip(ids.tolist(), torch.nn.functional.normalize(vectors), strict=True))
    cat, dog, rises, falls = (near[words.index(word)] for word in ("cat", "dog", "rises", "falls"))
    assert cat @ dog > max(cat @ rises, cat @ falls, dog @ rises, dog @ falls)
    assert rises @ falls > max(rises @ cat, falls @ dog)


def test_small_texts_are_read_more_often():
    assert [count_epochs(tokens) for tokens in (10, 600_000, 3_000_000, 4_000_000, 10**9)] == [
        20, 17, 4, 3, 3,
    ]  # fmt: skip


def test_a_long_text_is_cut_and_nothing_of_it_lost(tokenizer_and_texts):
    tokenizer = load(tokenizer_and_texts[0])
    texts = [" ".join(ENGLISH) * 40, "", "short"]
    sentences = Sentences(tokenizer, texts)
    assert max(map(len, sentences)) == SENTENCE
    names = [tokenizer.id_to_token(number) for text in texts for number in encode(tokenizer, text)]
    assert [name for sentence in sentences for name in sentence] == names
    assert sentences.tokens == len(names)


@pytest.mark.parametrize("lines", [["一", "二"], [""]])
def test_too_little_text_is_refused(tokenizer_and_texts, tmp_path, lines):
    texts = {"zh": write_texts(tmp_path / "little.parquet", lines)}
    with pytest.raises(InputError, match=r"little\.parquet: found no token 10 times in \d+;"):
        run((tokenizer_and_texts[0], texts), tmp_path / "v.safetensors", texts=["--seed", "1"])
    assert not (tmp_path / "v.safetensors").exists()


def test_a_folder_without_tokenizer_is_refused(tokenizer_and_texts, tmp_path):
    with pytest.raises(InputError, match=r"found no tokenizer\.json"):
        run((tmp_path, tokenizer_and_texts[1]), tmp_path / "v.safetensors")
