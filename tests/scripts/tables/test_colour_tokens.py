"""Sentences coloured by token: the right ones, every token in its place, readable colours."""

import html
import re

import pytest

from scripts.common.errors import InputError
from scripts.common.files import ROOT, read_jsonl
from scripts.report.page import make_environment, render_section
from scripts.report.sections import tokens as coloured
from scripts.tables import colour_tokens
from tests.support import pieces
from tests.support.extended_tokenizers import (
    ENGLISH,
    chinese_lines,
    encode,
    extend,
    load,
    write_base,
    write_texts,
)

CSS = (ROOT / "scripts/report/templates/report.css").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    base = write_base(folder / "base")
    chinese = write_texts(folder / "zh.parquet", chinese_lines())
    english = write_texts(folder / "en.parquet", [f"{line} Again." for line in ENGLISH])
    grafted = extend(base, folder / "grafted", {"zh": 100}, {"zh": [chinese]})
    return {"base": base, "grafted": grafted, "en": english, "zh": chinese, "folder": folder}


def colour(study, output, *texts, seed="7"):
    command = ["--tokenizers", f"base={study['base']}", f"grafted={study['grafted']}"]
    for language in texts or ("en", "zh"):
        command += ["--text", language, str(study[language])]
    command += ["--seed", seed, "--output", str(output)]
    colour_tokens.main(colour_tokens.parser().parse_args(command))
    return read_jsonl(output)


@pytest.fixture(scope="module")
def records(study):
    return colour(study, study["folder"] / "tokens.jsonl")


def test_twenty_sentences_four_of_them_english(records):
    assert [record["language"] for record in records] == ["en"] * 4 + ["zh"] * 16
    assert len({record["text"] for record in records}) == 20
    assert all(40 <= len(record["text"].encode()) <= 240 for record in records)


def test_languages_share_what_english_leaves():
    shares = colour_tokens.share_sentences(["en", "zh", "ar", "hi", "el", "tr", "vi"])
    assert shares == {"en": 4, "zh": 3, "ar": 3, "hi": 3, "el": 3, "tr": 2, "vi": 2}
    assert colour_tokens.share_sentences(["zh"]) == {"zh": 20}
    assert colour_tokens.share_sentences(["en"]) == {"en": 20}


def test_the_seed_alone_chooses(study, records, tmp_path):
    assert colour(study, tmp_path / "again.jsonl") == records
    assert colour(study, tmp_path / "other.jsonl", seed="8") != records


def test_tokens_are_those_of_each_tokenizer_and_new_ones_are_marked(study, records):
    base_size = load(study["base"]).get_vocab_size()
    for record in records:
        for name in ("base", "grafted"):
            ids = [token["id"] for token in record["tokenizers"][name]]
            assert ids == encode(load(study[name]), record["text"])
            assert [token["new"] for token in record["tokenizers"][name]] == [
                token >= base_size for token in ids
            ]
    assert any(token["new"] for token in records[-1]["tokenizers"]["grafted"])


def test_a_token_is_spelled_as_its_text_or_its_bytes(records):
    for record in records:
        for tokens in record["tokenizers"].values():
            for token in tokens:
                there = record["text"][token["start"] : token["end"]]
                assert token["text"] == there or re.fullmatch("(<0x[0-9A-F]{2}>)+", token["text"])


def test_pieces_join_to_the_sentence_and_hold_every_token(records):
    for record in records:
        for tokens in record["tokenizers"].values():
            shown = coloured.join_tokens(record["text"], tokens)
            assert "".join(piece.text for piece in shown) == record["text"]
            colours = [colour for piece in shown for colour in piece.colours]
            assert colours == [number % coloured.COLOURS for number in range(len(tokens))]


def test_tokens_that_share_a_character_share_a_piece():
    tokens = [
        {"start": start, "end": end, "id": 9, "text": text, "new": text == "<0xE4>"}
        for start, end, text in [(0, 1, "a"), (1, 3, " <0xE4>"), (2, 3, "<0xBD>"), (4, 5, "b")]
    ]
    tokens[1]["new"] = True
    shown = coloured.join_tokens("a 你\tb.", tokens)
    assert [piece.text for piece in shown] == ["a", " 你", "\t", "b", "."]
    assert [piece.colours for piece in shown] == [[0], [1, 2], [], [3], []]
    assert [piece.is_new for piece in shown] == [False, True, False, False, False]
    assert shown[1].title == "9:  <0xE4>\n9: <0xBD>"
    assert shown[1].background == (
        "linear-gradient(var(--along), var(--token-1) 0% 50%, var(--token-2) 50% 100%)"
    )


def test_sentencepieces_first_space_is_a_token_of_no_character(tmp_path):
    base = pieces.write_base(tmp_path / "base")
    text = "一艘船，两艘船，三艘船，四艘船，五艘船，六艘船。"
    study = {"base": base, "grafted": base, "zh": write_texts(tmp_path / "zh.parquet", [text])}
    record = colour(study, tmp_path / "tokens.jsonl", "zh")[0]
    first, second, *_ = coloured.join_tokens(record["text"], record["tokenizers"]["base"])
    assert (first.text, first.title[-3:], second.text) == ("·", ": ▁", "一")


def test_direction_is_that_of_most_letters():
    assert coloured.find_direction("Android: قارب صغير في البحر") == "rtl"
    assert coloured.find_direction("The word is قارب") == "ltr"


def luminance(colour: str) -> float:
    """Return a colour's relative luminance (WCAG 2.2)."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_text_stands_out_from_every_tokens_colour(theme):
    found = re.findall(r"--(text|token-\d): (#[0-9a-f]{6});", CSS)
    half = len(found) // 2
    colours = dict(found[theme * half : (theme + 1) * half])
    assert len(colours) == 1 + coloured.COLOURS
    text = luminance(colours.pop("text"))
    for colour in map(luminance, colours.values()):
        bright, dark = max(text, colour), min(text, colour)
        assert (bright + 0.05) / (dark + 0.05) >= 7  # WCAG's level AAA


def test_a_sentence_is_escaped(study, tmp_path):
    path, output = tmp_path / "zh.parquet", tmp_path / "tokens.jsonl"
    write_texts(path, ["<b title='x'>This is some English of a fair length</b>"])
    colour(study | {"zh": path}, output, "zh")
    colours = {"base": "#888888", "grafted": "#0077bb"}
    values = {"colours": colours} | coloured.show_coloured(output)
    page = render_section(make_environment(), "tokens", values)
    assert "title='x'" not in page and "<b title" not in page
    plain = html.unescape(re.sub("<[^>]*>", "", page))
    assert "<b title='x'>This is some English of a fair length</b>" in plain


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["short"], r"--text zh: .*text.parquet hold no sentence of 40 to 240 bytes"),
        (None, r"text.parquet: no column 'text'"),
    ],
)
def test_refusals(study, tmp_path, texts, message):
    path = tmp_path / "text.parquet"
    write_texts(path, texts or ["x"], column="text" if texts else "target")
    with pytest.raises(InputError, match=message):
        colour(study | {"zh": path}, tmp_path / "tokens.jsonl", "zh")
    with pytest.raises(InputError, match=r"no tokenizer\.json"):
        colour(study | {"base": tmp_path}, tmp_path / "tokens.jsonl")
    assert not (tmp_path / "tokens.jsonl").exists()


def test_a_file_that_holds_no_sentences_is_refused(tmp_path):
    path = tmp_path / "tokens.jsonl"
    path.write_text("{}\n")
    with pytest.raises(InputError, match=r"tokens.jsonl:1: no key 'language'"):
        coloured.show_coloured(path)
