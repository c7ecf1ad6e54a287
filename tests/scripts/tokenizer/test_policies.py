"""A language of English's own script on each kind of tokenizer, under both policies."""

import pytest
from transformers import AutoTokenizer

from scripts.common.errors import InputError
from scripts.common.files import read_json
from scripts.tokenizer.extension_file import BYTE_LEVEL
from scripts.tokenizer.reference import find_partial
from scripts.tokenizer.tokenizer_kind import find_kind
from tests.support import extended_tokenizers, pieces
from tests.support.extended_tokenizers import (
    ENGLISH,
    chinese_lines,
    encode,
    extend,
    load,
    turkish_lines,
    write_texts,
)
from tests.support.tokenizer_kinds import KINDS

BASES = KINDS | {
    "smollm2": extended_tokenizers.write_base,
    "sentencepiece": pieces.write_base,
}
ADDED = 100
PLAIN = ["the quiet harbour boats", "  harbours, the  quiet\n quiets", "12 o'clock, don't"]
REFERENCE = [*ENGLISH, *PLAIN, "⁰¹ ʰ x² küçük ışık"]  # in the last are letters that no base has


@pytest.fixture(scope="module", params=BASES)
def base(request, tmp_path_factory):
    return BASES[request.param](tmp_path_factory.mktemp("base") / "base")


@pytest.fixture(scope="module")
def texts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("texts")
    return {
        "tr": [write_texts(folder / "tr.parquet", turkish_lines())],
        "zh": [write_texts(folder / "zh.parquet", chinese_lines())],
        "en": str(write_texts(folder / "en.parquet", REFERENCE)),
    }


@pytest.fixture(scope="module")
def both(base, texts, tmp_path_factory):
    """The base, extended under each policy."""
    folder = tmp_path_factory.mktemp("extended")
    return {
        policy: extend(
            base, folder / policy, {"tr": ADDED}, texts,
            "--policy", f"tr={policy}", "--reference", texts["en"],
        )
        for policy in ("unchanged", "all")
    }  # fmt: skip


def count_tokens(folder, lines) -> int:
    tokenizer = load(folder)
    return sum(len(encode(tokenizer, line)) for line in lines)


def test_unchanged_keeps_every_english_line(base, both):
    old, new = load(base), load(both["unchanged"])
    partial = find_partial(old, in_bytes=find_kind(base) == BYTE_LEVEL)
    changed = 0
    for line in REFERENCE:
        before, after = encode(old, line), encode(new, line)
        quotes = partial[before].any()
        assert quotes or (line != REFERENCE[-1] and after == before)
        changed += after != before
    found = read_json(both["unchanged"] / "extension.json")["reference"]
    assert found == {
        "lines": len(REFERENCE),
        "changed": changed,
        "quoted": changed,
        "base_tokens": count_tokens(base, REFERENCE),
        "tokens": count_tokens(both["unchanged"], REFERENCE),
    }
    assert changed > 0 and not any(partial[encode(old, line)].any() for line in PLAIN)


def test_all_tells_what_changes(base, both):
    old, new = load(base), load(both["all"])
    changed = sum(encode(new, line) != encode(old, line) for line in REFERENCE)
    found = read_json(both["all"] / "extension.json")["reference"]
    assert found["changed"] == changed > 0
    assert found["base_tokens"] == count_tokens(base, REFERENCE)
    assert found["tokens"] == count_tokens(both["all"], REFERENCE) < found["base_tokens"]


def test_each_policy_saves_tokens(base, both):
    lines = turkish_lines()
    before, unchanged, every = (
        count_tokens(folder, lines) for folder in (base, both["unchanged"], both["all"])
    )
    assert max(every, unchanged) < 0.7 * before


@pytest.mark.parametrize("policy", ["unchanged", "all"])
def test_nothing_is_lost_and_every_token_is_reached(base, both, policy):
    tokenizer, size = load(both[policy]), load(base).get_vocab_size()
    tokens = read_json(both[policy] / "extension.json")["tokens"]
    assert [token["id"] for token in tokens] == list(range(size, size + ADDED))
    for token in tokens:
        name = tokenizer.id_to_token(token["id"])
        assert [part.id for part in tokenizer.model.tokenize(name)] == [token["id"]]
    assert load(base).get_vocab().items() <= tokenizer.get_vocab().items()
    for line in [*turkish_lines(), *ENGLISH[:-1]]:
        assert tokenizer.decode(encode(tokenizer, line), skip_special_tokens=False) == line


def test_the_loaded_class_gives_the_same_ids(both):
    tokenizer, fast = load(both["unchanged"]), AutoTokenizer.from_pretrained(both["unchanged"])
    assert len(fast) == tokenizer.get_vocab_size()
    for line in [*turkish_lines(50), *REFERENCE]:
        assert fast.encode(line, add_special_tokens=False) == encode(tokenizer, line)


def test_a_quotation_in_an_added_script_may_change(base, texts, tmp_path):
    """Under `script` Chinese in English text gets new tokens; the rest stays as it was."""
    quoting = write_texts(tmp_path / "en.parquet", [*REFERENCE, "He wrote 文件页面 on it"])
    extended = extend(
        base, tmp_path / "extended", {"zh": 120, "tr": 40}, texts,
        "--policy", "tr=unchanged", "--reference", str(quoting),
    )  # fmt: skip
    found = read_json(extended / "extension.json")["reference"]
    assert found["changed"] == found["quoted"] > 0
    old, new = load(base), load(extended)
    assert all(encode(new, line) == encode(old, line) for line in PLAIN)


def test_pruned_tokens_leave_english_as_it_was(base, texts, tmp_path):
    extended = extend(
        base, tmp_path / "extended", {"tr": ADDED}, texts,
        "--policy", "tr=unchanged", "--reference", texts["en"], "--prune", "95",
    )  # fmt: skip
    found = read_json(extended / "extension.json")
    assert found["prune"]["tr"]["pruned"] > 0
    assert found["reference"]["changed"] == found["reference"]["quoted"]


def test_unchanged_needs_a_text_that_does_not_change(base, texts, tmp_path):
    with pytest.raises(InputError, match="--policy tr=unchanged: no --reference FILE"):
        extend(base, tmp_path / "extended", {"tr": 9}, texts, "--policy", "tr=unchanged")
    assert not list(tmp_path.iterdir())
