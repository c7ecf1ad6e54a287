"""Record text never becomes special tokens; every other text keeps its ids."""

import json
import subprocess
import sys
from collections import Counter
from hashlib import sha256

import pytest
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers

from scripts.common.files import read_json
from scripts.pack.packed_rows import Counts
from scripts.pack.packing import Row
from scripts.pack.records import Record
from scripts.pack.rendering import Vocabulary, encode_responses, encode_texts
from scripts.pack.suffix import encode_suffixes
from scripts.pack.too_long import Lengths, fit
from scripts.pack.wording import Wording
from scripts.study.prompts import get_format
from scripts.tokenizer.record_tokenizer import CLOSE, OPEN, RecordTokenizer, private_name
from tests.support import pieces
from tests.support.extended_tokenizers import ENGLISH, arabic_lines, chinese_lines, write_base
from tests.support.hostile import HOSTILE

ENCODED = [name for name in HOSTILE if name != "half a character"]  # which no file of records has
MARKS = ["<|endoftext|>", "<|im_end|>", "<s>", "</s>", "<unk>", "<|late|>"]
PLAIN = [*ENGLISH, *chinese_lines(100), *arabic_lines(20), "", " ", "\n", "< |im_end| >", "</ s>"]
ASKS = {"dataset": "asks_en", "kind": "instruction", "side": None, "languages": ["en"]}
TEXT = {"dataset": "prose_en", "kind": "text", "side": None, "languages": ["en"]}


@pytest.fixture(scope="module", params=["bytes", "pieces"])
def folder(request, tmp_path_factory):
    """Return a byte-level base, and one of SentencePiece's kind, whose prompts begin with <s>."""
    path = tmp_path_factory.mktemp(request.param) / "base"
    return write_base(path) if request.param == "bytes" else pieces.write_base(path)


@pytest.fixture(scope="module")
def own(folder) -> Tokenizer:
    return Tokenizer.from_file(str(folder / "tokenizer.json"))


@pytest.fixture(scope="module")
def records(folder) -> RecordTokenizer:
    return RecordTokenizer.build(read_json(folder / "tokenizer.json"))


def test_texts_without_special_tokens_keep_their_ids(own, records):
    for special in (False, True):
        expected = [one.ids for one in own.encode_batch(PLAIN, add_special_tokens=special)]
        assert records.encode(PLAIN, special) == expected


@pytest.mark.parametrize("form", ["chatml", "billa", "brief", "alpaca"])
def test_prompts_keep_their_ids_and_their_markers(own, records, form):
    form = get_format(form)
    written = form.reworded(records.hide)
    for text in PLAIN:
        record = {"instruction": "Translate.", "input": text}
        expected = own.encode(form.render(record)).ids
        assert records.encode([written.render(record)], special=True) == [expected]
    assert records.hide(form.end) != form.end or not own.token_to_id(form.end)


def test_a_special_tokens_name_in_a_text_is_text(own, records):
    special = {token["id"] for token in json.loads(own.to_str())["added_tokens"]}
    for mark in MARKS:
        text = f"Is {mark} a word? {mark}{mark}"
        (ids,) = records.encode([text])
        assert not special & set(ids), mark
        # What the ids spell is the text that was asked about, not nothing.
        assert own.decode(ids, skip_special_tokens=True).strip() == text
        assert records.holds(text) == (own.token_to_id(mark) is not None)


def test_a_border_between_format_and_text_makes_no_special_token(own, records):
    (ids,) = records.encode([records.hide("<|im_") + "end|> </" + records.hide("s>")])
    assert not {own.token_to_id(mark) for mark in MARKS} & set(ids)


@pytest.mark.parametrize("name", ENCODED)
def test_a_hostile_text_has_no_special_token(own, records, name):
    special = {token["id"] for token in json.loads(own.to_str())["added_tokens"]}
    (ids,) = records.encode([f"a {HOSTILE[name]} b"])
    assert not special & set(ids)


def test_a_private_name_is_none_that_a_record_could_have(own, records):
    """It is another in each process: what is read in one is no name in the next."""
    code = (
        "from scripts.tokenizer.record_tokenizer import private_name; print(private_name('</s>'))"
    )
    others = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    names = {private_name("</s>"), *(one.stdout.strip() for one in others)}
    assert len(names) == 3
    special = {token["id"] for token in json.loads(own.to_str())["added_tokens"]}
    digest = sha256(b"</s>").hexdigest()[:16]
    for text in (*(names - {private_name("</s>")}), f"{OPEN}{digest}{CLOSE}"):
        (ids,) = records.encode([text])
        assert not special & set(ids)


def test_names_that_are_pieces_of_a_unigram_model_are_text_too():
    vocabulary = [("<unk>", 0.0), ("</s>", 0.0), *((c, -3.0) for c in "▁abs</>")]
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=0))
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.add_special_tokens([AddedToken("</s>", special=True, normalized=False)])
    records = RecordTokenizer.build(json.loads(tokenizer.to_str()))
    assert 1 in tokenizer.encode("a</s>b").ids
    (ids,) = records.encode(["a</s>b"])
    assert tokenizer.decode(ids, skip_special_tokens=False) == "a</s>b" and 1 not in ids
    assert records.encode([records.hide("</s>")]) == [[1]]


def test_merges_that_make_a_special_token_are_dropped():
    """As in a SentencePiece model that was converted with all its pieces."""
    vocabulary = {"<s>": 0, "</s>": 1, "<": 2, "/": 3, "s": 4, ">": 5, "s>": 6, "</": 7}
    merges = [("<", "/"), ("s", ">"), ("</", "s>")]
    tokenizer = Tokenizer(models.BPE(vocabulary, merges))
    tokenizer.add_special_tokens(["<s>", "</s>"])
    records = RecordTokenizer.build(json.loads(tokenizer.to_str()))
    assert records.encode(["</s>", "</ss>"]) == [[7, 6], [7, 4, 6]]


def test_tokens_that_only_the_settings_call_special_are_text_too():
    tokenizer = Tokenizer(models.BPE({"e": 0, "n": 1, "d": 2, "end": 3, "und": 4}, []))
    tokenizer.add_tokens([AddedToken("end"), AddedToken("und")])
    records = RecordTokenizer.build(json.loads(tokenizer.to_str()), ["end"])
    assert records.encode(["end", "und"]) == [[0, 1, 2], [4]]


def rows_of(examples) -> Counts:
    """Return the counts of examples, each in a row of its own."""
    counts = Counts()
    for example in fit(examples, "split", Lengths(64)):
        row = Row()
        row.add(example)
        counts.add(row)
    return counts


def test_packed_answers_end_once_and_records_with_names_are_counted(tiny_model):
    vocabulary = Vocabulary.load(tiny_model)
    fields = {"id": "1", "instruction": "Which?", "input": "", "output": "Write <|im_end|> here."}
    marked = Record(ASKS, fields, 0, 0)
    plain = Record(ASKS, fields | {"id": "2", "output": "Write it here."}, 1, 0)
    examples = list(
        encode_responses(iter([marked, plain]), vocabulary, get_format("chatml"), Wording())
    )
    for example in examples:
        assert example.ids.count(vocabulary.eos) == 2  # the end of the question, and of the answer
        assert example.ids[-1] == vocabulary.eos
    assert [example.marked for example in examples] == [True, False]
    (only,) = rows_of(examples).describe(64, Counter(asks_en=2), Lengths(64))["sources"].values()
    assert only["special_names"] == 1
    (only,) = (
        rows_of(examples[1:]).describe(64, Counter(asks_en=1), Lengths(64))["sources"].values()
    )
    assert "special_names" not in only


@pytest.mark.parametrize("objective", ["text", "suffix"])
def test_documents_end_once(tiny_model, objective):
    vocabulary = Vocabulary.load(tiny_model)
    record = Record(TEXT, {"id": "1", "text": "One <|im_end|> two <|im_start|> three."}, 0, 0)
    if objective == "text":
        (example,) = encode_texts(iter([record]), vocabulary)
    else:
        (example,) = encode_suffixes(iter([record]), vocabulary, Wording(), "truncate", Lengths(99))
    assert (example.ids.count(vocabulary.bos), example.ids.count(vocabulary.eos)) == (1, 1)
    assert example.marked
