"""The tiny study runs every rule, and again only those whose input changed."""

import csv
import json
import os
import re
import shutil
from pathlib import Path

import pytest
import yaml

from scripts.common.files import ROOT, read_json, read_jsonl, sha256
from tests.support.tiny_study import STUDY, copy_study, snakemake

NOTHING = "Nothing to be done"
# Rules of which no study needs all: what runs them for real instead.
ELSEWHERE = {
    "create_environment": "end_to_end/test_environments.py",
    "score_neural": "end_to_end/test_environments.py",
    "score_benchmarks_neural": "scripts/score/test_score_neural.py",
    "tabulate_published": "end_to_end/test_paper_tables.py",
    "judge_answers": "dag/test_judge.py",
    "score_judgements": "dag/test_judge.py",
    "build_harness_benchmark": "end_to_end/test_harness.py",
    "answer_with_harness": "end_to_end/test_harness.py",
    "judge_correctness": "dag/test_judge.py",
    "score_correctness": "dag/test_judge.py",
    "tabulate_judgements": "dag/test_judge.py",
    "tabulate_rankings": "dag/test_judge.py",
    "tabulate_preferences": "dag/test_preferences.py",
    "judge_published": "dag/test_judge.py",
    "tabulate_published_answers": "dag/test_judge.py",
    **dict.fromkeys(
        [
            "clean_corpus",
            "sign_records",
            "match_signatures",
            "cluster_duplicates",
            "gather_corpus",
            "gather_built",
            "gather_clean",
            "gather_checks",
        ],
        "end_to_end/test_clean.py",
    ),
    "fetch_dataset": "end_to_end/test_hub_data.py",
    "read_wordings": "end_to_end/test_wordings.py",
    "fetch_model": "end_to_end/test_hub.py",
    "write_card": "end_to_end/test_release.py",
    "release_model": "end_to_end/test_release.py",
    "export_gguf": "end_to_end/test_gguf.py",
    "tabulate_reviews": "scripts/tables/test_tabulate_reviews.py",
}


def test_every_rule_ran(tiny_study):
    rules = re.findall(
        r"^rule (\w+):", "".join(p.read_text() for p in ROOT.glob("rules/*.smk")), re.M
    )
    ran = {folder.name for folder in (tiny_study / "results/timings").iterdir()}
    # The raw files come from the tests' cache after the first run; main_score and
    # explain_case are asked for below.
    assert set(rules) - ran <= {"download", "main_score", "explain_case", *ELSEWHERE}
    assert all((ROOT / "tests" / path).is_file() for path in ELSEWHERE.values())


def test_scores_carry_interval_signature_and_origin(tiny_study):
    score = read_json(tiny_study / "results/x-tiny-zh/ui_en-zh.bleu")
    assert "tok:zh" in score["signature"] and "version:2.6.0" in score["signature"]
    assert score["interval"][0] <= score["score"] <= score["interval"][1]
    assert score["n"] == 12
    predictions = tiny_study / score["predictions"]["path"]
    assert score["predictions"]["sha256"] == sha256(predictions)


def test_the_main_table_has_every_model_and_metric(tiny_study):
    study = yaml.safe_load(STUDY.read_text())
    with (tiny_study / "results/tables/main.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert {row["model"] for row in rows} == set(study["compare"])
    assert {row["benchmark"] for row in rows} == set(study["benchmarks"])
    assert len(rows) == len(study["compare"]) * 9


def test_trained_rows_hold_the_mixture(tiny_study):
    manifest = read_json(tiny_study / "results/packed/billa-pretrain/manifest.json")
    assert manifest["steps"] == 4 and manifest["rows"] == 16
    assert manifest["fill"] > 0.9
    assert any(name.startswith("cedict") for name in manifest["sources"])


def test_english_tokenizes_as_before_in_the_extended_vocabulary(tiny_study):
    with (tiny_study / "results/tables/tokenizer.csv").open() as stream:
        rows = {(row["tokenizer"], row["language"]): row for row in csv.DictReader(stream)}
    base, extended = rows["base", "en"], rows["billa-extended", "en"]
    assert base["tokens_per_character"] == extended["tokens_per_character"]
    assert extended["unchanged"] == "yes" and int(extended["lines"]) > 100_000
    assert float(rows["billa-extended", "zh"]["tokens_per_character"]) < float(
        rows["base", "zh"]["tokens_per_character"]
    )


def test_the_tokenizers_are_measured_on_the_same_sentences_in_both_languages(tiny_study):
    with (tiny_study / "results/tables/tokenizer.csv").open() as stream:
        rows = {(row["tokenizer"], row["language"]): row for row in csv.DictReader(stream)}
    base, extended = rows["base", "zh"], rows["billa-extended", "zh"]
    assert base["parallel"] == extended["parallel"] == rows["base", "en"]["parallel"] == "ui_en-zh"
    assert float(rows["billa-extended", "en"]["parity"]) == 1
    assert float(extended["parity"]) < float(base["parity"])
    assert float(extended["cost_ratio"]) < float(extended["compute_ratio"]) < 1
    assert int(extended["language_tokens"]) == 40 > int(extended["unused"])


def test_the_report_colours_twenty_sentences(tiny_study):
    records = read_jsonl(tiny_study / "results/tokens.jsonl")
    assert [record["language"] for record in records] == ["en"] * 4 + ["zh"] * 16
    assert all(list(record["tokenizers"]) == ["base", "billa-extended"] for record in records)
    page = (tiny_study / "results/report.html").read_text(encoding="utf-8")
    assert page.count('<div class="tokens">') == 20


def test_the_search_for_held_out_text_is_part_of_the_run(tiny_study):
    found = (tiny_study / "results/checks").glob("*.json")
    checks = [check for check in found if check.name != "base.json"]  # that of the architecture
    assert checks
    found = [read_json(check) for check in checks]
    assert all(check["overlap"] == 0 and check["examined"] for check in found)
    assert all(check["filter"]["read"] >= check["examined"] for check in found)
    assert any(check["filter"]["dropped"] for check in found)


def test_a_second_run_does_nothing(tiny_study):
    assert NOTHING in snakemake(tiny_study, "--cores", "2", "all").stdout


def test_after_all_a_single_target_is_done_and_costs_one_benchmark_without(tiny_study, tmp_path):
    for target in ("results/x-tiny-zh/ui_en-zh.bleu", "results/predictions/base/text_zh.jsonl"):
        assert NOTHING in snakemake(tiny_study, "--cores", "2", "--dry-run", target).stdout
    folder = tmp_path / "fresh"
    copy_study(tiny_study, folder)
    for name in ("predictions", "x-tiny-zh", "records"):
        shutil.rmtree(folder / "results" / name)
    plan = snakemake(folder, "--dry-run", "results/x-tiny-zh/ui_en-zh.bleu").stdout
    counts = dict(re.findall(r"^(\w+) +(\d+)$", plan, re.M))
    assert counts == {"answer_benchmark": "1", "score_predictions": "1", "total": "2"}


def test_a_job_that_is_run_again_answers_nothing_again(tiny_study, tmp_path):
    folder = tmp_path / "again"
    copy_study(tiny_study, folder)
    predictions = folder / "results/predictions/base"
    # Other tests ask this study's models other benchmarks.
    files = [
        predictions / f"{name}.jsonl" for name in yaml.safe_load(STUDY.read_text())["benchmarks"]
    ]
    before = [path.read_bytes() for path in files]
    # Snakemake deletes the outputs of a job before it runs it.
    target = "results/predictions/base/gloss_zh.jsonl"
    done = snakemake(folder, "--cores", "2", "--force", target).stdout
    assert ": answer all benchmarks with base" in done
    assert [path.read_bytes() for path in files] == before
    log = (folder / "results/logs/answer_benchmarks/base.log").read_text()
    assert log.count("made before, taken from") == len(before) == 5


def test_one_score_of_the_main_model_by_its_short_name(tiny_study):
    snakemake(tiny_study, "--cores", "1", "results/ui_en-zh.bleu")
    short = tiny_study / "results/ui_en-zh.bleu"
    assert short.read_text() == (tiny_study / "results/x-tiny-zh/ui_en-zh.bleu").read_text()


def test_a_case_explains_the_answer_that_was_scored(tiny_study):
    record = read_jsonl(tiny_study / "results/predictions/x-tiny-zh/ui_en-zh.jsonl")[3]
    target = f"results/x-tiny-zh/ui_en-zh.case-{record['id']}.json"
    done = snakemake(tiny_study, "--cores", "2", target).stdout
    assert re.search(r"^total +1$", done, re.M)
    case = read_json(tiny_study / target)
    assert case["equal"] and case["answer"]["text"] == record["prediction"]
    assert list(case["metrics"]) == ["bleu", "chrf"]
    target = "results/x-tiny-zh/ui_en-zh.case-none.json"
    told = snakemake(tiny_study, "--dry-run", target, check=False).stdout
    assert "ui_en-zh.jsonl has no record 'none'" in told and "Traceback" not in told


def test_what_changes_no_weights_re_runs_nothing(tiny_study, tmp_path):
    settings = yaml.safe_load(STUDY.read_text())
    settings["run"] |= {
        "threads": 2, "infer_threads": 2, "infer_devices": 2, "micro_batch": 4,
        "checkpoint_minutes": 7, "checkpoint_steps": 3, "engine": "deepspeed", "devices": 2,
        "zero": 3, "device": "cpu",
        "gradient_checkpointing": True, "attention": "eager", "compile": True, "evaluations": 1,
        "track": ["tensorboard"],
    }  # fmt: skip
    assert NOTHING in dry_run(tiny_study, tmp_path, settings)


def test_file_times_and_lost_logs_re_run_nothing(tiny_study, tmp_path):
    folder = tmp_path / "copied"
    # A copy without times, as cp -r makes it: every file is as new as the moment it was read.
    copy_study(tiny_study, folder, shutil.copyfile)
    newest_first = sorted(folder.rglob("*.*"), key=lambda path: len(path.parts), reverse=True)
    for number, path in enumerate(newest_first):
        os.utime(path, (2e9 + number, 2e9 + number), follow_symlinks=False)
    shutil.rmtree(folder / "results/logs")
    assert NOTHING in dry_run(folder, tmp_path, yaml.safe_load(STUDY.read_text()))


def test_a_changed_recipe_re_trains_that_model_and_its_descendants_only(tiny_study, tmp_path):
    settings = yaml.safe_load(STUDY.read_text())
    settings["recipes"]["dialogue"]["learning_rate"] = 2.0e-3
    assert trained(dry_run(tiny_study, tmp_path, settings)) == {"billa-zh"}
    settings = yaml.safe_load(STUDY.read_text())
    settings["recipes"]["pretrain"]["learning_rate"] = 2.0e-3
    plan = dry_run(tiny_study, tmp_path, settings)
    variants = {"billa-pretrain.mean", "billa-pretrain.focus"}
    assert trained(plan) == {"billa-pretrain", "billa-task", "billa-zh"} | variants


def test_changed_data_re_trains_those_who_see_it(tiny_study, tmp_path):
    settings = yaml.safe_load(STUDY.read_text())
    settings["models"]["billa-task"]["data"]["translate"] = 3
    assert trained(dry_run(tiny_study, tmp_path, settings)) == {"billa-task", "billa-zh"}


def trained(plan: str) -> set[str]:
    """Return the models that a plan trains."""
    return set(re.findall(r": train (\S+)$", plan, re.M))


def dry_run(folder: Path, tmp_path: Path, settings: dict) -> str:
    """Return the plan for changed settings."""
    changed = tmp_path / "changed.yaml"
    changed.write_text(json.dumps(settings))
    return snakemake(folder, "--dry-run", "--configfile", str(changed), "--", "all").stdout


@pytest.mark.parametrize("engine", ["ddp", "deepspeed"])
def test_the_workflow_trains_a_stage_on_two_devices(tiny_study, tmp_path, engine):
    folder = tmp_path / "two"
    copy_study(tiny_study, folder)
    log = "results/models/instruct-en/train_log.jsonl"
    shutil.rmtree(folder / "results/models/instruct-en")
    shutil.rmtree(folder / "results/checkpoints/instruct-en")
    settings = yaml.safe_load(STUDY.read_text())
    settings["run"] |= {"engine": engine, "devices": 2, "threads": 2, "device": "cpu"}
    changed = tmp_path / "two.yaml"
    changed.write_text(json.dumps(settings))
    target = "results/models/instruct-en/stage.json"
    snakemake(folder, "--cores", "2", "--configfile", str(changed), "--", target)
    found, expected = (read_jsonl(path / log) for path in (folder, tiny_study))
    assert [line["loss"] for line in found] == pytest.approx(
        [line["loss"] for line in expected], rel=1e-5
    )
    meta = read_json(folder / "results/models/instruct-en.meta.json")
    assert meta["settings"]["run"]["engine"] == engine
