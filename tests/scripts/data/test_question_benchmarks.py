"""Every benchmark that the mirror holds is built as its task needs, answered and scored."""

import re
from functools import cache

import pytest

from scripts.common.files import read_json, read_jsonl
from scripts.infer import generate, rank_choices
from scripts.infer.load import load_model
from scripts.infer.prompts import encode_prompts
from scripts.study.prompts import get_format, load_prompts
from scripts.study.tasks import TASKS
from tests.support.benchmark_counts import PAGE, names_held, table
from tests.support.mirror import REGISTRY, build, has
from tests.support.scoring import score

NAMES = names_held()
EXTRA = {
    "choice": {"context", "choices", "answer"},
    "answer": {"context", "references"},
    "number": {"references"},
    "simplification": {"references"},
    "open": {"category"},
    "translation": {"references"},
}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Return a function that builds a benchmark once."""
    folder = tmp_path_factory.mktemp("benchmarks")

    @cache
    def once(name):
        if not has(REGISTRY.benchmark(name).dataset.name):
            pytest.skip("LINGRAFT_MIRROR does not name a folder with this data set")
        return build(name, folder)

    return once


@pytest.mark.parametrize("name", NAMES)
def test_records_have_what_their_task_needs(built, name):
    records = read_jsonl(built(name))
    task = REGISTRY.benchmark(name).task
    needed = {"id", "task", "instruction", "input", "output"} | EXTRA[task]
    for record in records:
        assert needed <= set(record) <= needed | {"references", "category"}
        assert record["instruction"] and record["task"] == task
    assert any("category" in record for record in records) == (task == "open" or "xcopa" in name)


@pytest.mark.parametrize("name", NAMES)
def test_a_tiny_model_answers_and_is_scored(tiny_model, built, tmp_path, name):
    benchmark, output = built(name), tmp_path / "p.jsonl"
    options = ["--model", str(tiny_model), "--benchmark", str(benchmark), "--format", "chatml"]
    options += ["--limit", "4", "--batch-size", "4", "--output", str(output)]
    generated = TASKS[REGISTRY.benchmark(name).task].answered_by == "generate"
    script = generate if generated else rank_choices
    options += ["--max-new-tokens", "8"] if script is generate else []
    script.main(script.parser().parse_args(options))
    asked = {record["id"]: record for record in read_jsonl(benchmark)}
    answers = read_jsonl(output)
    assert len(answers) == 4
    for answer in answers:
        assert answer.items() >= asked[answer["id"]].items()
        assert isinstance(answer["prediction"], str if script is generate else int)
    assert read_json(f"{output}.meta.json")["settings"]["limit"] == 4
    language = REGISTRY.benchmark(name).languages[-1]
    options = [
        "--target-language",
        language,
        "--tokenize",
        REGISTRY.languages[language]["sacrebleu"],
    ]
    for metric in REGISTRY.benchmark(name).entry["metrics"]:
        found = score(output, metric, *options)
        assert found["n"] == 4 and 0 <= found["score"] <= 100


@pytest.mark.skipif(not NAMES, reason="LINGRAFT_MIRROR does not name a folder with benchmarks")
def test_the_page_has_the_number_of_records(built):
    counts = {name: len(read_jsonl(built(name))) for name in NAMES}
    assert table(counts) in PAGE.read_text(encoding="utf-8")


def test_no_option_begins_with_its_letter_twice(built):
    records = read_jsonl(built("logiqa_zh"))
    lettered = re.compile(r"^([A-D])\. [(（]?\1[.．]", re.MULTILINE)
    assert len(records) == 1593 and not [r for r in records if lettered.search(r["input"])]
    assert records[0]["choices"][0] in records[0]["input"]
    assert all(record["output"] == record["choices"][record["answer"]] for record in records)
    # Published as "A.职业与事业".
    asked = next(record for record in records if "职业与事业" in record["choices"])
    assert asked["input"].splitlines()[-4] == "A. 职业与事业"


def test_a_listed_choice_has_the_question_and_the_options_last(built):
    record = read_jsonl(built("c3-d_zh"))[0]
    assert record["input"].splitlines()[-5:] == [
        "他们在谈论什么?",
        "A. 旅行",
        "B. 坏境",
        "C. 工作",
        "D. 家庭",
    ]
    assert record["instruction"] == load_prompts("tasks")["listed_choice"]["zh"]
    unlisted = read_jsonl(built("xcopa_tr"))[0]
    assert unlisted["input"].splitlines()[1:] == ["Bunun sonucunda ne oldu?"]


def test_a_dialogue_longer_than_the_window_keeps_its_question(tiny_model, built):
    _, tokenizer, _ = load_model(tiny_model)
    records = sorted(read_jsonl(built("c3-d_zh")), key=lambda record: -len(record["context"]))[:8]
    room = 480
    prompts = encode_prompts(records, get_format("chatml"), tokenizer, room)
    assert prompts.cut == [record["id"] for record in records]
    for record, ids in zip(records, prompts.ids, strict=True):
        text = tokenizer.decode(ids)
        _, question = record["input"].split(record["context"])
        assert text.startswith(f"<|im_start|>user\n{record['instruction']}\n")
        assert text.endswith(f"{question}<|im_end|>\n<|im_start|>assistant\n")
        assert record["context"][-20:] in text and record["context"][:20] not in text
        assert len(ids) <= room


CODES = ("en", "ar", "el", "hi", "tr", "vi", "zh")
PAIRS = [f"flores_{source}-{target}" for source in CODES for target in CODES if source != target]


@pytest.mark.parametrize("name", PAIRS)
def test_flores_goes_from_every_language_into_every_other(built, name):
    source, target = name.removeprefix("flores_").split("-")
    there, back = (
        read_jsonl(built(pair))
        for pair in (f"flores_{source}-{target}", f"flores_{target}-{source}")
    )
    assert len(there) == 1012
    assert [r["input"] for r in there] == [r["references"][0] for r in back]


@pytest.mark.parametrize("code", CODES)
def test_xquad_asks_the_same_questions_in_every_language(built, code):
    records = read_jsonl(built(f"xquad_{code}"))
    english = read_jsonl(built("xquad_en"))
    assert [record["id"] for record in records] == [record["id"] for record in english]
    assert len(records) == 1190
    assert all(answer in r["context"] for r in records for answer in r["references"])
