"""The format `chat` asks as the tokenizer's own template does, or says why it cannot."""

import shutil

import pytest
from transformers import AutoTokenizer

from scripts.common import limits
from scripts.common.errors import InputError
from scripts.common.files import read_json, read_jsonl, write_json, write_jsonl
from scripts.infer import generate
from scripts.infer.exemplars import Exemplars
from scripts.infer.prompts import encode_prompts
from scripts.pack.conversations import encode_dialogues
from scripts.pack.records import Record
from scripts.pack.rendering import Vocabulary
from scripts.pack.wording import Wording
from scripts.study.answer import Answer
from scripts.study.prompts import get_format
from tests.support import pieces
from tests.support.conversations import say

PLAIN = (
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
# As SmolLM2-Instruct's: a system message of its own where there is none.
SYSTEM = (
    "{% if messages[0]['role'] != 'system' %}{{ '<|im_start|>system\nBe brief.<|im_end|>\n' }}"
    "{% endif %}" + PLAIN
)
ZEPHYR = (
    "{% for message in messages %}\n{% if message['role'] == 'user' %}\n"
    "{{ '<|user|>\n' + message['content'] + eos_token }}\n"
    "{% elif message['role'] == 'assistant' %}\n"
    "{{ '<|assistant|>\n'  + message['content'] + eos_token }}\n{% endif %}\n"
    "{% if loop.last and add_generation_prompt %}\n{{ '<|assistant|>' }}\n{% endif %}\n{% endfor %}"
)
BOS = "{{ bos_token }}" + PLAIN
TEMPLATES = {"plain": PLAIN, "system": SYSTEM}
REFUSED = {
    "trims": (
        PLAIN.replace("m['content']", "m['content'] | trim"),
        "it changes a text, or what is",
    ),
    "leaves out": ("{{ messages[-1]['content'] }}", "leaves a text out"),
    "no end": ("{% for m in messages %}{{ m['content'] + '\n' }}{% endfor %}", "ends an answer"),
    "no template": ("{% for %}", "it is no template"),
    "fails": ("{{ raise_exception('no\nchat') }}", "no chat"),
    "reaches out": ("{{ ''.__class__.__mro__[1].__subclasses__() }}", "unsafe"),
    "first only": (
        PLAIN.replace("'<|im_start|>' +", "('' if loop.first else '#') + '<|im_start|>' +"),
        "a later question is not written as the first",
    ),
}
SOLVED = [
    {"id": f"e{n}", "instruction": f"{n} + {n}", "input": "", "output": str(2 * n)}
    for n in range(2)
]


def write(folder, template, source):
    """Copy a model or tokenizer with another chat template."""
    shutil.copytree(source, folder)
    (folder / "chat_template.jinja").write_text(template, encoding="utf-8")
    return folder


def messages(*texts):
    roles = ("user", "assistant")
    return [{"role": roles[n % 2], "content": text} for n, text in enumerate(texts)]


def ids_of(tokenizer, *texts):
    """Return what transformers makes of a conversation."""
    found = tokenizer.apply_chat_template(
        messages(*texts), add_generation_prompt=True, tokenize=True, return_dict=False
    )
    return list(found)


@pytest.mark.parametrize("name", TEMPLATES)
def test_prompts_are_those_of_transformers_token_by_token(tiny_model, tmp_path, name):
    folder = write(tmp_path / "model", TEMPLATES[name], tiny_model)
    form, tokenizer = get_format("chat", folder), AutoTokenizer.from_pretrained(folder)
    for text in ("What is it?", "  two  spaces\n\n", "{query} 床前明月光", "Why?\nSay it."):
        record = {"id": "a", "instruction": text, "input": ""}
        assert encode_prompts([record], form, tokenizer, 500).ids == [ids_of(tokenizer, text)]
        asked = encode_prompts([record], form, tokenizer, 500, Exemplars(SOLVED, 2, Answer()))
        assert asked.ids == [ids_of(tokenizer, "0 + 0", "0", "1 + 1", "2", text)]


def test_a_template_may_write_the_begin_of_text_token_that_the_tokenizer_writes(tmp_path):
    folder = write(tmp_path / "model", BOS, pieces.write_base(tmp_path / "base"))
    form, tokenizer = get_format("chat", folder), AutoTokenizer.from_pretrained(folder)
    (ids,) = encode_prompts(SOLVED[:1], form, tokenizer, 500).ids
    assert ids.count(tokenizer.bos_token_id) == 1 and ids[0] == tokenizer.bos_token_id
    folder = write(tmp_path / "other", PLAIN, tmp_path / "base")
    with pytest.raises(InputError, match="does not begin with <s>, which the tokenizer writes"):
        get_format("chat", folder)


def test_the_parts_of_a_template_are_read(tiny_model, tmp_path):
    form = get_format("chat", write(tmp_path / "one", SYSTEM, tiny_model))
    assert form.begin == "<|im_start|>system\nBe brief.<|im_end|>\n"
    assert form.system == "<|im_start|>system\n{system}<|im_end|>\n"
    assert (form.opening, form.end, form.between) == ("<|im_start|>assistant\n", "{eos}", "\n")
    zephyr = get_format("chat", write(tmp_path / "two", ZEPHYR, tiny_model))
    assert zephyr.prompt == "<|user|>\n{query}<|im_end|>\n<|assistant|>\n"
    assert (zephyr.end, zephyr.between) == ("{eos}", "\n")


@pytest.mark.parametrize("name", REFUSED)
def test_a_template_that_is_no_format_is_refused_in_one_line(tiny_model, tmp_path, name):
    template, message = REFUSED[name]
    with pytest.raises(InputError, match=message) as caught:
        get_format("chat", write(tmp_path / "model", template, tiny_model))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("program, message", [
    ("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
     "model: its chat template has not ended after 3 s"),
    ("{{ ('x' * 10 ** 10) | length }}", "model: its chat template .*: MemoryError"),
])  # fmt: skip
def test_a_template_is_bounded_in_time_and_memory(
    tiny_model, tmp_path, monkeypatch, program, message
):
    monkeypatch.setattr(limits, "TEMPLATE_SECONDS", 3)
    folder = write(tmp_path / "model", program + PLAIN, tiny_model)
    with pytest.raises(InputError, match=message):
        get_format("chat", folder)


def test_without_a_template_the_folder_is_named(tiny_model, tmp_path):
    folder = write(tmp_path / "model", PLAIN, tiny_model)
    (folder / "chat_template.jinja").unlink()
    config = read_json(folder / "tokenizer_config.json")
    config.pop("chat_template", None)
    write_json(folder / "tokenizer_config.json", config)
    with pytest.raises(InputError, match="model: found no chat template"):
        get_format("chat", folder)
    named = [{"name": "tool", "template": "x"}, {"name": "default", "template": PLAIN}]
    write_json(folder / "tokenizer_config.json", config | {"chat_template": named})
    assert get_format("chat", folder).end == "{eos}"


@pytest.mark.parametrize("name", TEMPLATES)
def test_training_writes_conversations_as_the_template_does(tiny_model, tmp_path, name):
    folder = write(tmp_path / "model", TEMPLATES[name], tiny_model)
    form, tokenizer = get_format("chat", folder), AutoTokenizer.from_pretrained(folder)
    part = {"dataset": "d_en", "kind": "chat", "side": None, "languages": ["en"]}
    talk = say("0 + 0", "0", "Why?", "So.")
    chat = Record(part, {"id": "0", "messages": talk}, 0, 0)
    (trained,) = encode_dialogues(iter([chat]), Vocabulary.load(folder), form, Wording())
    asked = ids_of(tokenizer, "0 + 0", "0", "Why?")
    assert trained.ids[: len(asked)] == asked


def test_a_benchmark_is_asked_by_the_template(tiny_model, tmp_path):
    folder = write(tmp_path / "model", SYSTEM, tiny_model)
    record = {"id": "a", "task": "open", "instruction": "Who?", "input": "", "output": ""}
    write_jsonl(tmp_path / "b.jsonl", [record])
    words = ["--model", folder, "--benchmark", tmp_path / "b.jsonl", "--format", "chat"]
    words += ["--output", tmp_path / "p.jsonl", "--max-new-tokens", 3]
    generate.main(generate.parser().parse_args(list(map(str, words))))
    assert read_jsonl(tmp_path / "p.jsonl")[0]["id"] == "a"
    settings = read_json(tmp_path / "p.jsonl.meta.json")["settings"]
    assert settings["prompt"].startswith("<|im_start|>system\nBe brief.")
