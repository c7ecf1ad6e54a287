"""YAML that README and docs/ show is a study's or the registry's; links lead somewhere."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts.common.errors import InputError
from scripts.common.files import ROOT, write_text
from scripts.study.parse_study import load_study
from scripts.study.registry import Registry
from scripts.study.site import FORM
from scripts.study.validate import check_form, check_schema, read_schema
from scripts.study.yaml_file import read_yaml
from tests.support.pages import PAGES, Block, blocks

# docs/extending.md is carried out as a whole, by a test of its own.
SHOWN = [page for page in PAGES if page.name != "extending.md"]
EXAMPLES = [block for page in SHOWN for block in blocks(page, "yaml")]
STUDY = {"name", "base", "models", "main", "benchmarks"}  # required: with these it is a whole study
# What a base model's folder in Meta's layout has at least, and a GGUF file.
FILES = (
    "llama/tokenizer.model", "llama/7B/params.json", "llama/7B/consolidated.00.pth",
    "my-llama.Q8_0.gguf",
)  # fmt: skip
LINK = re.compile(r"\]\(([^)\s]+)\)")
# A name that an example takes for granted, because it is no example of it.
GIVEN = {
    "data": {"ar": "wagtail_en-ar.ar", "hi": "wagtail_en-hi.hi", "el": "wagtail_en-el.el"},
    "models": {
        name: {"from": "base", "recipe": "instruct", "data": "everyday_en"}
        for name in ("alpaca-en", "x-llama-ar", "x-llama-el", "x-llama-hi", "x-llama-tr",
                     "x-llama-vi", "x-llama-zh")
    },
}  # fmt: skip


def merge(study: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """Return a study with an example's keys: names are added, everything else is replaced."""
    merged = dict(study)
    for key, value in more.items():
        named = key in ("data", "recipes", "models", "benchmarks")
        merged[key] = {**study.get(key, {}), **value} if named else value
    return merged


@pytest.mark.parametrize("block", EXAMPLES, ids=lambda block: block.place)
def test_examples_are_valid(block: Block, tmp_path: Path, tiny_model: Path):
    """A block is a study, a part of one, or of the registry's or the site's file that it names."""
    for name in ("my-llama", "BiLLa-7B-SFT"):
        (tmp_path / name).symlink_to(tiny_model)
    for name in FILES:
        write_text(tmp_path / name, "{}")
    text = re.sub("/(models|corpora)/", f"{tmp_path}/", block.text)
    example = yaml.safe_load(text)
    registered = re.match(r"# (?:\+ )?registry/(\w+)\.yaml", block.text)
    if block.text.startswith("# slurm/site.yaml"):
        check_form(example, FORM, block.place)
    elif registered:
        check_schema(example, registered[1], block.place)
    elif example.keys() >= STUDY:
        load_study(example, block.place)
    else:
        assert example.keys() <= read_schema("study.schema.yaml")["properties"].keys()
        default = merge(read_yaml(ROOT / "config.yaml"), GIVEN)
        # Paths of data are beside the study's file.
        write_sources(example, tmp_path)
        place = str(tmp_path / "study.yaml") if "sources" in example else block.place
        load_study(merge(default, example), place)


def write_sources(example: dict[str, Any], folder: Path) -> None:
    """Write a file at each path that an example's `sources` name."""
    for source in example.get("sources", {}).values():
        urls = source["url"].values() if isinstance(source["url"], dict) else [source["url"]]
        for url in urls:
            if not re.match("[a-z]+:", url):
                write_text(folder / url, "{}")


def test_the_mistake_that_readme_shows_has_its_message():
    """Its study with a misspelt key."""
    readme = ROOT / "README.md"
    study = yaml.safe_load(next(blocks(readme, "yaml")).text)
    study["models"]["x-el"]["form"] = study["models"]["x-el"].pop("from")
    with pytest.raises(InputError) as mistake:
        load_study(study, "my-study.yaml")
    assert f"\nerror: {mistake.value}\n" in readme.read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files_and_headings(page):
    """Every relative link names a file of the repository, and a heading of it."""
    for link in LINK.findall(page.read_text(encoding="utf-8")):
        if link.startswith(("http", "mailto")):
            continue
        name, _, heading = link.partition("#")
        target = page.parent / name if name else page
        assert target.exists(), f"{page.name}: {link}"
        assert not heading or heading in anchors(target), f"{page.name}: {link}"


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub gives a page's headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_readme_has_every_page():
    """The index of docs/ is whole."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for page in (ROOT / "docs").glob("*.md"):
        assert f"](docs/{page.name})" in readme


@pytest.mark.parametrize("page", ["docs/metrics.md", "docs/scores.md"])
def test_every_metric_is_documented(page):
    """With its name in the registry."""
    text = (ROOT / page).read_text(encoding="utf-8")
    assert not [name for name in Registry().metrics if f"`{name}`" not in text]


def test_the_workflow_catalog_finds_what_it_asks_for():
    """See snakemake-workflow-catalog, "Adding workflows": the criteria of standardized usage."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8").lower()
    assert "snakemake" in readme and "workflow" in readme
    assert list((ROOT / "rules").glob("*.smk"))
    assert (ROOT / "workflow/Snakefile").is_file() and (ROOT / "config/README.md").is_file()
    usage = read_yaml(ROOT / ".snakemake-workflow-catalog.yml")["usage"]
    assert usage.keys() == {"mandatory-flags", "software-stack-deployment", "report"}
    deployment = usage["software-stack-deployment"]
    assert deployment == {"conda": True, "apptainer": False, "apptainer+conda": False}
