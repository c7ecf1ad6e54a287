"""Of texts that are alike the first is kept, whichever shards and jobs they are in."""

import random

import numpy as np
import pyarrow.parquet as pq
import pytest
from datatrove.pipeline.dedup.minhash import MinhashDedupSignature as Whole

from scripts.common.command import parse
from scripts.common.files import read_json
from scripts.data import (
    clean_corpus,
    cluster_duplicates,
    gather_corpus,
    match_signatures,
    sign_records,
)
from scripts.data.buckets import Buckets, plan_buckets
from scripts.data.cluster_duplicates import find_duplicates
from scripts.data.corpora import read_corpus, write_corpus
from scripts.data.minhash import GRAM, GramWords, make_config
from scripts.data.sign_records import GRAMS, Signatures

WORDS = [f"{first}{last}" for first in ("ba", "ke", "li", "mo") for last in "abcdefghijklmnop"]


def run(module, *words):
    module.main(parse(module.parser(), [*map(str, words)]))


def deduplicate(folder, kind, records, shards=1, shares=1, seed=1, similarity=0.8):
    """Return the ids that are left of records, and the report."""
    folder.mkdir(exist_ok=True)
    write_corpus(folder / "c.parquet", kind, records)
    codes = ["en", "zh"] if kind == "parallel" else ["en"]
    hashes = ["--near-duplicates", similarity, "--seed", seed]
    cleaned, signatures, matches = [], [], []
    for number in range(1, shards + 1):
        name = f"{number}-of-{shards}"
        cleaned.append(folder / f"{name}.parquet")
        signatures.append(folder / "signatures" / name)
        options = ["--shard", name, "--output"]
        run(
            clean_corpus,
            *["--corpus", folder / "c.parquet", "--languages", *codes, *options, cleaned[-1]],
        )
        run(sign_records, "--corpus", cleaned[-1], *hashes, *options, signatures[-1])
    for number in range(1, shares + 1):
        matches.append(folder / "matches" / str(number))
        share = ["--share", f"{number}-of-{shares}", "--output", matches[-1]]
        run(match_signatures, "--signatures", *signatures, *hashes, *share)
    run(cluster_duplicates, "--matches", *matches, "--output", folder / "d.parquet")
    outputs = ["--output", folder / "o.parquet", "--report", folder / "o.json"]
    run(gather_corpus, "--shards", *cleaned, "--duplicates", folder / "d.parquet", *outputs)
    _, left = read_corpus(folder / "o.parquet")
    return [record["id"] for record in left], read_json(folder / "o.json")


def make_text(draw, length=60):
    return " ".join(draw.choices(WORDS, k=length))


def changed(text, draw, count):
    """Return a text with so many words replaced."""
    words = text.split()
    for place in draw.sample(range(len(words)), count):
        words[place] = "other"
    return " ".join(words)


@pytest.fixture
def records():
    """200 texts, each third of which comes again later, a word changed, and once more whole."""
    draw = random.Random(1)
    texts = [make_text(draw) for _ in range(200)]
    texts += [changed(text, draw, 1) for text in texts[::3]] + texts[::3]
    return [{"id": str(number), "text": text} for number, text in enumerate(texts)]


@pytest.mark.parametrize(("shards", "shares"), [(2, 1), (3, 2), (8, 8), (1, 14)])
def test_neither_shards_nor_jobs_change_a_byte(tmp_path, records, shards, shares):
    left, report = deduplicate(tmp_path / "one", "text", records)
    assert left == [str(number) for number in range(200)]
    assert report["dropped"] == {"near-duplicate": 134}
    assert deduplicate(tmp_path / "many", "text", records, shards, shares)[1] == report
    files = [(tmp_path / name / "o.parquet").read_bytes() for name in ("one", "many")]
    assert files[0] == files[1]


def test_an_example_tells_what_was_kept(tmp_path, records):
    _, report = deduplicate(tmp_path, "text", records, shards=3)
    example = report["examples"][0]
    assert example["record"] == "200" and example["reason"] == "near-duplicate"
    assert example["of"] == f"{records[0]['text'][:157]}..." and example["text"] != example["of"]


@pytest.mark.parametrize(("similarity", "left"), [(1, 267), (0.95, 267), (0.8, 200), (0.3, 200)])
def test_what_counts_as_alike_is_the_studys_choice(tmp_path, records, similarity, left):
    """A word of sixty changed: 5 of 56 5-grams, so that 51 of 61 are the same."""
    found, _ = deduplicate(tmp_path, "text", records, similarity=similarity)
    assert left - 20 <= len(found) <= left


def test_texts_that_share_half_of_their_words_are_two(tmp_path):
    draw = random.Random(2)
    texts = [make_text(draw) for _ in range(50)]
    texts += [changed(text, draw, 12) for text in texts]
    records = [{"id": str(number), "text": text} for number, text in enumerate(texts)]
    assert len(deduplicate(tmp_path, "text", records)[0]) == 100


def test_short_records_are_found_where_they_are_equal(tmp_path):
    pairs = [("Delete", "删除"), ("Save", "保存"), ("delete!", "删除"), ("7", "7"), ("8", "8")]
    records = [
        {"id": str(number), "source": source, "target": target}
        for number, (source, target) in enumerate([*pairs, ("", ""), ("", "")])
    ]
    left, _ = deduplicate(tmp_path, "parallel", records, shards=2)
    assert left == ["0", "1", "3", "4", "5", "6"]


def test_marks_of_hindi_and_numbers_tell_texts_apart(tmp_path):
    texts = ["में किताब पढ़ता हूँ", "मैं किताब पढ़ता हूँ", "What is 2 + 3?", "What is 2 + 4?"]
    records = [{"id": str(number), "text": text} for number, text in enumerate(texts)]
    assert len(deduplicate(tmp_path, "text", records)[0]) == 4


def test_the_seed_decides_the_hashes(tmp_path, records):
    for seed in (1, 2):
        deduplicate(tmp_path / str(seed), "text", records[:20], seed=seed)
    files = [next((tmp_path / seed / "signatures").rglob("*.sig")) for seed in "12"]
    assert files[0].read_bytes() != files[1].read_bytes()


def test_the_first_of_a_chain_is_kept_in_whatever_order_its_pairs_come():
    pairs = np.array([[7, 9], [3, 7], [20, 21], [1 << 32, 3]])
    for order in ([0, 1, 2, 3], [3, 2, 1, 0]):
        dropped, kept = find_duplicates(pairs[order])
        assert dropped.tolist() == [7, 9, 21, 1 << 32] and kept.tolist() == [3, 3, 20, 3]


def test_a_corpus_without_duplicates_stays(tmp_path, records):
    left, report = deduplicate(tmp_path, "text", records[:20], shards=2)
    assert len(left) == 20 and report["dropped"].get("near-duplicate", 0) == 0
    assert pq.read_table(tmp_path / "d.parquet").num_rows == 0


def test_a_book_is_signed_in_parts_as_datatrove_would_sign_it_whole(tmp_path):
    config = make_config(0.8, 1)
    ours, theirs = (cls(str(tmp_path), config, language=GramWords()) for cls in (Signatures, Whole))
    for count in (1, GRAMS, 2 * GRAMS + 5):
        shingles = np.random.default_rng(count).integers(0, 1 << 32, (count, 1), np.uint64)
        assert ours.get_signature(shingles) == theirs.get_signature(shingles)


def test_the_asked_similarity_is_found_and_of_point_eight_as_fineweb_does():
    assert plan_buckets(0.8) == Buckets(14, 8)
    for similarity in (0.3, 0.5, 0.7, 0.9, 1):
        assert plan_buckets(similarity).probability(similarity) >= 0.9
    assert plan_buckets(0.9).probability(0.7) < plan_buckets(0.8).probability(0.7)


def test_words_of_a_short_text_are_one_gram_and_those_of_none_are_none():
    words = GramWords().word_tokenize
    assert words("Save") == ["Save"] + [""] * (GRAM - 1) and words(" ") == []
    assert words("don't 把书 a-b.") == ["don't", "把", "书", "a-b", "."]
