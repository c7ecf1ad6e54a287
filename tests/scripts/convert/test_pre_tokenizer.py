"""The name that llama.cpp has for a way to split text; what Ollama is told of a format."""

import pytest

from scripts.convert.modelfile import write_modelfile
from scripts.convert.pre_tokenizer import name_splitting
from scripts.study.prompts import PromptFormat, get_format

BYTES = {"type": "ByteLevel", "add_prefix_space": False, "use_regex": True}
PLAIN = BYTES | {"use_regex": False}
# As in the tokenizer.json of Llama 3 and of Qwen 2.5.
LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
QWEN = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")


def split(pattern: str) -> dict:
    return {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}


def sequence(*steps: dict) -> dict:
    return {"type": "Sequence", "pretokenizers": list(steps)}


DIGITS = {"type": "Digits", "individual_digits": True}


@pytest.mark.parametrize(
    ("steps", "name"),
    [
        (BYTES, "gpt-2"),
        (sequence(BYTES), "gpt-2"),
        (sequence(DIGITS, BYTES), "smollm"),
        (sequence(split(LLAMA3), PLAIN), "llama-bpe"),
        (sequence(split(QWEN), PLAIN), "qwen2"),
        (sequence(split("other"), PLAIN), None),
        (sequence(DIGITS | {"individual_digits": False}, BYTES), None),
        (BYTES | {"add_prefix_space": True}, None),
        (PLAIN, None),
        (None, None),
    ],
)
def test_a_name_is_read_off_the_steps(steps, name):
    assert name_splitting({"pre_tokenizer": steps, "normalizer": None}) == name


def test_another_normalizer_than_nfc_has_no_name():
    assert name_splitting({"pre_tokenizer": BYTES, "normalizer": {"type": "NFC"}}) == "gpt-2"
    assert name_splitting({"pre_tokenizer": BYTES, "normalizer": {"type": "Lowercase"}}) is None


def test_ollama_gets_the_form_of_a_turn():
    assert write_modelfile("m.gguf", get_format("chatml"), "</s>") == (
        'FROM ./m.gguf\nTEMPLATE """{{ if .System }}<|im_start|>system\n{{ .System }}<|im_end|>\n'
        "{{ end }}{{ if .Prompt }}<|im_start|>user\n{{ .Prompt }}<|im_end|>\n{{ end }}"
        '<|im_start|>assistant\n{{ .Response }}<|im_end|>\n"""\n'
        'PARAMETER stop "<|im_end|>"\nPARAMETER temperature 0\n'
    )
    text = write_modelfile("m.gguf", PromptFormat("{instruction}", "{eos}"), "</s>")
    assert '"""{{ if .Prompt }}{{ .Prompt }}{{ end }}{{ .Response }}</s>"""' in text
