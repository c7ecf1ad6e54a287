"""A chat template's ids are those that a study trains and asks with."""

from pathlib import Path

import pytest
from jinja2.exceptions import TemplateError
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors

from scripts.common.errors import InputError
from scripts.convert.chat_template import (
    choose_template,
    closing_tokens,
    cut_opening,
    read_beginning,
    render_chat,
    write_template,
)
from scripts.pack.records import Record
from scripts.pack.rendering import Vocabulary, encode_responses
from scripts.pack.wording import Wording
from scripts.study.prompts import PromptFormat, get_format, load_prompts
from tests.support import pieces
from tests.support.extended_tokenizers import ENGLISH, chinese_lines, load, write_base

FORMS = sorted(load_prompts("formats"))
TURNS = [
    (f"{line}\n{other}", other.strip())
    for line, other in zip(ENGLISH * 10, chinese_lines(60), strict=True)
]
ASKS = {"dataset": "asks_en", "kind": "instruction", "side": None, "languages": ["en"]}


@pytest.fixture(scope="module", params=["bytes", "pieces"])
def folder(request, tmp_path_factory) -> Path:
    """A byte-level base, and one of SentencePiece's kind, whose prompts begin with <s>."""
    path = tmp_path_factory.mktemp(request.param) / "base"
    return write_base(path) if request.param == "bytes" else pieces.write_base(path)


def choose(folder: Path, form: PromptFormat) -> str:
    return choose_template(form, load(folder), Vocabulary.load(folder).eos_text, folder)


def train(folder: Path, form: PromptFormat, turns, given: str = "") -> list[list[int]]:
    """Return the ids that a study trains on, a turn each."""
    records = [
        Record(ASKS, {"id": "1", "instruction": asked, "input": given, "output": told}, 0, 0)
        for asked, told in turns
    ]
    found = encode_responses(iter(records), Vocabulary.load(folder), form, Wording())
    return [example.ids for example in found]


def chat(turns) -> list[dict[str, str]]:
    return [
        {"role": role, "content": text}
        for turn in turns
        for role, text in zip(("user", "assistant"), turn, strict=True)
    ]


@pytest.mark.parametrize("name", FORMS)
def test_every_prompt_has_the_ids_that_are_trained(folder, name):
    form, tokenizer = get_format(name), load(folder)
    template = choose(folder, form)
    for (asked, told), trained in zip(TURNS, train(folder, form, TURNS), strict=True):
        text = render_chat(template, [{"role": "user", "content": asked}])
        prompt = tokenizer.encode(text, add_special_tokens=False).ids
        assert trained[: len(prompt)] == prompt
        # What is left is the answer as it is trained, and its end.
        rest = Vocabulary.load(folder).encode([told])[0]
        assert trained[len(prompt) : len(prompt) + len(rest)] == rest


def test_a_long_conversation_is_the_trained_turns_one_after_the_other(folder):
    """Where markers that are tokens stand around each text, as in ChatML, all ids are the same."""
    form, tokenizer = get_format("chatml"), load(folder)
    if tokenizer.token_to_id("<|im_start|>") is None:
        tokenizer.add_special_tokens(["<|im_start|>", "<|im_end|>"])
    (between,) = (tokenizer.encode("\n", add_special_tokens=False).ids,)
    template = write_template(form, read_beginning(tokenizer), "<|im_end|>")
    whole = tokenizer.encode(
        render_chat(template, chat(TURNS), opened=False), add_special_tokens=False
    ).ids
    expected: list[int] = []
    begin = tokenizer.encode(read_beginning(tokenizer), add_special_tokens=False).ids
    for asked, told in TURNS:
        record = {"instruction": asked, "input": ""}
        prompt = tokenizer.encode(form.render(record), add_special_tokens=False).ids
        answer = tokenizer.encode(told + form.end, add_special_tokens=False).ids
        expected += [*(between if expected else begin), *prompt, *answer]
    if tokenizer.token_to_id("▁") is None:
        assert whole == expected
    else:  # SentencePiece writes a space in front of an answer that is tokenized by itself
        assert tokenizer.decode(whole) == tokenizer.decode(expected).replace(
            "assistant\n ", "assistant\n"
        )


def test_an_input_beside_a_message_takes_the_longer_form(folder):
    form = get_format("alpaca")
    message = {"role": "user", "content": "Sum up.", "input": "A text."}
    text = render_chat(choose(folder, form), [message])
    (trained,) = train(folder, form, [("Sum up.", "It.")], given="A text.")
    prompt = load(folder).encode(text, add_special_tokens=False).ids
    assert "paired with an input" in text and trained[: len(prompt)] == prompt


def test_system_messages_are_for_formats_that_have_them():
    message = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Who?"}]
    template = write_template(get_format("chatml"), "<s>", "</s>")
    assert render_chat(template, message) == (
        "<s><|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nWho?<|im_end|>\n"
        "<|im_start|>assistant\n"
    )
    assert render_chat(template, message[1:]).startswith("<s><|im_start|>user\nWho?")
    with pytest.raises(TemplateError, match="put its text in front of the question"):
        render_chat(write_template(get_format("billa"), "", "</s>"), message)
    with pytest.raises(TemplateError, match="found tool"):
        render_chat(template, [{"role": "tool", "content": "x"}])


def test_texts_with_braces_and_quotes_stay_as_they_are():
    form = PromptFormat('{query} "{{ x }}" {% y %}\\n \u2028\n', "</s>")
    message = [{"role": "user", "content": "{{ messages }} {query} \"'\\"}]
    expected = form.render({"instruction": message[0]["content"], "input": ""})
    assert render_chat(write_template(form, "", "</s>"), message) == expected


def first_tokenizer() -> Tokenizer:
    """Return a tokenizer that writes a space where a text begins, and `<s>` in front of prompts."""
    vocabulary = {
        name: number
        for number, name in enumerate(["<s>", "</s>", "▁", *map(chr, range(32, 127)), "\n"])
    }
    tokenizer = Tokenizer(models.BPE(vocabulary, [], unk_token="</s>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="first")
    tokenizer.add_special_tokens([AddedToken(name, special=True) for name in ("<s>", "</s>")])
    tokenizer.post_processor = processors.TemplateProcessing("<s> $A", special_tokens=[("<s>", 0)])
    return tokenizer


def test_a_space_that_only_a_beginning_gets_is_in_the_template(tmp_path):
    tokenizer = first_tokenizer()
    form = get_format("billa")
    template = choose_template(form, tokenizer, "</s>", tmp_path)
    text = render_chat(template, [{"role": "user", "content": "Who?"}])
    assert text == "<s> Human: Who?\nAssistant: "
    expected = tokenizer.encode("Human: Who?\nAssistant: ").ids
    assert tokenizer.encode(text, add_special_tokens=False).ids == expected


def test_where_no_template_has_the_ids_one_line_says_so(tmp_path):
    tokenizer = first_tokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        "<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 1)]
    )
    with pytest.raises(InputError, match="no chat template gives the study's ids"):
        choose_template(get_format("billa"), tokenizer, "</s>", tmp_path)
    with pytest.raises(InputError, match="does not end with"):
        cut_opening("{query}\n", "Assistant: ")


def test_an_answer_ends_at_the_formats_token_or_the_texts_end(folder):
    tokenizer, end = load(folder), Vocabulary.load(folder).eos_text
    last = tokenizer.token_to_id(end)
    assert closing_tokens(get_format("billa"), tokenizer, end) == [last]
    late = PromptFormat("{query}", "<|late|>")
    added = tokenizer.token_to_id("<|late|>")
    expected = [last] if added is None else [added, last]
    assert closing_tokens(late, tokenizer, end) == expected
