"""Bits per byte while training are those that the finished model is scored with."""

import json
from math import log
from types import SimpleNamespace

import pytest
import torch
from tokenizers import Tokenizer, models, normalizers
from transformers import AutoModelForCausalLM

from scripts.common.digests import write_digests
from scripts.common.errors import InputError
from scripts.common.files import read_jsonl, write_jsonl
from scripts.infer import measure_text
from scripts.pack.packing import IGNORED
from scripts.pack.rendering import Vocabulary
from scripts.train.held_out import bits_per_byte, load_held_out
from scripts.train.packed_loss import packed_loss
from scripts.train.stage import read_held_out
from tests.support.damage import flip_byte

TEXTS = [
    "The harbour was quiet when the last boat came in from the sea.",
    "床前明月光，疑是地上霜。",
    "A good loaf of bread 𠮷 needs flour, water, salt and a little time. 鬱鬱",
    "把这句话翻译成英文：今天的天气很好，我们去公园散步吧。",
]


@pytest.fixture(scope="module")
def vocabulary(tiny_model) -> Vocabulary:
    return Vocabulary.load(tiny_model)


def write_benchmark(folder, texts=TEXTS):
    path = folder / "text_zh.jsonl"
    query = {"task": "text", "instruction": "", "input": "", "output": ""}
    write_jsonl(path, [query | {"id": str(n), "text": text} for n, text in enumerate(texts)])
    return path


def test_it_is_the_benchmarks_own_score(tiny_model, vocabulary, tmp_path):
    texts = [*TEXTS, "An <|im_end|> in a text is text to both."]
    path = write_benchmark(tmp_path, texts)
    output = tmp_path / "predictions.jsonl"
    words = ["--model", tiny_model, "--benchmark", path, "--output", output, "--window", "256"]
    words += ["--dtype", "float32"]
    measure_text.main(measure_text.parser().parse_args([str(word) for word in words]))
    found = read_jsonl(output)
    score = sum(r["nats"] for r in found) / log(2) / sum(r["bytes"] for r in found)

    model = AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32)

    def loss_sum(input_ids, position_ids, labels):
        with torch.inference_mode():
            return packed_loss(model, input_ids, position_ids, labels).item()

    held_out = load_held_out([path], vocabulary, 256, 8)
    assert held_out.texts["text_zh"].bytes == sum(len(text.encode()) for text in texts)
    assert held_out.measure(loss_sum) == {"text_zh": pytest.approx(score, rel=1e-5)}


@pytest.mark.parametrize("length", range(5, 40))
def test_bytes_are_those_of_the_scored_tokens_where_texts_are_cut(vocabulary, tmp_path, length):
    (text,) = load_held_out([write_benchmark(tmp_path)], vocabulary, length, 99).texts.values()
    assert text.labels.dtype == text.input_ids.dtype == torch.int64
    assert text.labels.shape == text.input_ids.shape == text.position_ids.shape
    assert text.labels.shape[1] == length
    labels = text.labels[text.labels != IGNORED].tolist()
    # Byte-level pieces: each letter of a piece's name is one byte.
    assert text.bytes == sum(len(vocabulary.tokenizer.id_to_token(label)) for label in labels)


def test_pieces_that_fall_back_to_bytes_are_kept_whole(tmp_path):
    pieces = ["<unk>", "<s>", "</s>", "▁", "a", *(f"<0x{number:02X}>" for number in range(256))]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.BPE(vocabulary, [], byte_fallback=True, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    config = {"bos_token": "<s>", "eos_token": "</s>"}
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(config))
    path = write_benchmark(tmp_path, ["a床a a床"])
    sizes = {
        length: load_held_out([path], Vocabulary.load(tmp_path), length, 1).texts["text_zh"].bytes
        for length in range(3, 13)
    }
    # bos ▁ a 床 床 床 a ▁ a 床 床 床
    assert sizes == {3: 1, 4: 1, 5: 1, 6: 4, 7: 5, 8: 6, 9: 7, 10: 7, 11: 7, 12: 10}


def test_rows_are_limited_and_always_the_same(vocabulary, tmp_path):
    path = write_benchmark(tmp_path, TEXTS * 50)
    first, again = (load_held_out([path], vocabulary, 64, 3).texts["text_zh"] for _ in range(2))
    assert first.input_ids.shape == (3, 64)
    assert torch.equal(first.input_ids, again.input_ids) and first.bytes == again.bytes


def test_bits_per_byte_of_a_coin_a_byte():
    assert bits_per_byte(80 * log(2), 80) == pytest.approx(1)


def test_what_is_no_text_is_named(vocabulary, tmp_path):
    path = write_benchmark(tmp_path, ["some", ""])
    with pytest.raises(InputError, match=r"text_zh\.jsonl:2: no text, expected some"):
        load_held_out([path], vocabulary, 64, 3)
    with pytest.raises(InputError, match="No such file"):
        load_held_out([tmp_path / "text_el.jsonl"], vocabulary, 64, 3)


def test_a_damaged_text_is_refused(tmp_path):
    text = tmp_path / "text_en.jsonl"
    text.write_text('{"id": "a", "text": "The harbour was quiet."}\n')
    write_digests(text)
    flip_byte(text)
    with pytest.raises(InputError, match=r"text_en\.jsonl: damaged"):
        read_held_out(SimpleNamespace(held_out=(text,)))
