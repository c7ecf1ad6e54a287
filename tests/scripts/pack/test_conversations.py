"""Conversations are packed as a chat template asks, with the loss on their answers."""

import json
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from scripts.common.errors import InputError
from scripts.common.files import ROOT, read_json
from scripts.convert.chat_template import choose_template, render_chat, write_template
from scripts.data.corpora import write_corpus
from scripts.pack.conversations import encode_dialogues
from scripts.pack.packing import IGNORED, Row, fill_columns
from scripts.pack.records import Record
from scripts.pack.rendering import Example, Vocabulary, encode_responses, encode_texts
from scripts.pack.suffix import encode_suffixes
from scripts.pack.too_long import Lengths, fit
from scripts.pack.wording import Wording
from scripts.study.prompts import get_format, load_prompts
from tests.support import pieces
from tests.support.conversations import say
from tests.support.extended_tokenizers import ENGLISH, chinese_lines, load, write_base

CHAT = {"dataset": "talks_en", "kind": "chat", "side": None, "languages": ["en"]}
ASKS = CHAT | {"dataset": "asks_en", "kind": "instruction"}
FORMS = sorted(load_prompts("formats"))
LINES = [f"{one}\n{two}".strip() for one, two in pairwise([*ENGLISH[:4], *chinese_lines(3)])]
TALK = say(*LINES)


@pytest.fixture(scope="module", params=["bytes", "pieces"])
def folder(request, tmp_path_factory) -> Path:
    """A byte-level base, and one of SentencePiece's kind, whose prompts begin with <s>."""
    path = tmp_path_factory.mktemp(request.param) / "base"
    return write_base(path) if request.param == "bytes" else pieces.write_base(path)


@pytest.fixture(scope="module")
def vocabulary(tiny_model) -> Vocabulary:
    return Vocabulary.load(tiny_model)


def encode(vocabulary, form, *talks, **options) -> list[Example]:
    records = [Record(CHAT, {"id": str(n), "messages": talk}, n, 0) for n, talk in enumerate(talks)]
    return list(encode_dialogues(iter(records), vocabulary, form, Wording(), **options))


def labels(example: Example) -> list[int]:
    """Return what carries loss of an example, as packed rows have it."""
    row = Row()
    row.add(example)
    return fill_columns([row], len(example.ids), 0)["labels"][0].tolist()


def stretches(example: Example) -> list[list[int]]:
    """Return the stretches of tokens that carry loss."""
    found, inside = [], False
    for label in labels(example):
        if label != IGNORED and not inside:
            found.append([])
        inside = label != IGNORED
        if inside:
            found[-1].append(label)
    return found


@pytest.mark.parametrize("name", FORMS)
def test_one_turn_is_an_instruction(folder, name):
    vocabulary, form = Vocabulary.load(folder), get_format(name)
    (found,) = encode(vocabulary, form, say(LINES[0], LINES[1]))
    fields = {"id": "0", "instruction": LINES[0], "input": "", "output": LINES[1]}
    (asked,) = encode_responses(iter([Record(ASKS, fields, 0, 0)]), vocabulary, form, Wording())
    assert found == replace(asked, source="talks_en", record="talks_en:0")


@pytest.mark.parametrize("system", ["", "Be brief."])
@pytest.mark.parametrize("name", FORMS)
def test_every_question_has_the_ids_that_the_template_asks_with(folder, name, system):
    """Behind the history, too: from the end of one answer to the beginning of the next."""
    vocabulary, form, tokenizer = Vocabulary.load(folder), get_format(name), load(folder)
    talk = say(*LINES, system=system)
    (example,) = encode(vocabulary, form, talk)
    shown = talk
    if system and form.system is None:  # whose templates refuse one
        shown = say(f"{system}\n\n{LINES[0]}", *LINES[1:])
    template = choose_template(form, tokenizer, vocabulary.eos_text, folder)
    begins = [0, *(begin for begin, _ in example.gaps)]
    ends = [example.first, *(end for _, end in example.gaps)]
    asked = [n for n, turn in enumerate(shown, 1) if turn["role"] == "user"]
    assert len(begins) == len(asked) == 3
    for begin, end, number in zip(begins, ends, asked, strict=True):
        text = render_chat(template, shown[:number])
        prompt = tokenizer.encode(text, add_special_tokens=False).ids
        assert example.ids[begin:end] == prompt[begin - end :]
    assert len(prompt) > end - begin and example.ids[: ends[0]] == prompt[: ends[0]]


@pytest.mark.parametrize("name", FORMS)
def test_answers_and_their_ends_carry_loss_and_nothing_else(folder, name):
    vocabulary, form = Vocabulary.load(folder), get_format(name)
    hidden = vocabulary.records.hide(form.end.replace("{eos}", vocabulary.eos_text))
    (end,) = vocabulary.encode([hidden])
    answers = [[*ids, *end] for ids in vocabulary.encode(LINES[1::2])]
    for system in ("", "Be brief."):
        (example,) = encode(vocabulary, form, say(*LINES, system=system))
        assert stretches(example) == answers
        assert example.useful == sum(map(len, answers))
        (last,) = encode(vocabulary, form, say(*LINES, system=system), turns="last")
        assert last.ids == example.ids and stretches(last) == answers[-1:]
        assert last.useful == len(answers[-1])


@pytest.mark.parametrize("name", ["chatml", "alpaca", "brief"])
def test_a_whole_conversation_has_the_ids_of_apply_chat_template(tiny_model, vocabulary, name):
    from transformers import AutoTokenizer

    tokenizer, form = AutoTokenizer.from_pretrained(tiny_model), get_format(name)
    tokenizer.chat_template = write_template(form, "", vocabulary.eos_text)
    talks = [TALK, say(*LINES, system="Be brief.") if form.system else say(*LINES[:4])]
    for example, talk in zip(encode(vocabulary, form, *talks), talks, strict=True):
        found = tokenizer.apply_chat_template(talk, tokenize=True, return_dict=False)
        assert example.ids == found


def test_of_a_format_that_opens_with_a_space_the_text_is_the_templates(tiny_model, vocabulary):
    """BiLLa's answers are trained and asked for behind a space that a template's history joins."""
    form, tokenizer = get_format("billa"), vocabulary.tokenizer
    template = write_template(form, "", vocabulary.eos_text)
    (example,) = encode(vocabulary, form, TALK)
    text = tokenizer.decode(example.ids, skip_special_tokens=False)
    own = {private: name for name, private in vocabulary.records.private.items()}
    for private, name in own.items():
        text = text.replace(private, name)
    assert text == render_chat(template, TALK, opened=False)


def test_a_system_message_stands_where_the_format_has_it(vocabulary):
    decode = vocabulary.tokenizer.decode
    talk = say("Who {system}?", "I.", system="Be {query} brief.")
    for name, expected in (
        ("chatml", "system\nBe {query} brief.\nuser\nWho {system}?\nassistant\n"),
        ("billa", "Human: Be {query} brief.\n\nWho {system}?\nAssistant: "),
        ("brief", "Be {query} brief.\n\nWho {system}?\n"),
    ):
        (example,) = encode(vocabulary, get_format(name), talk)
        assert decode(example.ids[: example.first]) == expected


def test_names_of_special_tokens_stay_text_in_every_turn(vocabulary):
    special = {vocabulary.records.find(name) for name in vocabulary.records.private}
    plain, *named = (
        encode(vocabulary, get_format("chatml"), talk)[0]
        for talk in (
            say("Who?", "I.", "Why?", "So."),
            say("<|im_end|>Who?", "I.", "Why?", "So."),
            say("Who?", "I.<|im_end|>", "Why?", "So."),
            say("Who?", "I.", "<|im_start|>Why?", "So."),
            say("Who?", "I.", "Why?", "So.<|endoftext|>"),
        )
    )
    count = sum(token in special for token in plain.ids)
    for example in named:
        assert example.marked and not plain.marked
        assert sum(token in special for token in example.ids) == count
        assert len(example.ids) > len(plain.ids)


def test_a_long_conversation_loses_its_end_and_a_question_without_an_answer(vocabulary):
    (whole,) = encode(vocabulary, get_format("chatml"), TALK)
    (begin, end), (later, _) = whole.gaps
    for length in range(whole.first + 1, len(whole.ids)):
        lengths = Lengths(length)
        (kept,) = fit([whole], "truncate", lengths)
        stop = begin if begin <= length <= end else length
        stop = later if length >= later and length <= whole.gaps[1][1] else stop
        assert kept.ids == whole.ids[:stop] and lengths.cut["talks_en"] == 1
        assert labels(kept) == labels(whole)[:stop]
        assert kept.useful == sum(label != IGNORED for label in labels(kept)) > 0
    assert not list(fit([whole], "truncate", Lengths(whole.first)))
    lengths = Lengths(len(whole.ids) - 1)
    assert not list(fit([whole], "drop", lengths)) and lengths.dropped["talks_en"] == 1


def test_pieces_keep_what_carries_loss(vocabulary):
    (whole,) = encode(vocabulary, get_format("chatml"), TALK)
    for start in range(whole.first - 20, len(whole.ids)):
        piece = whole.piece(start, start + 40)
        expected = labels(whole)[start : start + 40]
        assert labels(piece)[1:] == expected[1:]
        assert piece.useful == sum(label != IGNORED for label in labels(piece))


def test_instructions_and_conversations_share_a_group(vocabulary):
    form = get_format("chatml")
    fields = {"instruction": LINES[0], "input": "", "output": LINES[1]}
    records = [
        Record(CHAT, {"id": str(n), "messages": TALK}, n, 0)
        if n % 3
        else Record(ASKS, {"id": str(n), **fields}, n, 0)
        for n in range(7)
    ]
    found = list(encode_dialogues(iter(records), vocabulary, form, Wording()))
    assert [example.record for example in found] == [record.name for record in records]
    assert [len(example.gaps) for example in found] == [0, 2, 2, 0, 2, 2, 0]


def test_as_text_it_is_its_turns_and_as_one_text_or_a_suffix_it_is_refused(vocabulary):
    record = Record(CHAT, {"id": "0", "messages": say("Who?", "I.", system="Be brief.")}, 0, 0)
    (example,) = encode_texts(iter([record]), vocabulary)
    assert vocabulary.tokenizer.decode(example.ids) == "Be brief.\nWho?\nI."
    with pytest.raises(InputError, match="--join: conversations"):
        encode_dialogues(iter([record]), vocabulary, get_format("chatml"), Wording(), join=True)
    with pytest.raises(InputError, match="talks_en: the objective 'suffix'"):
        list(encode_suffixes(iter([record]), vocabulary, Wording(), "truncate", Lengths(64)))


def test_the_script_packs_them_among_others(tiny_model, tmp_path):
    talks = [{"id": str(n), "messages": say(*LINES[: 2 + n % 2 * 2])} for n in range(20)]
    asks = [{"id": str(n), "instruction": "Who?", "input": "", "output": "I."} for n in range(20)]
    write_corpus(tmp_path / "talks_en.parquet", "chat", talks)
    write_corpus(tmp_path / "asks_en.parquet", "instruction", asks)
    parts = [part | {"names": ["English"], "start": 0, "stop": None} for part in (CHAT, ASKS)]
    found = {}
    for turns in ("all", "last"):
        command = [sys.executable, "-m", "scripts.pack.pack_examples", "--tokenizer", tiny_model,
                   "--corpora", tmp_path / "talks_en.parquet", tmp_path / "asks_en.parquet",
                   "--mixture", json.dumps([{"name": "all", "weight": None, "parts": parts}]),
                   "--objective", "response", "--format", "chatml", "--length", "1024",
                   "--batch", "1", "--epochs", "1", "--seed", "1", "--turns", turns,
                   "--output", tmp_path / turns]  # fmt: skip
        subprocess.run([*map(str, command)], cwd=ROOT, check=True, capture_output=True)
        manifest = read_json(tmp_path / turns / "manifest.json")
        with pa.OSFile(str(tmp_path / turns / "rows.arrow")) as file:
            rows = pa.ipc.open_stream(file).read_all()
        marked = np.array(rows["labels"].to_pylist()) != IGNORED
        assert marked.sum(1).tolist() == rows["useful_tokens"].to_pylist()
        assert marked.sum() == manifest["useful_tokens"]
        assert {name: one["records"] for name, one in manifest["sources"].items()} == {
            "talks_en": 20, "asks_en": 20,
        }  # fmt: skip
        found[turns] = manifest["sources"]
    assert found["all"]["asks_en"] == found["last"]["asks_en"]
    assert found["all"]["talks_en"]["tokens"] == found["last"]["talks_en"]["tokens"]
    assert found["all"]["talks_en"]["useful_tokens"] > found["last"]["talks_en"]["useful_tokens"]
