"""A model's card: metadata that the hub's own reader takes, and a page of the study's numbers."""

import ast
import json
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
import yaml
from huggingface_hub import ModelCard
from markdown_it import MarkdownIt

from scripts.common.errors import InputError
from scripts.common.files import write_json
from scripts.plan.release import card_facts, lineage_files, score_tables, tokenizer_tables
from scripts.report import write_card
from scripts.report.card.metadata import name_licence
from scripts.study.own_sources import NO_LICENCE
from scripts.study.parse_study import load_study
from scripts.study.yaml_file import read_yaml
from scripts.tables import tabulate_scores
from tests.support.hostile import COMMANDS, HOSTILE
from tests.support.report_study import (
    COLUMNS,
    MODELS,
    write_comparisons,
    write_scores,
    write_tokenizers,
)
from tests.support.studies import default_study

RECIPE = {"batch": 2, "learning_rate": 3e-4, "lora": None}


@pytest.fixture(scope="module")
def study():
    path = Path("config.yaml")
    return load_study(read_yaml(path), str(path))


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Write the main table, the tokenizer table and the stages of billa-zh."""
    folder = tmp_path_factory.mktemp("card")
    command = ["--baseline", "base", "--models", *MODELS, "--columns", *COLUMNS]
    command += ["--scores", *map(str, write_scores(folder))]
    command += ["--comparisons", *map(str, write_comparisons(folder))]
    command += ["--output-stem", str(folder / "main")]
    tabulate_scores.main(tabulate_scores.parser().parse_args(command))
    table = pd.read_csv(write_tokenizers(folder / "tokenizer.csv"))
    table["tokenizer"] = table["tokenizer"].replace("billa-zh", "billa-extended")
    table.to_csv(folder / "tokenizer.csv", index=False)
    return folder


def write_stages(folder: Path, study, model: str) -> list[str]:
    """Write the stage.json of a model and its ancestors; return their paths."""
    paths = []
    for stage in study.lineage(model):
        facts: dict = {"model": stage.name, "parent": stage.parent}
        if stage.extend:
            facts |= {"extend": {"zh": 3200}, "vocabulary": 52352}
        elif stage.recipe:
            names = study.dataset_names(stage.name)
            counts = {"records": 5, "tokens": 1000, "useful_tokens": 300}
            data = {"objective": stage.recipe.objective, "format": None, "length": 256, "rows": 72}
            facts |= {"recipe": RECIPE, "data": data, "sources": dict.fromkeys(names, counts)}
        path = folder / "models" / stage.name / "stage.json"
        write_json(path, facts)
        paths.append(str(path))
    return paths


def make_card(folder: Path, study, model: str, *more: str, facts: str | None = None) -> str:
    command = ["--model", model, "--facts", facts or card_facts(study, model)]
    command += ["--stages", *write_stages(folder, study, model), *more]
    command += ["--output", str(folder / f"{model}.md")]
    write_card.main(write_card.parser().parse_args(command))
    return (folder / f"{model}.md").read_text()


@pytest.fixture(scope="module")
def text(folder, study) -> str:
    tables = ["--scores-table", str(folder / "main.csv")]
    tables += ["--tokenizer-table", str(folder / "tokenizer.csv")]
    return make_card(folder, study, "billa-zh", *tables)


def test_the_hubs_reader_finds_all_that_it_knows(text):
    data = ModelCard(text).data
    assert data.base_model == "HuggingFaceTB/SmolLM2-135M-Instruct"
    assert data.license == "apache-2.0"
    assert set(data.language) == {"en", "zh"}
    assert (data.library_name, data.pipeline_tag) == ("transformers", "text-generation")
    assert "everyday_zh" in data.datasets and "lingraft" in data.tags
    assert len(data.eval_results) == len(COLUMNS)
    found = {(one.dataset_type, one.metric_type): one for one in data.eval_results}
    bleu = found["ui_en-zh", "bleu"]
    assert (bleu.metric_value, bleu.task_type, bleu.metric_name) == (8.4, "translation", "BLEU")
    assert found["gloss_zh", "accuracy"].task_type == "multiple-choice"


def test_scores_have_intervals_stars_and_signatures(text):
    scores = text.split("## Scores")[1].split("\n## ")[0]
    (bleu,) = (line for line in scores.splitlines() if line.startswith("| ui_en-zh  | BLEU"))
    assert bleu.rstrip(" |").endswith("**8.4** [5.8, 11.0] (+8.3)\\*")
    assert "x-smollm2-zh" not in scores  # the card is of one model
    assert "95 % intervals" in scores and "signature" in scores


def test_english_is_told_before_and_after(text):
    english = text.split("## What it costs in English")[1].split("\n## ")[0]
    assert "0.942" in english and "0.980" in english and "+0.038" in english
    assert "text_zh" not in english
    assert "All 96 lines of English" in english


def test_vocabulary_stages_data_and_licences_are_there(text):
    assert "by 3,200 tokens for Chinese" in text
    assert "| Chinese  |" in text or "| Chinese |" in text
    assert "billa-pretrain" in text and "0.0003" in text
    made = text.split("## What it was made from")[1]
    assert "CC-BY-SA-4.0" in made and "Apache-2.0" in made
    assert "[CC-CEDICT, Chinese-English dictionary](https://cc-cedict.org/wiki/)" in made


def test_data_of_the_hub_has_its_commit(folder, study, tmp_path):
    facts, commit = json.loads(card_facts(study, "x-smollm2-zh")), "0123456789" * 4
    write_json(tmp_path / "r.json", {"repository": "o/n", "commit": commit, "licence": "odc-by"})
    entry = facts["data"]["everyday_en"]
    entry |= {"records": [str(tmp_path / "r.json")], "licence": NO_LICENCE}
    entry["home"] = "https://huggingface.co/datasets/o/n"
    text = make_card(folder, study, "x-smollm2-zh", facts=json.dumps(facts))
    (line,) = (line for line in text.splitlines() if line.startswith("| everyday_en "))
    assert f"[`012345678901`](https://huggingface.co/datasets/o/n/tree/{commit})" in line
    assert "odc-by" in line and "o/n" in ModelCard(text).data.datasets


def test_a_model_without_scores_or_new_tokens_has_a_card_too(folder, study):
    text = make_card(folder, study, "x-smollm2-zh")
    assert ModelCard(text).data.eval_results is None
    assert "so there are no scores" in text and "## Vocabulary" not in text
    assert "is not known" in text.split("## What it costs in English")[1]


def test_what_was_trained_on_conversations_says_so(folder, study, text):
    assert "trained on single questions and answers of at most 256 tokens" in text
    facts = json.loads(card_facts(study, "billa-zh"))
    facts["data"]["everyday_zh"]["kind"] = "chat"
    text = make_card(folder, study, "billa-zh", facts=json.dumps(facts))
    assert "trained on conversations of at most 256 tokens" in text


def test_the_facts_name_the_kind_of_conversations_alone(tmp_path, study):
    assert not any(
        "kind" in entry for entry in json.loads(card_facts(study, "billa-zh"))["data"].values()
    )
    (tmp_path / "talks.jsonl").write_text("{}")
    own = {"talks_en": {"url": str(tmp_path / "talks.jsonl"), "kind": "chat"}}
    talker = {"from": "base", "recipe": "instruct", "data": "talks_en"}
    changed = default_study(sources=own, models={"talker": talker})
    assert json.loads(card_facts(changed, "talker"))["data"]["talks_en"]["kind"] == "chat"


def test_a_base_of_ones_own_has_no_licence_until_somebody_says_it(folder, study):
    facts = json.loads(card_facts(study, "billa-zh"))
    own = {"title": "/models/mine", "home": None, "licence": None, "hub": None}
    text = make_card(folder, study, "billa-zh", facts=json.dumps(facts | {"base": own}))
    data = ModelCard(text).data
    assert data.license is None and data.base_model is None
    assert "whose licence the study does not know" in text
    other = own | {"licence": "LLaMA licence, research only", "home": "https://example.org/l"}
    text = make_card(folder, study, "billa-zh", facts=json.dumps(facts | {"base": other}))
    data = ModelCard(text).data
    assert (data.license, data.license_name) == ("other", "llama-licence-research-only")


def test_a_base_of_the_hub_has_the_licence_that_its_card_names(folder, study):
    facts = json.loads(card_facts(study, "billa-zh"))
    home = "https://huggingface.co/org/name"
    facts["base"] = {"title": "org/name", "home": home, "licence": None, "hub": "org/name"}
    write_json(folder / "models/base/published.json", {"licence": "llama3.1"})
    data = ModelCard(make_card(folder, study, "billa-zh", facts=json.dumps(facts))).data
    (folder / "models/base/published.json").unlink()
    assert (data.license, data.base_model) == ("llama3.1", "org/name")
    text = make_card(folder, study, "billa-zh", facts=json.dumps(facts))
    assert "The card of the base on the hub names no licence: add it before you publish." in text


def test_licences_of_the_registrys_models_are_those_of_the_hub(study):
    known = {
        entry["licence"]: name_licence(dict(entry)) for entry in study.registry.models.values()
    }
    other = [licence for licence, found in known.items() if found["license"] == "other"]
    assert other == ["LLaMA licence, research only"]


def test_a_sum_of_word_embeddings_is_told(folder, study, text):
    assert "are a sum" not in text
    facts = json.loads(card_facts(study, "billa-zh")) | {"plus": "meta:/llama/7B"}
    card = make_card(folder, study, "billa-zh", facts=json.dumps(facts))
    assert "**The word embeddings are a sum with those of meta:/llama/7B**" in card


def test_facts_that_are_none_are_one_line(folder, study):
    with pytest.raises(InputError, match="--facts"):
        make_card(folder, study, "billa-zh", facts="{}")


def test_the_plan_names_the_lineage_and_only_tables_that_have_the_model(study):
    assert lineage_files(study, "billa-task") == [
        f"results/models/{name}/stage.json"
        for name in ("base", "billa-extended", "billa-pretrain", "billa-task")
    ]
    assert score_tables(study, "billa-zh") == ["results/tables/main.csv"]
    assert score_tables(study, "billa-task") == []
    assert tokenizer_tables(study, "billa-zh") == ["results/tables/tokenizer.csv"]
    assert tokenizer_tables(study, "x-smollm2-zh") == []


def spoil(facts: str, text: str) -> str:
    """Return the facts of a study in which all that others write is a text."""
    told = json.loads(facts)
    told["base"] |= {"title": text, "licence": f"a {text}", "home": f"https://a.org/{text}"}
    told |= {"format": json.dumps({"prompt": text}), "plus": text, "study": text}
    told["languages"] = dict.fromkeys(told["languages"], text)
    for entry in (*told["data"].values(), *told["benchmarks"].values()):
        entry["title"] = text
    for entry in told["data"].values():
        entry |= {"licence": f"b {text}", "home": f"https://b.org/{text}"}
    return json.dumps(told)


def read_card(card: str) -> tuple[dict, Counter, set[str]]:
    """Return a card's metadata, elements and addresses, as a reader of Markdown finds them."""
    found = ModelCard(card)
    html = MarkdownIt("commonmark").enable("table").render(found.text)
    page = Page(html)
    addresses = {
        value for _, facts in page.tags for name, value in facts if name in ("href", "src")
    }
    return yaml.safe_load(found.data.to_yaml()), Counter(tag for tag, _ in page.tags), addresses


class Page(HTMLParser):
    """The tags of a page with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, list]] = []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, attributes))


@pytest.mark.parametrize("name", HOSTILE)
def test_texts_of_others_are_text_in_a_card(folder, study, name):
    """In metadata, lines, tables and code: all that a study does not name itself."""
    facts, tables = card_facts(study, "billa-zh"), ["--scores-table", str(folder / "main.csv")]
    tables += ["--tokenizer-table", str(folder / "tokenizer.csv")]
    if name == "half a character":
        with pytest.raises(InputError, match="--facts: found a lone surrogate"):
            make_card(folder, study, "billa-zh", facts=spoil(facts, HOSTILE[name]))
        return
    card, usual = (
        make_card(folder, study, "billa-zh", *tables, facts=spoil(facts, text))
        for text in (HOSTILE[name], "a")
    )
    assert not COMMANDS.search(card.replace("\n", ""))
    data, tags, addresses = read_card(card)
    usual_data, usual_tags, _ = read_card(usual)
    assert data.keys() == usual_data.keys() and data["license"] == usual_data["license"]
    assert tags == usual_tags and all(one.startswith("https://") for one in addresses)
    code = card.split("```python\n")[1].split("\n```\n")[0]
    assert [type(line) for line in ast.parse(code).body] == [
        type(line) for line in ast.parse(usual.split("```python\n")[1].split("\n```\n")[0]).body
    ]
