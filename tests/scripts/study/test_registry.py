"""A mistake in the registry is named with its file and entry before anything runs."""

import shutil

import pytest
import yaml

from scripts.common.errors import InputError
from scripts.common.files import ROOT
from scripts.study.registry import Registry
from scripts.study.yaml_file import read_yaml


@pytest.mark.parametrize(
    ("file", "entry", "key", "value", "line"),
    [
        ("datasets", "wagtail", "loader", "getext", "unknown loader 'getext'; did you mean 'g"),
        ("datasets", "wagtail", "languages", {"en": "", "zhh": "zh"}, "unknown language 'zhh'"),
        ("datasets", "wagtail", "kind", "paralel", "wagtail.kind: found 'paralel'"),
        ("datasets", "wagtail", "licnce", "MIT", "licnce: unknown key; did you mean 'licence'"),
        ("datasets", "wagtail", "on_bad_record", "drop", "on_bad_record: found 'drop'"),
        ("benchmarks", "gloss", "dataset", {"zh": "cedict-tst"}, "did you mean 'cedict-test'"),
        ("benchmarks", "gloss", "metrics", ["bleu"], "'bleu' is no metric of the task 'choice'"),
        (
            "benchmarks",
            "gloss",
            "dataset",
            {"zh": "gsm8k"},
            "gsm8k is of kind 'question', the task",
        ),
        ("benchmarks", "mgsm", "max_new_tokens", None, "max_new_tokens: found None"),
        ("models", "smollm2-135m-instruct", "sha256", "abc", "sha256: found 'abc'"),
        ("models", "smollm2-135m-instruct", "shape", {"layers": 30}, "'width' is missing"),
    ],
)
def test_a_mistake_is_named(tmp_path, file, entry, key, value, line):
    with pytest.raises(InputError) as error:
        Registry(change(tmp_path / "registry", file, entry, key, value))
    message = str(error.value)
    assert message.startswith(f"registry/{file}.yaml: ")
    assert line in message and "\n" not in message


@pytest.mark.parametrize("url", ["ftp://example.org/x", "pypi:wagtail", "file:../secret"])
def test_a_malformed_address_is_named(tmp_path, url):
    sources = [{"url": url, "sha256": "0" * 64}]
    with pytest.raises(InputError, match=r"registry/datasets\.yaml: wagtail: source"):
        Registry(change(tmp_path / "registry", "datasets", "wagtail", "sources", sources))


def change(folder, file, entry, key, value):
    """Return a copy of the registry with one key of one entry changed."""
    shutil.copytree(ROOT / "registry", folder)
    path = folder / f"{file}.yaml"
    entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    entries[entry][key] = value
    path.write_text(yaml.safe_dump(entries, allow_unicode=True), encoding="utf-8")
    return folder


def test_a_benchmark_that_is_generated_needs_a_length(tmp_path):
    folder = change(tmp_path / "registry", "benchmarks", "mgsm", "title", "MGSM")
    path = folder / "benchmarks.yaml"
    entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    del entries["mgsm"]["max_new_tokens"]
    path.write_text(yaml.safe_dump(entries, allow_unicode=True), encoding="utf-8")
    with pytest.raises(InputError, match="mgsm: the key 'max_new_tokens' is missing"):
        Registry(folder)


def test_questions_are_in_one_language_and_a_dictionary_in_two():
    registry = Registry()
    assert registry.benchmark("c3-d_zh").dataset.name == "c3-d_zh"
    assert registry.benchmark("xcopa_tr").languages == ("tr",)
    assert registry.benchmark("gloss_zh").dataset.name == "cedict-test_zh-en"


def test_yaml_of_another_encoding_is_one_line_and_a_mark_is_dropped(tmp_path):
    path = tmp_path / "study.yaml"
    path.write_bytes("\ufeffname: x\n".encode())
    assert read_yaml(path) == {"name": "x"}
    path.write_bytes("name: x\n# 你好\n".encode("gbk"))
    with pytest.raises(InputError, match=r"study\.yaml, line 2: byte 10 is 0xc4, expected YAML"):
        read_yaml(path)


def test_text_of_two_languages_is_a_benchmark_of_both():
    registry = Registry()
    mixed = registry.benchmark("text_zh-en")
    assert [dataset.name for dataset in mixed.datasets] == ["sanguo-test_zh", "readme-test_en"]
    assert mixed.languages == ("zh", "en") and mixed.task == "text"
    assert registry.benchmark("text_zh").datasets == mixed.datasets[:1]
    assert "gloss_zh-en" not in registry.benchmark_names()
    for name in ("text_zh-zh", "text_zh-el", "text_zh-en-zh"):
        with pytest.raises(InputError, match="unknown benchmark"):
            registry.benchmark(name)


def test_columns_of_another_loader_than_table_are_left_as_they_are():
    dataset = Registry().dataset("news-commentary_ar-en")  # whose columns are a list
    assert dataset.options == dataset.entry["options"]
