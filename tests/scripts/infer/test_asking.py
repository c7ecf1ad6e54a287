"""What a model writes before it answers: reasoning, translations; the same if it was killed."""

import json

import pytest

from scripts.common.errors import InputError
from scripts.common.files import read_json, read_jsonl, write_jsonl
from scripts.infer import answer_benchmarks, explain_case, generate, rank_choices, resume, steps
from scripts.infer.asking import fit
from scripts.infer.load import load_model
from scripts.infer.record_text import record_tokenizer
from scripts.infer.translate import list_lines, translate_record
from scripts.study.prompts import get_format, load_prompts

ZH = load_prompts("tasks")["listed_choice"]["zh"]


def question(number, **fields):
    return {
        "id": f"q{number}",
        "task": "choice",
        "instruction": ZH,
        "input": f"故事{number}\n谁来了？\nA. 船{number}\nB. 月亮",
        "output": "月亮",
        "context": f"故事{number}",
        "choices": [f"船{number}", "月亮"],
        "answer": 1,
        **fields,
    }


def ask(script, model, folder, answer, *more, output="p.jsonl"):
    write_jsonl(folder / "quiz_zh.jsonl", [question(number) for number in range(5)])
    words = ["--model", model, "--benchmark", folder / "quiz_zh.jsonl", "--format", "chatml"]
    words += ["--output", folder / output, "--answer", answer, "--batch-size", 2]
    words += ["--dtype", "float32", *more]
    script.main(script.parser().parse_args(list(map(str, words))))
    return read_jsonl(folder / output)


@pytest.fixture(scope="module")
def loaded(tiny_model):
    model, tokenizer, _ = load_model(tiny_model, "float32")
    return model, tokenizer


def greedy(loaded, ids, limit):
    """Return the likeliest continuation by plain passes, as text."""
    import torch

    model, tokenizer = loaded
    answer: list[int] = []
    with torch.inference_mode():
        while len(answer) < limit and tokenizer.eos_token_id not in answer:
            whole = torch.tensor([ids + answer])
            answer.append(int(model(input_ids=whole, use_cache=False).logits[0, -1].argmax()))
    return tokenizer.decode(answer, skip_special_tokens=True).split("<|im_end|>")[0].strip()


def test_an_answer_follows_the_reasoning_and_its_cue(tiny_model, tmp_path, loaded):
    _, tokenizer = loaded
    reader = record_tokenizer(tokenizer)
    answer = '{"way": "generate", "reasoning": 6}'
    found = ask(generate, tiny_model, tmp_path, answer, "--max-new-tokens", 4)
    for record in found:
        prompt = tokenizer(get_format("chatml").render(record))["input_ids"]
        assert record["reasoning"] == greedy(loaded, prompt, 6)
        (behind,) = reader.encode([f"{record['reasoning']}\n因此，答案是"])
        assert record["written"] == greedy(loaded, prompt + behind, 4)
    assert read_json(tmp_path / "p.jsonl.meta.json")["settings"]["cue"] == "因此，答案是"
    assert not list(tmp_path.glob(".*partial*"))


def test_choices_are_ranked_behind_the_reasoning(tiny_model, tmp_path, loaded):
    import torch

    model, tokenizer = loaded
    reader = record_tokenizer(tokenizer)
    found = ask(rank_choices, tiny_model, tmp_path, '{"rank_by": "sum", "reasoning": 5}')
    for record in found:
        prompt = tokenizer(get_format("chatml").render(record))["input_ids"]
        (behind,) = reader.encode([f"{record['reasoning']}\n因此，答案是"])
        whole = prompt + behind
        for choice, score in zip(reader.encode(record["choices"]), record["scores"], strict=True):
            with torch.inference_mode():
                logits = model(input_ids=torch.tensor([whole + choice])).logits[0].float()
            nats = logits[len(whole) - 1 : -1].log_softmax(-1)
            expected = sum(nats[n, token].item() for n, token in enumerate(choice))
            assert score == pytest.approx(expected, abs=1e-4)


def test_what_is_too_long_loses_the_end_of_the_reasoning():
    assert fit([1, 2, 3, 8, 9], [8, 9], 4) == [1, 2, 8, 9]
    assert fit([1, 8, 9], [8, 9], 4) == [1, 8, 9]


@pytest.mark.parametrize(("script", "limit"), [(generate, 450), (rank_choices, 490)])
def test_reasoning_that_leaves_no_room_for_a_prompt_is_refused(tiny_model, tmp_path, script, limit):
    answer = {"reasoning": limit} | ({"way": "generate"} if script is generate else {})
    with pytest.raises(InputError, match=f"answer.reasoning: {limit} tokens and its cue leave no"):
        ask(script, tiny_model, tmp_path, json.dumps(answer))


def test_a_line_that_is_cut_before_it_is_translated_is_counted(tiny_model, tmp_path, monkeypatch):
    whole = question(0)
    monkeypatch.setattr(
        "tests.scripts.infer.test_asking.question",
        lambda number: whole | {"id": f"q{number}", "input": "谁" * (600 if number == 3 else 3)},
    )
    answer = '{"way": "generate", "translate_then_answer": true}'
    ask(generate, tiny_model, tmp_path, answer, "--language", "Chinese")
    settings = read_json(f"{tmp_path / 'p.jsonl'}.meta.json")["settings"]
    assert settings["cut"] == ["q3"]


@pytest.mark.parametrize("step", ["translation", "reasoning"])
def test_a_step_that_was_stopped_goes_on_to_the_same_answers(
    tiny_model, tmp_path, monkeypatch, step
):
    answer = '{"way": "generate", "reasoning": 5, "translate_then_answer": true}'
    more = ("--max-new-tokens", 4, "--language", "Chinese")
    monkeypatch.setattr("scripts.infer.answering.GROUP", 1)
    whole = ask(generate, tiny_model, tmp_path / "whole", answer, *more)
    written = []

    def stop(output, mark, batches, predict, label, unit="records"):
        def once(rows, done):
            if label == step and len(written) == 1:
                raise KeyboardInterrupt
            written.append(rows)
            return predict(rows, done)

        written.clear()
        return resume.predict_batches(output, mark, batches, once, label, unit)

    with monkeypatch.context() as patch:
        patch.setattr(steps, "predict_batches", stop)
        with pytest.raises(KeyboardInterrupt):
            ask(generate, tiny_model, tmp_path / "killed", answer, *more)
    assert (tmp_path / f"killed/.p.{step}.partial.jsonl").exists()
    assert ask(generate, tiny_model, tmp_path / "killed", answer, *more) == whole
    assert not list((tmp_path / "killed").glob(".*partial*"))


def test_a_record_is_translated_line_by_line_and_answered_in_english(
    tiny_model, tmp_path, monkeypatch
):
    seen = []

    def write(inference, step, asked, loaded, form, limit):
        _, names = asked
        seen.extend(names)
        return [f"<{name}>" if name != "谁来了？" else "" for name in names]

    monkeypatch.setattr("scripts.infer.translate.write_first", write)
    answer = '{"translate_then_answer": true}'
    found = ask(rank_choices, tiny_model, tmp_path, answer, "--language", "Chinese")
    assert len(seen) == len(set(seen)) == 12  # five stories, five boats, one question, one moon
    english = load_prompts("tasks")["listed_choice"]["en"]
    assert found[1]["translated"] == {
        "instruction": english,
        "input": "<故事1>\n谁来了？\nA. <船1>\nB. <月亮>",
        "choices": ["<船1>", "<月亮>"],
    }
    assert found[1]["input"] == question(1)["input"] and found[1]["choices"] == ["船1", "月亮"]
    settings = read_json(tmp_path / "p.jsonl.meta.json")["settings"]
    assert settings["request"] == "Translate from Chinese to English."


def test_an_open_question_is_its_instruction_and_a_dictionarys_choices_stay():
    asked = {"instruction": "为什么？\n\n42", "input": "", "choices": ["sea"]}
    assert list(list_lines(asked)) == ["为什么？"]
    found = translate_record(asked, {"为什么？": "Why?"})
    assert (found["instruction"], found["choices"]) == ("Why?\n\n42", ["sea"])


def test_without_the_language_nothing_is_loaded(tmp_path):
    with pytest.raises(InputError, match="--language: found none"):
        ask(rank_choices, tmp_path / "none", tmp_path, '{"translate_then_answer": true}')


def test_one_process_answers_so_too(tiny_model, tmp_path):
    write_jsonl(tmp_path / "quiz_zh.jsonl", [question(number) for number in range(2)])
    words = ["--model", tiny_model, "--benchmark", tmp_path / "quiz_zh.jsonl"]
    words += ["--format", "chatml", "--output", tmp_path / "p.jsonl", "--language", "Chinese"]
    words += ["--answer", '{"translate_then_answer": true, "reasoning": 3}']
    answer_benchmarks.main([answer_benchmarks.parser().parse_args(list(map(str, words)))])
    assert all(
        {"translated", "reasoning"} <= record.keys() for record in read_jsonl(tmp_path / "p.jsonl")
    )


@pytest.mark.parametrize("way", ["rank", "generate"])
def test_a_case_is_asked_behind_what_was_written_before(tiny_model, tmp_path, way):
    answer = f'{{"way": "{way}", "translate_then_answer": true, "reasoning": 3}}'
    script = rank_choices if way == "rank" else generate
    more = ["--max-new-tokens", 4] if way == "generate" else []
    found = ask(script, tiny_model, tmp_path, answer, "--language", "Chinese", *more)
    words = ["--model", tiny_model, "--benchmark", tmp_path / "quiz_zh.jsonl", "--format", "chatml"]
    words += ["--predictions", tmp_path / "p.jsonl", "--id", "q3", "--answer", answer, *more]
    words += ["--language", "Chinese", "--dtype", "float32", "--output", tmp_path / "case.json"]
    explain_case.main(explain_case.parser().parse_args(list(map(str, words))))
    case = read_json(tmp_path / "case.json")
    assert case["equal"], case
    assert case["prompt"]["text"].endswith("Therefore, the answer is")
    assert found[3]["translated"]["instruction"] in case["prompt"]["text"]
    assert case["record"] == question(3)
