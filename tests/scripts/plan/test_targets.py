"""A mistyped target costs one line that names what was meant."""

import pytest
from snakemake.cli import get_argument_parser

from scripts.plan import packages
from scripts.plan.targets import check_targets, read_targets
from tests.support.studies import default_study

STUDY = default_study()


class Rule:
    """A rule that makes one file."""

    def __init__(self, name: str, file: str = "") -> None:
        self.name, self.file = name, file

    def is_producer(self, requested_output: str) -> bool:
        return requested_output == self.file


RULES = [Rule("all"), Rule("tables"), Rule("score", "results/base/ui_en-zh.bleu")]


def test_targets_are_read_as_snakemake_reads_them():
    words = ["-n", "tables", "all", "--configfile", "a.yaml", "b.yaml", "--cores", "2"]
    assert read_targets(["/usr/bin/snakemake", *words], get_argument_parser) == ["tables", "all"]
    assert read_targets(["/usr/bin/snakemake", "-n"], get_argument_parser) == []
    assert read_targets(["/usr/bin/pytest", *words], get_argument_parser) == []


def test_rules_files_that_they_make_and_files_that_are_there_are_targets(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.txt").touch()
    known = ["all", "results/base/ui_en-zh.bleu", "./results/base/ui_en-zh.bleu", "mine.txt"]
    check_targets(STUDY, known, RULES)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("al", "unknown rule or file; did you mean 'all'?"),
        ("results/bas/ui_en-zh.bleu", "unknown model 'bas'; did you mean 'base'?"),
        ("results/base/ui_en-hz.bleu", "unknown benchmark 'ui_en-hz'; did you mean 'ui_en-zh'?"),
        ("results/base/nonsense.bleu", "unknown benchmark 'nonsense'"),
        ("results/ui_en-zh.blue", "'blue' is no metric of the task 'translation'; did you mean"),
        ("results/base/ui_en-zh.accuracy", "'accuracy' is no metric of the task 'translation'"),
        ("results/base/ui_en-zh.comet", "expected a file that a rule makes"),
        ("results/release/bila-zh", "unknown model 'bila-zh'; did you mean 'billa-zh'?"),
        ("results/release/bila-zh.gguf", "unknown model 'bila-zh'; did you mean 'billa-zh'?"),
        ("results/release/base.gguf", "the base is published already"),
        ("results/release/billa-zh.ggu", "expected results/release/<model>, a folder, or"),
        ("results/release/billa-zh/README.md", "expected results/release/<model>, a folder, or"),
        ("results/release", "expected results/release/<model>, a folder, or"),
        ("results/bas/ui_en-zh.case-1.json", "unknown model 'bas'; did you mean 'base'?"),
        ("results/base/ui_en-hz.case-1.json", "unknown benchmark 'ui_en-hz'; did you mean"),
        ("results/models/base", "expected a file that a rule makes"),
    ],
)
def test_a_mistake_is_one_line(target, words):
    with pytest.raises(SystemExit) as error:
        check_targets(STUDY, [target], RULES)
    message = str(error.value)
    assert message.startswith(f"error: {target}: ") and "\n" not in message
    assert words in message


def test_a_score_whose_package_is_missing_is_told(monkeypatch):
    monkeypatch.setattr(packages, "find_spec", lambda _: None)
    rules = [Rule("score", "results/base/ui_en-ja.bleu")]
    with pytest.raises(
        SystemExit, match=r"^error: study\.yaml: benchmarks\.ui_en-ja: bleu cuts Japanese"
    ):
        check_targets(STUDY, ["results/base/ui_en-ja.bleu"], rules)
