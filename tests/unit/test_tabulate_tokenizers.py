"""The tokenizer table: right counts, three forms that say the same."""

import subprocess
import sys

import pandas
import pytest

from scripts.common.errors import InputError
from scripts.common.files import ROOT
from scripts.report import tabulate_tokenizers
from tests.unit.grafting import (
    ENGLISH,
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
    command += ["--output-stem", str(stem), *(more or ["--words", "en=whitespace", "zh=none"])]
    tabulate_tokenizers.main(tabulate_tokenizers.parser().parse_args(command))
    return pandas.read_csv(f"{stem}.csv").set_index(["tokenizer", "language"])


@pytest.fixture(scope="module")
def table(study, tmp_path_factory):
    return tabulate(study, tmp_path_factory.mktemp("tables") / "tokenizer")


def test_english_is_marked_as_unchanged(table):
    assert table.loc[("gr_zh", "en"), "unchanged"] == "yes"
    assert table.loc[("gr_zh", "en"), "lines"] == len(ENGLISH)
    assert table.loc[("gr_zh", "en"), "ratio"] == 1
    assert table.loc[("gr_zh", "zh"), "unchanged"] == "no"


def test_figures_are_those_of_a_plain_count(study, table):
    lines = chinese_lines()
    tokenizer = load(study["grafted"])
    tokens = sum(len(encode(tokenizer, line)) for line in lines)
    row = table.loc[("gr_zh", "zh")]
    assert row["tokens_per_character"] == pytest.approx(tokens / sum(map(len, lines)))
    assert row["bytes_per_token"] == pytest.approx(sum(len(x.encode()) for x in lines) / tokens)
    base = table.loc[("base", "zh")]
    assert row["ratio"] == pytest.approx(row["tokens_per_character"] / base["tokens_per_character"])
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


def test_markdown_and_latex_say_what_the_csv_says(study, tmp_path):
    table = tabulate(study, tmp_path / "tokenizer")
    markdown = (tmp_path / "tokenizer.md").read_text(encoding="utf-8").splitlines()
    latex = (tmp_path / "tokenizer.tex").read_text(encoding="utf-8")
    assert len(markdown) == 2 + len(table)
    assert len({line.count("|") for line in markdown}) == 1
    shown = f"{table.loc[('gr_zh', 'zh'), 'ratio']:.3f}"
    assert shown in markdown[-1]
    assert shown in latex
    assert r"\toprule" in latex and r"\bottomrule" in latex
    assert r"gr\_zh" in latex  # an underscore would stop LaTeX


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--words", "zh=nnoe"], "unknown; did you mean 'none'"),
        (["--words", "ar=none"], "no --text ar"),
        (["--words", "zh"], "expected name=value"),
        (["--tokenizers", "other=nowhere"], "nowhere: no tokenizer.json"),
    ],
)
def test_refusals(study, tmp_path, more, message):
    with pytest.raises(InputError, match=message):
        tabulate(study, tmp_path / "tokenizer", *more)
    assert not list(tmp_path.iterdir())


def test_torch_is_not_imported():
    code = (
        "import sys; import scripts.report.tabulate_tokenizers, scripts.tokenizer.extend_tokenizer;"
        "sys.exit(bool({'torch', 'transformers'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
