"""Measuring text: every token is predicted once, with the context its window gives it."""

import pytest

from scripts.common.errors import InputError
from scripts.common.files import read_jsonl, write_jsonl
from scripts.infer import likelihood, measure_text
from scripts.infer.load import load_model

TEXTS = ["The harbour was quiet.", "床前明月光，疑是地上霜。" * 6, "x", "water and salt " * 30]


def measure(model, tmp_path, window=32, batch_size=3, texts=TEXTS):
    benchmark = tmp_path / "b.jsonl"
    common = {"task": "text", "instruction": "", "input": "", "output": ""}
    write_jsonl(benchmark, ({"id": str(n), **common, "text": t} for n, t in enumerate(texts)))
    options = ["--model", str(model), "--benchmark", str(benchmark), "--window", str(window)]
    options += ["--batch-size", str(batch_size), "--output", str(tmp_path / "p.jsonl")]
    measure_text.main(measure_text.parser().parse_args(options))
    return read_jsonl(tmp_path / "p.jsonl")


def nats_of(model, ids):
    """Minus log p of all ids but the first, in one unpadded row."""
    import torch

    with torch.inference_mode():
        log_probs = model(input_ids=torch.tensor([ids])).logits[0].float().log_softmax(-1)
    return -sum(log_probs[place, token].item() for place, token in enumerate(ids[1:]))


def test_short_texts_have_the_models_own_likelihood(tiny_model, tmp_path):
    model, tokenizer, _ = load_model(tiny_model)
    for record in measure(tiny_model, tmp_path, window=400):
        ids = tokenizer(record["text"], add_special_tokens=False)["input_ids"]
        assert record["tokens"] == len(ids)
        expected = nats_of(model, [tokenizer.bos_token_id, *ids])
        assert record["nats"] == pytest.approx(expected, rel=1e-5)


def test_a_special_tokens_name_is_measured_as_text(tiny_model, tmp_path):
    _, tokenizer, _ = load_model(tiny_model)
    (marked, plain) = measure(tiny_model, tmp_path, texts=["a <|im_end|> b", "a  b"])
    ids = tokenizer("a <|im_end|> b", add_special_tokens=False)["input_ids"]
    assert tokenizer.eos_token_id in ids  # as a chat template's reader takes it
    assert marked["tokens"] > len(ids) and marked["tokens"] > plain["tokens"] + 5


def test_long_texts_are_the_sum_of_their_windows(tiny_model, tmp_path):
    model, tokenizer, _ = load_model(tiny_model)
    record = measure(tiny_model, tmp_path, window=32)[3]
    ids = [
        tokenizer.bos_token_id,
        *tokenizer(record["text"], add_special_tokens=False)["input_ids"],
    ]
    expected = sum(nats_of(model, ids[start : start + 33]) for start in range(0, len(ids) - 1, 32))
    assert len(ids) > 65
    assert record["nats"] == pytest.approx(expected, rel=1e-5)


def test_a_suffix_is_predicted_from_the_text_before_it(tiny_model, tmp_path):
    model, tokenizer, _ = load_model(tiny_model)
    for record in measure(tiny_model, tmp_path, window=32):
        ids = tokenizer(record["text"], add_special_tokens=False)["input_ids"]
        ids = [tokenizer.bos_token_id, *ids][:33]
        start = len(ids) - record["suffix_tokens"]
        assert int(0.2 * len(ids)) + 1 <= start <= max(int(0.7 * len(ids)), 1)
        expected = nats_of(model, ids) - nats_of(model, ids[:start])
        assert record["suffix_nats"] == pytest.approx(expected, rel=1e-4, abs=1e-5)


def test_a_suffix_begins_where_its_record_says_whatever_the_vocabulary():
    shares = []
    for number in range(300):
        long, short = (measure_text.suffix_start(size, f"r{number}") for size in (1000, 100))
        assert 201 <= long <= 700 and 21 <= short <= 70
        assert long == pytest.approx(10 * short, abs=15)
        shares.append(long / 1000)
    assert min(shares) < 0.22 and max(shares) > 0.68
    assert measure_text.suffix_start(2, "r") == 1


@pytest.mark.parametrize("length", [2, 32, 33, 34, 64, 65, 66, 200])
def test_windows_predict_every_token_once(length):
    ids = list(range(length))
    windows = measure_text.cut_windows(ids, 32)
    assert [token for window in windows for token in window[1:]] == ids[1:]
    assert all(2 <= len(window) <= 33 for window in windows)


def test_bytes_and_characters_are_the_texts(tiny_model, tmp_path):
    for record in measure(tiny_model, tmp_path):
        assert record["bytes"] == len(record["text"].encode())
        assert record["characters"] == len(record["text"])
        assert record["window"] == 32


def test_neither_batch_nor_chunk_size_matters(tiny_model, tmp_path, monkeypatch):
    one = measure(tiny_model, tmp_path / "one", batch_size=1)
    monkeypatch.setattr(likelihood, "LOGITS_AT_ONCE", 3000)
    many = measure(tiny_model, tmp_path / "many", batch_size=8)
    for left, right in zip(one, many, strict=True):
        assert left["nats"] == pytest.approx(right["nats"], rel=1e-5)


def test_two_runs_give_the_same_bytes(tiny_model, tmp_path):
    measure(tiny_model, tmp_path / "a")
    measure(tiny_model, tmp_path / "b")
    first, second = ((tmp_path / name / "p.jsonl").read_bytes() for name in "ab")
    assert first == second


def test_a_window_beyond_the_models_is_refused(tiny_model, tmp_path):
    with pytest.raises(InputError, match="--window: 513, the model sees 512"):
        measure(tiny_model, tmp_path, window=513)


def test_an_empty_text_is_refused(tiny_model, tmp_path):
    with pytest.raises(InputError, match=r"b\.jsonl:2: no text"):
        measure(tiny_model, tmp_path, texts=["a", ""])
