"""Generation: right answers, whatever the batch; the same bytes, however often it is killed."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scripts.common.errors import InputError
from scripts.common.files import ROOT, read_json, read_jsonl, write_json, write_jsonl
from scripts.common.journal import SEPARATOR
from scripts.infer import generate, load, resume, rows
from scripts.infer.decoding import decode_greedily
from scripts.infer.ending import Ending
from scripts.infer.load import load_model
from scripts.study.prompts import get_format
from scripts.study.tasks import tasks_answered_by

INPUTS = ["The harbour was quiet.", "Sea.", "床前明月光", "A loaf of bread needs time and salt."]


@pytest.fixture(scope="module")
def loaded(tiny_model):
    model, tokenizer, _ = load_model(tiny_model, "float32")
    return model, tokenizer


@pytest.fixture(scope="module")
def benchmark(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("benchmarks") / "sea_en-zh.jsonl"
    records = [
        {
            "id": f"sea-{number}",
            "task": "translation",
            "instruction": "Translate from English to Chinese.",
            "input": INPUTS[number % 4] + " again" * (number // 4),
            "output": "海",
            "references": ["海"],
        }
        for number in range(24)
    ]
    write_jsonl(path, records)
    return path


def arguments(model, benchmark, output, batch_size=1, limit=24):
    return [
        *("--model", str(model), "--benchmark", str(benchmark), "--format", "chatml"),
        *("--batch-size", str(batch_size), "--max-new-tokens", str(limit)),
        *("--output", str(output)),
    ]


def generate_to(output, model, benchmark, **options):
    generate.main(generate.parser().parse_args(arguments(model, benchmark, output, **options)))
    return output


def prompts_of(tokenizer):
    form = get_format("chatml")
    texts = [form.render({"instruction": "Translate.", "input": text}) for text in INPUTS]
    return tokenizer(texts)["input_ids"]


def decode_with_transformers(model, prompt, limit, end):
    import torch

    ids = model.generate(
        torch.tensor([prompt]),
        attention_mask=torch.ones(1, len(prompt), dtype=torch.long),
        do_sample=False,
        max_new_tokens=limit,
        eos_token_id=end,
        pad_token_id=0,
    )
    return ids[0, len(prompt) :].tolist()


def test_a_batch_decodes_as_transformers_decodes_each_row_alone(loaded):
    import torch

    model, tokenizer = loaded
    prompts = prompts_of(tokenizer)
    # A token that some row makes early, so that rows leave the batch at different times.
    end = decode_with_transformers(model, prompts[1], 5, tokenizer.eos_token_id)[-1]
    alone = [decode_with_transformers(model, prompt, 16, end) for prompt in prompts]
    with torch.inference_mode():
        together = decode_greedily(model, prompts, [[end]], 16, tokenizer.eos_token_id)
    assert together == alone
    assert len({len(answer) for answer in together}) > 1


def test_an_answer_ends_at_the_formats_end(loaded):
    _, tokenizer = loaded
    ending = Ending(tokenizer, "<|im_end|>", 99)
    ids = tokenizer(" The sea. <|im_end|>")["input_ids"]
    assert ending.read(ids) == "The sea."


def test_an_end_of_several_tokens_closes_too(loaded):
    _, tokenizer = loaded
    ending = Ending(tokenizer, "###", 99)
    ids = tokenizer("bread###")["input_ids"]
    assert len(ending.ends[1]) > 1
    assert ending.read(ids) == "bread"


def test_batches_hold_every_row_once_and_rows_of_like_length():
    lengths = [5, 900, 7, 880, 300, 310, 6, 8]
    batches = rows.make_batches(lengths, 4)
    assert sorted(row for batch in batches for row in batch) == list(range(8))
    assert batches[0] == [1, 3]


def test_killed_and_started_again_it_writes_the_same_bytes(tiny_model, benchmark, tmp_path):
    whole = generate_to(tmp_path / "whole.jsonl", tiny_model, benchmark)
    output = tmp_path / "killed.jsonl"
    partial = resume.partial_path(output)
    command = [sys.executable, "-m", "scripts.infer.generate"]
    command += arguments(tiny_model, benchmark, output)
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    while not partial.exists() or partial.read_bytes().count(b"\n") < 4:
        assert process.poll() is None, "ended before it could be killed"
        time.sleep(0.002)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    lines = partial.read_bytes().split(b"\n")[1:-1]
    finished = [json.loads(line.partition(SEPARATOR)[0]) for line in lines]
    assert not output.exists()
    with partial.open("ab") as stream:
        stream.write(b'{"batch": 5, "resu')
    generate_to(output, tiny_model, benchmark)
    assert output.read_bytes() == whole.read_bytes()
    assert not partial.exists()
    computed = read_json(f"{output}.meta.json")["settings"]["tokens"]
    total = sum(record["tokens"] for record in read_jsonl(output))
    kept = sum(result["tokens"] for line in finished for result in line["results"])
    assert 3 <= len(finished) < 6
    assert computed == total - kept


def test_predictions_are_the_benchmark_in_its_order(tiny_model, benchmark, tmp_path):
    output = generate_to(tmp_path / "p.jsonl", tiny_model, benchmark, batch_size=8, limit=4)
    records = read_jsonl(output)
    bare = [{k: v for k, v in r.items() if k not in ("prediction", "tokens")} for r in records]
    assert bare == read_jsonl(benchmark)
    assert all(1 <= record["tokens"] <= 4 for record in records)
    settings = read_json(f"{output}.meta.json")["settings"]
    assert settings["max_new_tokens"] == 4
    assert settings["tokens_per_second"] > 0


def test_batches_of_other_settings_are_not_reused(tmp_path):
    output = tmp_path / "p.jsonl"

    def fail_second(batch, done):
        if batch == [1]:
            raise KeyboardInterrupt
        return [{"value": "old"} for _ in batch]

    with pytest.raises(KeyboardInterrupt):
        resume.predict_batches(output, "a", [[0], [1]], fail_second, "test")
    found = resume.predict_batches(
        output, "b", [[0], [1]], lambda batch, done: [{"value": "new"}] * len(batch), "test"
    )
    assert [result["value"] for result in found.results] == ["new", "new"]


def test_other_weights_have_another_fingerprint(tiny_model, benchmark, tmp_path):
    model = shutil.copytree(tiny_model, tmp_path / "model")
    before = resume.fingerprint_inputs(model, benchmark, {})
    os.utime(model / "model.safetensors", ns=(1, 1))
    assert resume.fingerprint_inputs(model, benchmark, {}) != before


def test_a_tokenizer_with_more_pieces_than_rows_is_refused_before_weights_are_read(
    tiny_model, tmp_path, monkeypatch
):
    monkeypatch.setattr(load, "load_weights", lambda *_: pytest.fail("weights were read"))
    model = shutil.copytree(tiny_model, tmp_path / "model")
    tokenizer = read_json(model / "tokenizer.json")
    count = len(tokenizer["model"]["vocab"])
    missing = read_json(model / "config.json")["vocab_size"] - count
    tokenizer["added_tokens"] += [
        {**tokenizer["added_tokens"][0], "id": count + number, "content": f"<extra{number}>"}
        for number in range(missing + 1)
    ]
    write_json(model / "tokenizer.json", tokenizer)
    with pytest.raises(InputError, match="embedding rows"):
        load_model(model)


@pytest.mark.parametrize(
    ("records", "message"),
    [
        ([], "empty"),
        (
            [{"id": "a", "task": "choice"}],
            f"1: task 'choice', expected {' or '.join(map(repr, tasks_answered_by('generate')))}$",
        ),
    ],
)
def test_bad_benchmarks_get_one_line(tiny_model, tmp_path, records, message):
    write_jsonl(tmp_path / "b.jsonl", records)
    with pytest.raises(InputError, match=message) as caught:
        generate_to(tmp_path / "p.jsonl", tiny_model, tmp_path / "b.jsonl")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "p.jsonl").exists()


def write_choices(path, **fields):
    records = [
        {
            "id": f"q{number}",
            "task": "choice",
            "instruction": "Answer.",
            "input": f"{number}?\nA. sea\nB. moon",
            "output": "moon",
            "choices": ["sea", "moon"],
            "answer": 1,
        }
        | fields
        for number in range(3)
    ]
    write_jsonl(path, records)
    return path


def test_choices_that_are_written_are_read_and_those_that_are_not_are_counted(
    tiny_model, tmp_path, monkeypatch, caplog
):
    texts = iter(["The answer is B.", "A sea of words", "A"])
    monkeypatch.setattr(Ending, "read", lambda *_: next(texts, "again"))
    caplog.set_level("INFO", "lingraft")
    output = tmp_path / "p.jsonl"
    words = arguments(tiny_model, write_choices(tmp_path / "b.jsonl"), output, limit=4)
    words += ["--answer", '{"way": "generate"}']
    generate.main(generate.parser().parse_args(words))
    found = {record["written"]: record["prediction"] for record in read_jsonl(output)}
    assert found == {"The answer is B.": 1, "A sea of words": -1, "A": 0}
    (unread,) = (record["id"] for record in read_jsonl(output) if record["prediction"] == -1)
    settings = read_json(f"{output}.meta.json")["settings"]
    assert (settings["unread"], settings["answer"]) == ([unread], {"way": "generate"})
    assert f"1 of 3 answers name no choice: {unread}" in caplog.text


def test_no_label_beyond_a_records_choices_is_written(tiny_model, tmp_path):
    words = arguments(tiny_model, write_choices(tmp_path / "b.jsonl"), tmp_path / "p.jsonl")
    words += ["--answer", json.dumps({"way": "generate", "labels": list("ABCDEFGHIJKLMNOPQ")})]
    generate.main(generate.parser().parse_args(words))
    assert {one["written"] for one in read_jsonl(tmp_path / "p.jsonl")} <= {"A", "B"}


def test_choices_are_not_written_where_the_benchmark_does_not_say_so(tiny_model, tmp_path):
    with pytest.raises(InputError, match="task 'choice', expected 'answer'"):
        generate_to(tmp_path / "p.jsonl", tiny_model, write_choices(tmp_path / "b.jsonl"))


def test_one_choice_is_refused_before_a_model_is_loaded(tmp_path):
    benchmark = write_choices(tmp_path / "b.jsonl", choices=["moon"])
    words = arguments(tmp_path / "none", benchmark, tmp_path / "p.jsonl")
    with pytest.raises(InputError, match=r"b\.jsonl:1: choices \['moon'\], expected two"):
        generate.main(generate.parser().parse_args([*words, "--answer", '{"way": "generate"}']))


def test_predictions_say_how_many_answers_differ_in_smaller_batches(
    tiny_model, benchmark, tmp_path
):
    output = generate_to(tmp_path / "p.jsonl", tiny_model, benchmark, batch_size=8, limit=4)
    settings = read_json(f"{output}.meta.json")["settings"]
    assert settings["differing"] == {"answers": 0, "of": 2, "batch": 2}


def test_deterministic_predictions_are_the_same_bytes_whatever_the_batch(
    tiny_model, benchmark, tmp_path
):
    found = []
    for size in (1, 3, 16):
        output = tmp_path / f"{size}.jsonl"
        words = arguments(tiny_model, benchmark, output, size, limit=8)
        words += ["--deterministic", "--dtype", "bfloat16"]
        generate.main(generate.parser().parse_args(words))
        found.append(output.read_bytes())
        settings = read_json(f"{output}.meta.json")["settings"]
        assert settings["deterministic"] and "differing" not in settings
    assert len(set(found)) == 1
