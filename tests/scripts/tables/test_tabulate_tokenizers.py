"""The tokenizer table: right counts, three forms that say the same."""

import math
import shutil
import subprocess
import sys

import pandas
import pytest

from scripts.common.errors import InputError
from scripts.common.files import ROOT, read_json, write_json
from scripts.tables import tabulate_tokenizers, token_counts
from scripts.tables.tokenizer_folder import load_folder
from tests.support import pieces
from tests.support.extended_tokenizers import (
    ENGLISH,
    arabic_lines,
    chinese_lines,
    encode,
    extend,
    load,
    write_base,
    write_texts,
)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    base = write_base(folder / "base")
    chinese = write_texts(folder / "ui_en-zh.parquet", chinese_lines(), column="target")
    english = write_texts(folder / "text_en.parquet", ENGLISH)
    grafted = extend(base, folder / "grafted", {"zh": 100}, {"zh": [f"{chinese}:target"]})
    return {"base": base, "grafted": grafted, "en": str(english), "zh": f"{chinese}:target"}


def tabulate(study, stem, *more):
    command = ["--tokenizers", f"base={study['base']}", f"gr_zh={study['grafted']}"]
    command += ["--text", "en", study["en"], "--text", "zh", study["zh"]]
    words = [] if "--words" in more else ["--words", "en=whitespace", "zh=none"]
    command += ["--output-stem", str(stem), *words, *more]
    tabulate_tokenizers.main(tabulate_tokenizers.parser().parse_args(command))
    return pandas.read_csv(f"{stem}.csv").set_index(["tokenizer", "language"])


@pytest.fixture(scope="module")
def table(study, tmp_path_factory):
    return tabulate(study, tmp_path_factory.mktemp("tables") / "tokenizer")


def test_english_is_marked_as_unchanged(table):
    assert table.loc[("gr_zh", "en"), "unchanged"] == "yes"
    assert table.loc[("gr_zh", "en"), "lines"] == len(ENGLISH)
    assert table.loc[("gr_zh", "en"), "cost_ratio"] == 1
    assert table.loc[("gr_zh", "zh"), "unchanged"] == "no"
    assert table.loc[("gr_zh", "en"), "changed_lines"] == 0
    assert table.loc[("gr_zh", "zh"), "changed_lines"] == len(chinese_lines())


def test_lines_that_change_are_counted_by_tokens_whatever_their_ids(study, tmp_path):
    lines = [*ENGLISH, "a 文件", "", "页面", "plain"]
    path = str(write_texts(tmp_path / "en.parquet", lines))
    used = ["--shrink", "20", "--used", study["en"], study["zh"]]
    shrunk = extend(study["base"], tmp_path / "shrunk", {"zh": 9}, {"zh": [study["zh"]]}, *used)
    for folder in (study["grafted"], shrunk):
        old, new = load(study["base"]), load(folder)
        spelled = [
            [[loaded.id_to_token(token) for token in encode(loaded, line)] for line in lines]
            for loaded in (old, new)
        ]
        changed = sum(before != after for before, after in zip(*spelled, strict=True))
        found = tabulate(study | {"grafted": folder, "en": path}, tmp_path / folder.name)
        assert found.loc[("gr_zh", "en"), "changed_lines"] == changed > 0


def test_figures_are_those_of_a_plain_count(study, table):
    lines = chinese_lines()
    tokenizer = load(study["grafted"])
    tokens = sum(len(encode(tokenizer, line)) for line in lines)
    row = table.loc[("gr_zh", "zh")]
    assert row["tokens_per_character"] == pytest.approx(tokens / sum(map(len, lines)))
    assert row["bytes_per_token"] == pytest.approx(sum(len(x.encode()) for x in lines) / tokens)
    base = table.loc[("base", "zh")]
    assert row["tokens_per_byte"] == pytest.approx(1 / row["bytes_per_token"])
    # A million characters, billed at the same price a token.
    million = [1e6 * found["tokens_per_character"] for found in (row, base)]
    assert row["cost_ratio"] == pytest.approx(million[0] / million[1]) and row["cost_ratio"] < 1
    assert (row["new_tokens"], base["new_tokens"]) == (100, 0)


def test_words_are_what_stands_between_spaces(study, table):
    tokens = sum(len(encode(load(study["base"]), line)) for line in ENGLISH)
    words = sum(len(line.split()) for line in ENGLISH)
    assert table.loc[("base", "en"), "tokens_per_word"] == pytest.approx(tokens / words)


def test_without_spaces_only_tokens_of_letters_count(study, tmp_path):
    # Ten Han characters, and ASCII that no pre-token shares with them.
    path = write_texts(tmp_path / "text.parquet", ["page:曹操玄德孔明(吕布云长)boat"])
    table = tabulate(study | {"zh": str(path)}, tmp_path / "tokenizer")
    per_word = {}
    for name, folder in (("base", "base"), ("gr_zh", "grafted")):
        runs = [encode(load(study[folder]), run) for run in ("曹操玄德孔明", "吕布云长")]
        per_word[name] = sum(map(len, runs)) / 10
        assert table.loc[(name, "zh"), "tokens_per_word"] == pytest.approx(per_word[name])
    ratio = per_word["gr_zh"] / per_word["base"]
    assert table.loc[("gr_zh", "zh"), "word_ratio"] == pytest.approx(ratio)
    assert ratio < 1


def test_a_language_without_letters_of_its_own_shows_a_dash(study, tmp_path):
    table = tabulate(study, tmp_path / "tokenizer", "--words", "en=none")
    assert pandas.isna(table.loc[("base", "en"), "tokens_per_word"])
    assert " – " in (tmp_path / "tokenizer.md").read_text(encoding="utf-8")


def test_a_large_text_is_counted_as_its_lines_are(study, tmp_path, monkeypatch):
    whole = tabulate(study, tmp_path / "whole")
    monkeypatch.setattr(token_counts, "BATCH", 7)
    pandas.testing.assert_frame_equal(whole, tabulate(study, tmp_path / "pieces"))


def test_raw_bytes_are_those_of_longer_characters(study, tmp_path):
    # The base knows 文 but neither 曹 nor ü; "a" and a line end are whole characters of one byte.
    path = write_texts(tmp_path / "text.parquet", ["曹a\nü"])
    table = tabulate(study | {"zh": str(path)}, tmp_path / "tokenizer")
    tokens = [
        load(study["base"]).id_to_token(token) for token in encode(load(study["base"]), "曹a\nü")
    ]
    raw = [token for token in tokens if len(token) == 1 and token not in "aĊ"]
    assert table.loc[("base", "zh"), "single_bytes"] == pytest.approx(len(raw) / len(tokens))
    assert len(raw) >= 3


def test_the_byte_pieces_of_sentencepiece_count_as_raw_bytes(tmp_path):
    folder = load_folder(pieces.write_base(tmp_path / "base"))
    raw = {name for name, is_raw in zip(folder.names, folder.is_raw, strict=True) if is_raw}
    assert raw == {f"<0x{byte:02X}>" for byte in range(0x80, 0x100)}  # <0x0A> is a whole character
    paths = [write_texts(tmp_path / "zh.parquet", ["囧"])]
    study = {"base": tmp_path / "base", "grafted": tmp_path / "base", "zh": str(paths[0])}
    table = tabulate(study | {"en": str(paths[0])}, tmp_path / "tokenizer")
    assert table.loc[("base", "zh"), "single_bytes"] == pytest.approx(3 / 4)  # after one of "▁"
    assert table.loc[("base", "zh"), "tokens_per_word"] == 3


def test_parity_is_what_the_same_sentences_cost_beside_english(study, tmp_path):
    chinese, english = chinese_lines(20), [ENGLISH[0]] * 20
    pandas.DataFrame({"source": english, "target": chinese}).to_parquet(tmp_path / "both.parquet")
    sides = [f"{tmp_path}/both.parquet:{side}" for side in ("target", "source")]
    table = tabulate(study, tmp_path / "tokenizer", "--parallel", "zh", "flores_en-zh", *sides)
    for name, folder in (("base", "base"), ("gr_zh", "grafted")):
        lengths = [len(encode(load(study[folder]), line)) for line in chinese]
        row = table.loc[(name, "zh")]
        expected = sum(lengths) / (20 * len(encode(load(study[folder]), ENGLISH[0])))
        assert row["parity"] == pytest.approx(expected)
        assert (row["longest"], row["sentences"], row["parallel"]) == (
            max(lengths),
            20,
            "flores_en-zh",
        )
    assert pandas.isna(table.loc[("base", "en"), "parity"])
    assert "flores_en-zh (20) for zh" in (tmp_path / "tokenizer.md").read_text(encoding="utf-8")


def test_new_tokens_are_counted_where_they_are_used(study, tmp_path):
    arabic = write_texts(tmp_path / "ar.parquet", arabic_lines())
    chinese = study["zh"]
    both = extend(
        study["base"], tmp_path / "both", {"zh": 100, "ar": 30}, {"zh": [chinese], "ar": [arabic]}
    )
    texts = {"zh": chinese_lines()[:3], "ar": chinese_lines()[3:9]}  # no Arabic is read
    for language, lines in texts.items():
        write_texts(tmp_path / f"{language}.parquet", lines)
    command = ["--tokenizers", f"base={study['base']}", f"both={both}", "--words", "zh=none"]
    for language in texts:
        command += ["--text", language, str(tmp_path / f"{language}.parquet")]
    command += ["--output-stem", str(tmp_path / "tokenizer")]
    tabulate_tokenizers.main(tabulate_tokenizers.parser().parse_args(command))
    table = pandas.read_csv(tmp_path / "tokenizer.csv").set_index(["tokenizer", "language"])
    used = [
        {token for line in lines for token in encode(load(both), line)} for lines in texts.values()
    ]
    new = {token["id"] for token in read_json(both / "extension.json")["tokens"][:100]}
    row = table.loc[("both", "zh")]
    assert row["language_tokens"] == 100
    assert (
        row["unused"] == len(new - used[0]) > row["unused_anywhere"] == len(new - used[0] - used[1])
    )
    assert tuple(table.loc[("both", "ar"), ["unused", "unused_anywhere"]]) == (30, 30)
    assert table.loc[("base", "zh"), "unused"] == 0


def test_compute_counts_the_larger_output_matrix(study, tiny_model, tmp_path):
    from safetensors import safe_open

    larger = tmp_path / "larger"
    shutil.copytree(tiny_model, larger)
    config = read_json(larger / "config.json")
    write_json(larger / "config.json", config | {"vocab_size": 2 * config["vocab_size"]})
    with safe_open(tiny_model / "model.safetensors", "numpy") as file:
        shapes = {name: file.get_slice(name).get_shape() for name in file.keys()}  # noqa: SIM118
    # Tied: the one matrix of embeddings is looked up at the start and multiplied at the end.
    assert "lm_head.weight" not in shapes
    weights = sum(math.prod(shape) for shape in shapes.values() if len(shape) == 2)
    head = config["vocab_size"] * config["hidden_size"]
    table = tabulate(study | {"base": tiny_model, "grafted": larger}, tmp_path / "tokenizer")
    assert table.loc[("gr_zh", "en"), "compute_ratio"] == pytest.approx((weights + head) / weights)
    assert pandas.isna(tabulate(study, tmp_path / "bare").loc[("base", "en"), "compute_ratio"])


def test_markdown_and_latex_say_what_the_csv_says(study, tmp_path):
    table = tabulate(study, tmp_path / "tokenizer")
    markdown = (tmp_path / "tokenizer.md").read_text(encoding="utf-8").splitlines()
    latex = (tmp_path / "tokenizer.tex").read_text(encoding="utf-8")
    lines = [line for line in markdown if line.startswith("|")]
    assert len(lines) == 2 * (2 + len(table))  # two tables
    assert len({line.count("|") for line in lines[: len(lines) // 2]}) == 1
    shown = f"{table.loc[('gr_zh', 'zh'), 'cost_ratio']:.3f}"
    assert shown in lines[len(lines) // 2 - 1]
    assert shown in latex
    assert latex.count(r"\toprule") == latex.count(r"\bottomrule") == 2
    assert r"gr\_zh" in latex  # an underscore would stop LaTeX
    assert r"\%\\single\\bytes" in latex and "–" not in latex


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--words", "zh=nnoe"], "unknown; did you mean 'none'"),
        (["--words", "ar=none"], "no --text ar"),
        (["--words", "zh"], "expected name=value"),
        (["--tokenizers", "other=nowhere"], "nowhere: no tokenizer.json"),
        (["--text", "zh", "{zh}:other"], "text.parquet: no column 'other'"),
        (["--parallel", "ar", "ui", "a.parquet", "b.parquet"], "--parallel ar: no --text ar"),
        (
            ["--parallel", "zh", "ui", "{zh}", "{en}"],
            "--parallel zh: .*zh/text.parquet has 2 sentences and .*en/text.parquet 1; expected as",
        ),
    ],
)
def test_refusals(study, tmp_path, more, message):
    for language, lines in (("zh", ["一", "二"]), ("en", ["one"])):
        (tmp_path / language).mkdir()
        write_texts(tmp_path / language / "text.parquet", lines)
    files = {code: str(tmp_path / code / "text.parquet") for code in ("zh", "en")}
    with pytest.raises(InputError, match=message) as caught:
        tabulate(study, tmp_path / "tokenizer", *(word.format(**files) for word in more))
    assert "\n" not in str(caught.value)
    assert {path.name for path in tmp_path.iterdir()} == {"zh", "en"}


def test_torch_is_not_imported():
    code = (
        "import sys; import scripts.tables.tabulate_tokenizers, scripts.tokenizer.extend_tokenizer;"
        "sys.exit(bool({'torch', 'transformers'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
