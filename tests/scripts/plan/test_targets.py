"""A mistyped target costs one line that names what was meant."""

import os
import re

import pytest
from snakemake.cli import get_argument_parser

from scripts.plan import packages
from scripts.plan.targets import check_targets, read_targets
from tests.support.studies import default_study

STUDY = default_study()


NAMES = {
    "model": "|".join(STUDY.models),
    "benchmark": "ui_en-zh|text_zh|mieval_zh",
    "metric": "bleu|ppl|judge",
    "extended": "billa-extended",
    "dataset": "django_en-zh",
}


class Rule:
    """A rule that makes the files of some patterns, as Snakemake's do."""

    def __init__(self, name: str, *output: str) -> None:
        self.name, self.output = name, output

    def is_producer(self, requested_output: str) -> bool:
        return any(re.match(expression(one), requested_output) for one in self.output)


def expression(pattern):
    """Return the regular expression of a pattern, whose end matches before a line feed."""
    for name, names in NAMES.items():
        pattern = pattern.replace(f"{{{name}}}", f"(?:{names})")
    return pattern.replace("{id}", "(?s:.+)") + "$"


def check(*targets):
    check_targets(STUDY, targets, RULES, lambda pattern: pattern)


RULES = [
    Rule("all"),
    Rule("tables"),
    Rule("download", "results/raw/pypi/django-5.2.19.whl"),
    Rule("filter_corpus", "results/clean/{dataset}.parquet"),
    Rule("answer", "results/predictions/{model}/{benchmark}.jsonl"),
    Rule("explain_case", "results/{model}/{benchmark}.case-{id}.json"),
    Rule("score", "results/{model}/{benchmark}.{metric}", "results/{benchmark}.{metric}"),
    Rule("train_model", "results/models/{model}/stage.json"),
    Rule("rank", "results/tables/rankings/{benchmark}.md"),
    Rule("tabulate", "results/tables/main.md", "results/tables/main.csv"),
    Rule("write_report", "results/report.html", "results/answers.html"),
    Rule("release", "results/release/{model}", "results/release/{model}.gguf"),
]


def test_targets_are_read_as_snakemake_reads_them():
    words = ["-n", "tables", "all", "--configfile", "a.yaml", "b.yaml", "--cores", "2"]
    assert read_targets(["/usr/bin/snakemake", *words], get_argument_parser) == ["tables", "all"]
    assert read_targets(["/usr/bin/snakemake", "-n"], get_argument_parser) == []
    assert read_targets(["/usr/bin/pytest", *words], get_argument_parser) == []


def test_an_empty_target_is_told_before_rules_ask_what_it_is():
    with pytest.raises(SystemExit, match=r"^error: a target is empty, expected a rule or a file"):
        read_targets(["snakemake", "-n", "all", ""], get_argument_parser)


def test_rules_files_that_they_make_and_other_files_that_are_there_are_targets(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.txt").touch()
    path = "results/base/ui_en-zh.bleu"
    check("all", path, f"./{path}", f"../{tmp_path.name}/{path}", "mine.txt")
    check("results/release/billa-zh/", "results/base/ui_en-zh.case-a\nb.json")


@pytest.mark.parametrize(
    ("target", "meant"),
    [
        ("results/base/ui_en-zh.blue", "results/base/ui_en-zh.bleu"),
        ("results/ui_en-zh.blue", "results/ui_en-zh.bleu"),
        ("results/bas/ui_en-zh.bleu", "results/base/ui_en-zh.bleu"),
        ("results/base/ui_en-hz.bleu", "results/base/ui_en-zh.bleu"),
        ("results/base/ui_en-zh", "results/base/ui_en-zh.bleu"),
        ("results/tables/mian.md", "results/tables/main.md"),
        ("results/main.md", "results/tables/main.md"),
        ("results/raport.html", "results/report.html"),
        ("resluts/report.html", "results/report.html"),
        ("results/models/bas/stage.json", "results/models/base/stage.json"),
        ("results/models/base/stag.json", "results/models/base/stage.json"),
        ("results/models/base", "results/models/base/stage.json"),
        ("results/models/base/", "results/models/base/stage.json"),
        ("results/predictions/bas/ui_en-zh.jsonl", "results/predictions/base/ui_en-zh.jsonl"),
        ("results/predictions/base/ui_en-hz.jsonl", "results/predictions/base/ui_en-zh.jsonl"),
        ("results/base/ui_en-zh.bleu\n", "results/base/ui_en-zh.bleu"),
        ("\x1b[31mresults/base/ui_en-zh.bleu", "results/base/ui_en-zh.bleu"),
        ("../results/base/ui_en-zh.bleu", "results/base/ui_en-zh.bleu"),
        (os.path.abspath("results/base/ui_en-zh.bleu"), "results/base/ui_en-zh.bleu"),
        ("results/raw/pypi/django-5.2.9.whl", "results/raw/pypi/django-5.2.19.whl"),
        ("results/corpora/django_en-zh.parquet", "results/clean/django_en-zh.parquet"),
        ("results/release/bila-zh", "results/release/billa-zh"),
        ("results/release/billa-zh.ggu", "results/release/billa-zh.gguf"),
        ("results/release", "results/release/x-smollm2-zh"),
        ("results/bas/ui_en-zh.case-1.json", "results/base/ui_en-zh.case-1.json"),
        ("results/base/ui_en-hz.case-a/b.json", "results/base/ui_en-zh.case-a/b.json"),
    ],
)
def test_a_mistyped_target_ends_with_the_nearest_one(target, meant):
    message = mistake(target)
    assert message.endswith(f": no such target of this study; nearest: {meant}")
    check(meant)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("al", "unknown rule or file; did you mean 'all'?"),
        ("report.html", "unknown rule or file; nearest: results/report.html"),
        ("train_model", "this rule makes many files; expected one of them, such as results/models"),
        ("results/base/ui_en-zh.accuracy", "('accuracy' is no metric of the task 'translation')"),
        ("results/base/mieval_zh.judge", "(the study has no judge)"),
        ("results/tables/rankings/mieval_zh.md", "(the study has no judge)"),
        ("results/release/bose.gguf", "nearest: results/release/base.gguf"),
        ("results/cleaned/django_en-zh.parquet", "'clean' names no data set 'django_en-zh'"),
        ("foo/bar", "no such target of this study"),
        (".", "unknown rule or file; expected one of: all"),
        ("results/" + "a" * 5000, "aaa...: no such target of this study"),
        ("results", "no such target of this study; nearest: results/"),
    ],
)
def test_a_mistake_is_one_line(target, words):
    assert words in mistake(target)


def mistake(target):
    """Return how the process ends because of a target: one line that a terminal shows as it is."""
    with pytest.raises(SystemExit) as error:
        check(target)
    message = str(error.value)
    assert message.startswith("error: ") and message.isprintable()
    return message


def test_a_file_of_another_study_is_none_of_this(tmp_path, monkeypatch):
    """Snakemake would say that nothing is to be done, and an old number would pass for new."""
    monkeypatch.chdir(tmp_path)
    for name in ("results/before/ui_en-zh.bleu", "results/models/base/config.json"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).touch()
        assert "no such target of this study; nearest: results/" in mistake(name)
    assert mistake("results/models/base").endswith("nearest: results/models/base/stage.json")


def test_judgements_that_are_there_need_no_judge(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "results" / "judgements").mkdir(parents=True)
    check("results/base/mieval_zh.judge")


def test_a_score_whose_package_is_missing_is_told(monkeypatch):
    monkeypatch.setattr(packages, "find_spec", lambda _: None)
    rules = [Rule("score", "results/base/ui_en-ja.bleu")]
    with pytest.raises(
        SystemExit, match=r"^error: study\.yaml: benchmarks\.ui_en-ja: bleu cuts Japanese"
    ):
        check_targets(STUDY, ["results/base/ui_en-ja.bleu"], rules, lambda pattern: pattern)
