"""A case: the prompt and the answer of one record, token by token, as they were scored."""

import json

import pytest
import torch

from scripts.common.errors import InputError
from scripts.common.files import read_json, read_jsonl, write_jsonl
from scripts.convert.probe_texts import log_prob, plain_logits
from scripts.infer import answer_benchmarks, explain_case
from scripts.infer.case_file import WIDTH, format_json
from scripts.infer.load import load_model
from scripts.study.prompts import get_format

ODD = ["a/b.c", "x y", "$(touch boom)", "-n", "床前'\"", "100%", "{id}"]
RECORDS = {
    "sea_en-zh": [
        {"id": name, "task": "translation", "instruction": "Translate.", "input": f"Sea {number}.",
         "output": "海", "references": ["海", "大海"]}
        for number, name in enumerate(ODD)
    ],
    "words_zh": [
        {"id": f"w{number}", "task": "choice", "instruction": "", "input": f"{number}?",
         "output": "海", "choices": ["海", "a boat", "the moon, again"], "answer": 1}
        for number in range(4)
    ],
    "text_zh": [{"id": "t", "task": "text", "instruction": "", "input": "", "output": "",
                 "text": "床前明月光。" * 5}],
}  # fmt: skip
# One number type on every processor: what is computed in two ways is compared.
ASKED = ["--dtype", "float32", "--format", "chatml", "--batch-size", "4"]
RECORDS["written_zh"] = RECORDS["words_zh"]
OPTIONS = {
    "written_zh": [*ASKED, "--max-new-tokens", "12", "--answer", '{"way": "generate"}'],
    "sea_en-zh": [*ASKED, "--max-new-tokens", "12"],
    "words_zh": ASKED,
    "text_zh": ["--dtype", "float32", "--window", "16"],
}


@pytest.fixture(scope="module")
def folder(tiny_model, tmp_path_factory):
    """A folder with benchmarks, predictions of them, and a score of each record."""
    folder = tmp_path_factory.mktemp("cases")
    parser = answer_benchmarks.parser()
    several = []
    for name, records in RECORDS.items():
        write_jsonl(folder / f"benchmarks/{name}.jsonl", records)
        scores = [
            {"id": one["id"], "score": 1.5, "statistics": [number, 2]}
            for number, one in enumerate(records)
        ]
        write_jsonl(folder / f"records/{name}.chrf.jsonl", scores)
        output = folder / f"predictions/{name}.jsonl"
        words = ["--model", tiny_model, "--benchmark", folder / f"benchmarks/{name}.jsonl"]
        words += ["--output", output, *OPTIONS[name]]
        several.append(parser.parse_args(list(map(str, words))))
    answer_benchmarks.main(several)
    return folder


@pytest.fixture(scope="module")
def loaded(tiny_model):
    return load_model(tiny_model, "float32")


@pytest.fixture
def explain(tiny_model, folder, tmp_path):
    """A function that explains a record of a benchmark."""

    def explain(benchmark: str, name: str) -> dict:
        output = tmp_path / "case.json"
        words = ["--model", tiny_model, "--benchmark", folder / f"benchmarks/{benchmark}.jsonl"]
        words += ["--predictions", folder / f"predictions/{benchmark}.jsonl", f"--id={name}"]
        words += [*OPTIONS[benchmark], "--scored", f"chrf={folder}/records/{benchmark}.chrf.jsonl"]
        parser = explain_case.parser()
        explain_case.main(parser.parse_args([*map(str, words), "--output", str(output)]))
        return read_json(output)

    return explain


def test_every_step_is_that_of_a_plain_pass_and_the_answer_the_one_that_was_scored(
    explain, loaded, folder
):
    model, tokenizer, _ = loaded
    case = explain("sea_en-zh", "x y")
    (record,) = (r for r in read_jsonl(folder / "predictions/sea_en-zh.jsonl") if r["id"] == "x y")
    assert case["equal"] and case["answer"]["text"] == record["prediction"] == case["prediction"]
    assert len(case["answer"]["steps"]) == record["tokens"]
    prompt = get_format("chatml").render(record)
    ids = [token["id"] for token in case["prompt"]["tokens"]]
    assert (case["prompt"]["text"], case["prompt"]["cut"]) == (prompt, False)
    assert tokenizer.decode(ids) == "".join(t["text"] for t in case["prompt"]["tokens"]) == prompt
    answer = [step["id"] for step in case["answer"]["steps"]]
    expected = plain_logits(model, ids + answer)[len(ids) - 1 : -1].softmax(-1)
    for step, probabilities in zip(case["answer"]["steps"], expected, strict=True):
        assert step["rank"] == 1
        assert step["probability"] == pytest.approx(probabilities[step["id"]].item(), abs=2e-6)
        values, places = probabilities[: len(tokenizer)].topk(5)
        found = step["alternatives"]
        assert [one["probability"] for one in found] == pytest.approx(values.tolist(), abs=2e-6)
        assert found[0]["id"] == step["id"] == places[0]


def test_references_and_the_records_own_scores_are_there(explain):
    case = explain("sea_en-zh", "x y")
    assert case["references"] == ["海", "大海"]
    assert case["metrics"] == {"chrf": {"score": 1.5, "statistics": [1, 2]}}
    assert case["record"]["input"] == "Sea 1." and "prediction" not in case["record"]
    assert (case["id"], case["benchmark"], case["dtype"]) == ("x y", "sea_en-zh", "float32")


def test_each_choice_has_its_likelihood_token_by_token(explain, loaded, folder):
    model, _, _ = loaded
    case = explain("words_zh", "w2")
    (record,) = (r for r in read_jsonl(folder / "predictions/words_zh.jsonl") if r["id"] == "w2")
    prompt = [token["id"] for token in case["prompt"]["tokens"]]
    for choice, score in zip(case["choices"], record["scores"], strict=True):
        ids = [token["id"] for token in choice["tokens"]]
        assert choice["nats"] == pytest.approx(log_prob(model, prompt, ids), abs=1e-4)
        assert choice["nats"] == pytest.approx(sum(t["nats"] for t in choice["tokens"]), abs=1e-5)
        assert choice["score"] == pytest.approx(score, abs=1e-4) and choice["scored"] == score
    assert [choice["right"] for choice in case["choices"]] == [False, True, False]
    assert case["equal"] and case["answer"] == record["prediction"]
    likely = plain_logits(model, prompt)[-1].softmax(-1)
    assert case["instead"][0]["probability"] == pytest.approx(likely.max().item(), abs=2e-6)


def test_of_a_choice_that_is_written_each_step_is_told(explain, folder):
    case = explain("written_zh", "w1")
    record = read_jsonl(folder / "predictions/written_zh.jsonl")[1]
    assert case["equal"] and case["prediction"] == record["prediction"]
    assert case["answer"]["text"] == record["written"]
    assert len(case["answer"]["steps"]) == record["tokens"]
    assert case["references"] == ["a boat"] and "written" not in case["record"]


def test_each_token_of_a_text_has_its_likelihood(explain, folder):
    case = explain("text_zh", "t")
    (record,) = read_jsonl(folder / "predictions/text_zh.jsonl")
    assert len(case["text"]["tokens"]) == record["tokens"]
    total = -sum(token["nats"] for token in case["text"]["tokens"])
    assert total == pytest.approx(record["nats"], rel=1e-5)
    assert case["equal"]


@pytest.mark.parametrize("name", ODD)
def test_ids_of_odd_characters_are_found(explain, name):
    assert explain("sea_en-zh", name)["id"] == name


@pytest.mark.parametrize("name", ["a%2Fb.c", "%7Bid%7D", "x%20y"])
def test_an_id_may_be_percent_encoded(explain, name):
    assert explain("sea_en-zh", name)["id"] in ODD


def test_an_unknown_id_is_one_line_that_names_the_nearest(explain):
    with pytest.raises(InputError, match=r"jsonl: no record 'a/b\.d'; did you mean 'a/b\.c'\?$"):
        explain("sea_en-zh", "a/b.d")


def test_a_record_that_was_not_asked_is_told(folder, explain):
    path = folder / "benchmarks/sea_en-zh.jsonl"
    kept = read_jsonl(path)
    write_jsonl(path, [*kept, kept[0] | {"id": "more"}])
    with pytest.raises(InputError, match=r"record 'more' is not in the sample that was asked$"):
        explain("sea_en-zh", "more")
    write_jsonl(path, kept)


@pytest.mark.parametrize(
    ("benchmark", "change", "words"),
    [
        ("sea_en-zh", {"prediction": "another"}, "in its batch it was 'another'"),
        ("words_zh", {"prediction": -1}, "in its batch -1 was"),
        ("text_zh", {"nats": 7.0}, "in its batch it had 7"),
    ],
)
def test_another_answer_than_the_scored_one_is_told(folder, explain, benchmark, change, words):
    path = folder / f"predictions/{benchmark}.jsonl"
    before = path.read_bytes()
    try:
        write_jsonl(path, [one | change for one in read_jsonl(path)])
        case = explain(benchmark, RECORDS[benchmark][0]["id"])
    finally:
        path.write_bytes(before)
    assert not case["equal"] and words in case["difference"]


def test_what_fits_into_a_line_is_one():
    value = {"a": [{"id": 1, "text": "床\n"}] * 9, "b": [], "c": {"d": "x" * WIDTH}}
    text = format_json(value)
    assert json.loads(text) == value
    assert '    {"id": 1, "text": "床\\n"},' in text.splitlines()
    assert torch.tensor([len(line) for line in text.splitlines()]).max() < WIDTH + 20
