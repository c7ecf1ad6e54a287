"""Every study plans, on a laptop and on a cluster, and a mistake stops before anything."""

import json
import os
import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from scripts.common.files import ROOT
from tests.support.dry_run import dry_run
from tests.support.many_jobs import many_jobs

# The papers' studies: models to train, and the number of jobs without those that create
# environments, which all studies share.
SIBLINGS = ["alpaca-en", *(f"x-llama-{code}" for code in ("ar", "el", "hi", "tr", "vi", "zh"))]
PAPERS = {
    "x-llama-7b": (SIBLINGS, 203),
    "x-llama-13b": (SIBLINGS, 200),
    "m-llama-7b": (["alpaca-en", "m-llama"], 165),
    "billa-7b": (["billa-stage1", "billa-llm", "billa-sft"], 143),
}
STUDIES = [
    ROOT / "config.yaml",
    ROOT / "tests/support/tiny.yaml",
    *sorted(path for path in ROOT.glob("configs/*.yaml") if path.stem not in PAPERS),
]


@pytest.mark.parametrize("study", STUDIES, ids=lambda path: path.stem)
def test_every_study_plans(study, tmp_path, tiny_model):
    (tmp_path / "tiny-base").symlink_to(tiny_model)
    done = dry_run(tmp_path, "--configfile", str(study))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "write the report" in done.stdout


@pytest.mark.parametrize("name", PAPERS)
def test_a_papers_study_plans_all_of_itself_in_seconds(name, tmp_path):
    trained, jobs = PAPERS[name]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = dry_run(tmp_path, "--configfile", str(ROOT / f"configs/{name}.yaml"))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, done.stdout + done.stderr
    for model in trained:
        assert re.search(rf": train {model}$", done.stdout, re.MULTILINE)
    assert f"train_model {len(trained):>10}".split() in map(str.split, done.stdout.splitlines())
    counts = {rule: int(count) for rule, count in re.findall(r"^(\w+) +(\d+)$", done.stdout, re.M)}
    total = counts["total"] - counts.get("create_environment", 0)
    assert total == jobs
    # Seconds of the processor: those of the clock where nothing else runs beside it.
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    # Snakemake itself takes some 5 ms a job.
    assert spent < 3.5 + 0.007 * total
    assert not (tmp_path / "results").exists()


def test_only_the_jobs_that_are_planned_are_made(tmp_path):
    """Two rules for a file would each make a job of every score of every model."""
    study = tmp_path / "study.json"
    study.write_text(json.dumps(many_jobs(models=12, benchmarks=8)))
    done = dry_run(tmp_path, "--configfile", str(study), module="tests.support.many_jobs")
    assert done.returncode == 0, done.stdout + done.stderr
    planned = re.findall(r"^total +(\d+)$", done.stdout, re.MULTILINE)[-1]
    assert f"jobs made: {planned}" in done.stdout


def test_an_ablation_extends_and_packs_once_and_trains_each_way(tmp_path):
    done = dry_run(tmp_path, "results/tables/embedding_init.md")
    assert done.returncode == 0, done.stdout + done.stderr
    counts = dict(re.findall(r"^(\w+) +(\d+)$", done.stdout, re.M))
    found = {
        rule: int(counts[rule]) for rule in ("extend_tokenizer", "extend_model", "train_model")
    }
    assert found == {"extend_tokenizer": 1, "extend_model": 5, "train_model": 5}
    assert (counts["pack_examples"], counts["compare_scores"]) == ("1", "8")


def test_seeds_and_a_grid_train_each_and_make_once_what_is_the_same(tmp_path):
    study = yaml.safe_load((ROOT / "config.yaml").read_text())
    study["seeds"] = [study["seed"], 8]
    study["models"]["x-smollm2-zh"]["grid"] = {"learning_rate": ["1e-4", 3.0e-4]}
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(study, sort_keys=False))
    done = dry_run(tmp_path, "results/tables/main.md", "--configfile", "study.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
    counts = dict(re.findall(r"^(\w+) +(\d+)$", done.stdout, re.M))
    # Four stages twice, and one of them with another learning rate twice, on the same rows.
    once = {"import_model": 1, "extend_tokenizer": 1, "extend_model": 1}
    each = {"pack_examples": 8, "train_model": 10, "answer_benchmarks": 7, "compare_scores": 3}
    found = {rule: int(counts[rule]) for rule in (*once, *each)}
    assert found == once | each


def test_a_ready_vocabulary_is_taken_and_no_text_read_for_it(tmp_path):
    study = yaml.safe_load((ROOT / "config.yaml").read_text())
    ready = {"model": "manual:chinese_sp.model", "policy": "all"}
    study["models"]["billa-extended"]["extend"] = {"zh": ready}
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(study, sort_keys=False))
    target = "results/tokenizers/billa-extended/tokenizer.json"
    done = dry_run(tmp_path, target, "--printshellcmds", "--configfile", "study.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
    options = "--language zh=all --graft .* --model zh=results/raw/manual/chinese_sp.model"
    assert re.search(f"{options} --policy zh=all", done.stdout)
    assert "take manual/chinese_sp.model" in done.stdout
    assert "clean" not in done.stdout and "--text" not in done.stdout


def test_only_a_warm_up_says_what_it_trains(tmp_path):
    """Else a new key would train again what is trained already."""
    study = yaml.safe_load((ROOT / "config.yaml").read_text())
    recipes, models = study["recipes"], study["models"]
    recipes["warm"] = recipes["pretrain"] | {"trains": "new_rows"}
    recipes["task"]["trains"] = "all"
    models["billa-warm"] = {"from": "billa-extended", "recipe": "warm", "data": "zh"}
    models["billa-pretrain"]["from"] = "billa-warm"
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(study))
    target = "results/models/billa-zh/stage.json"
    done = dry_run(tmp_path, target, "--printshellcmds", "--configfile", "study.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
    commands = [line for line in done.stdout.splitlines() if "train_model --model" in line]
    assert len(commands) == 4
    (warm,) = (line for line in commands if "--trains" in line)
    assert "--model billa-warm " in warm and "--trains new_rows" in warm


def test_a_ready_vocabulary_is_pruned_by_the_languages_text(tmp_path):
    study = yaml.safe_load((ROOT / "config.yaml").read_text())
    study["models"]["billa-extended"] |= {
        "extend": {"zh": {"model": "manual:chinese_sp.model"}},
        "prune": 5,
    }
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(study, sort_keys=False))
    target = "results/tokenizers/billa-extended/tokenizer.json"
    done = dry_run(tmp_path, target, "--printshellcmds", "--configfile", "study.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
    options = "--prune 5 --language zh=all --graft .* --model zh=.*chinese_sp.model --text zh"
    assert re.search(f"{options} results/clean/sanguo_zh.parquet:text", done.stdout)


def test_a_paper_study_takes_what_was_got_by_hand(tmp_path, monkeypatch):
    monkeypatch.delenv("LINGRAFT_MIRROR", raising=False)
    for place, content in (("x-llm/alpaca/alpaca_ar.json", "[]"), ("llama/7B/params.json", "{}")):
        path = tmp_path / "manual" / place
        path.parent.mkdir(parents=True)
        path.write_text(content)
    raw = tmp_path / "results/raw/manual"
    here = ["results/raw/manual/x-llm/alpaca/alpaca_ar.json", "results/raw/manual/llama/7B"]
    missing = "results/raw/manual/x-llm/alpaca/alpaca_el.json"
    study = str(ROOT / "configs/x-llama-7b.yaml")
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    command += ["--configfile", study, "--cores", "1", *here, missing]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (raw / "llama/7B/params.json").read_text() == "{}"
    assert (raw / "x-llm/alpaca/alpaca_ar.json").read_text() == "[]"
    assert done.returncode == 1
    line = "error: manual:x-llm/alpaca/alpaca_el.json: no such file; get it by hand (https://drive."
    # Once: trying again would not bring it.
    assert done.stderr.count(line) == 1, done.stderr
    assert "manual/x-llm/alpaca/alpaca_el.json" in done.stderr


def test_downloads_run_where_snakemake_runs(tmp_path, monkeypatch):
    """On a cluster too, whose nodes may see no network; here nothing can be submitted."""
    (tmp_path / "slurm").symlink_to(ROOT / "slurm")
    for place in ("x-llm/alpaca/alpaca_ar.json", "llama/7B/params.json"):
        (tmp_path / "manual" / place).parent.mkdir(parents=True)
        (tmp_path / "manual" / place).write_text("[]")
    (tmp_path / "bin").mkdir()
    sinfo = "#!/bin/sh\necho 'node1|cpu*|1:00:00|2|4000|(null)|up|(null)'\n"
    texts = {"sinfo": sinfo, "squeue": "#!/bin/sh\n"}  # no job is in the queue
    for command in ("sbatch", "squeue", "sacct", "scontrol", "sinfo"):
        text = texts.get(command, "#!/bin/sh\nexit 1\n")
        (tmp_path / "bin" / command).write_text(text)
        (tmp_path / "bin" / command).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.delenv("LINGRAFT_MIRROR", raising=False)
    raw = ["file/data/everyday.jsonl", "manual/x-llm/alpaca/alpaca_ar.json", "manual/llama/7B"]
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    command += [f"results/raw/{place}" for place in raw]
    command += ["--profile", "slurm", "--configfile", str(ROOT / "configs/x-llama-7b.yaml")]
    command += ["--slurm-init-seconds-before-status-checks", "1"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert all((tmp_path / "results/raw" / place).exists() for place in raw)


@pytest.mark.parametrize("target", ["results/ui_en-zh.bleu", "results/base/flores_zh-en.chrf"])
def test_a_single_score_plans(target, tmp_path):
    done = dry_run(tmp_path, target, "--jobs", "2")  # of this machine: there is no cluster
    assert done.returncode == 0, done.stderr
    counts = dict(re.findall(r"^(\w+) +(\d+)$", done.stdout, re.M))
    assert counts["score_predictions"] == counts["answer_benchmark"] == "1"
    assert not {"answer_benchmarks", "score_benchmarks"} & counts.keys()
    assert (": train x-smollm2-zh" in done.stdout) == (target == "results/ui_en-zh.bleu")


@pytest.mark.parametrize(
    "job",
    [
        "answer_benchmark:model=base,benchmark=ui_en-zh",
        "score_predictions:model=base,benchmark=ui_en-zh,metric=bleu",
        "score_benchmarks:model=base",
    ],
)
def test_a_clusters_job_finds_what_it_was_submitted_for(job, tmp_path):
    rule = job.partition(":")[0]
    words = ["--mode", "remote", "--allowed-rules", rule, "--target-jobs", job]
    done = dry_run(tmp_path, *words)
    assert done.returncode == 0, done.stderr
    assert {*re.findall(r"^(\w+) +1$", done.stdout, re.M)} == {rule, "total"}, done.stdout


def test_the_cluster_profile_plans_as_typed_in_the_root():
    command = [sys.executable, "-m", "snakemake", "--dry-run", "--profile", "slurm", "--forceall"]
    done = subprocess.run([*command, "all"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert ": train x-smollm2-zh" in done.stdout


def test_a_typo_costs_one_line_and_nothing_else(tmp_path):
    settings = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    settings["models"]["billa-zh"]["form"] = settings["models"]["billa-zh"].pop("from")
    study = tmp_path / "study.yaml"
    study.write_text(yaml.safe_dump(settings))
    done = dry_run(tmp_path, "--configfile", str(study))
    assert done.returncode != 0
    lines = [line for line in done.stderr.splitlines() if "profiles/default" not in line]
    expected = "error: study.yaml: models.billa-zh.form: unknown key; did you mean 'from'?"
    assert lines == [expected]
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize(
    ("target", "meant"),
    [
        ("results/base/ui_en-zh.blue", "results/base/ui_en-zh.bleu"),
        ("results/models/bila-zh/stage.json", "results/models/billa-zh/stage.json"),
        ("results/base/ui_en-zh.bleu\n", "results/base/ui_en-zh.bleu"),
    ],
)
def test_a_mistyped_target_costs_one_line_and_nothing_else(tmp_path, target, meant):
    check_mistyped(dry_run(tmp_path, target), meant)
    assert not (tmp_path / "results").exists()


def test_a_mistyped_target_of_make_costs_one_line_too(tmp_path):
    options = ["--snakefile", str(ROOT / "Snakefile"), "-n", "results/raport.html"]
    check_mistyped(make(tmp_path, ROOT / "config.yaml", *options), "results/report.html")


def check_mistyped(done, meant):
    """Check that all a run says besides its profile and memory is what was meant."""
    assert done.returncode == 1
    (line,) = (line for line in done.stderr.splitlines() if line.startswith("error: "))
    assert line.endswith(f": no such target of this study; nearest: {meant}")
    assert done.stderr.count("\n") <= 3


def make(folder: Path, study: Path, *options: str) -> subprocess.CompletedProcess:
    """Run what `make` runs from an empty folder."""
    script = "scripts.environments.run_study"
    command = [sys.executable, "-m", script, "--study", str(study), *options]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("name: x\nmodels: {base: [}\n", "error: study.yaml:2: not valid YAML"),
        ("name: x\nname: y\n", "error: study.yaml:2: the key 'name' is duplicated"),
        ("- a list\n", "error: study.yaml: top level: found ['a list'], expected a mapping"),
        ("", "error: study.yaml: top level: found None, expected a mapping"),
    ],
)
def test_make_names_the_line_of_broken_yaml(tmp_path, text, line):
    (tmp_path / "study.yaml").write_text(text)
    done = make(tmp_path, Path("study.yaml"))
    assert done.returncode == 1
    assert done.stderr.startswith(line)
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "results").exists()


def test_make_takes_a_study_with_a_space_in_its_name(tmp_path, monkeypatch):
    command = ["make", "--dry-run", "--no-print-directory", "study", "STUDY=~/my study.yaml"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "run_study --study '~/my study.yaml' " in done.stdout
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "my study.yaml").write_text("- a list\n")
    done = make(tmp_path, Path("~/my study.yaml"))
    assert (
        done.stderr
        == f"error: {tmp_path}/my study.yaml: top level: found ['a list'], expected a mapping\n"
    )


def test_make_names_a_study_that_is_not_there(tmp_path):
    done = make(tmp_path, Path("studdy.yaml"))
    assert done.stderr == "error: studdy.yaml: cannot be read (No such file or directory)\n"


def test_planning_the_default_study_takes_seconds_and_no_torch(tmp_path):
    code = "import sys; import scripts.study.parse_study; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize(
    "script",
    [
        "data.build_corpus",
        "data.check_overlap",
        "tokenizer.extend_tokenizer",
        "pack.pack_examples",
        "score.score_predictions",
        "score.compare_scores",
        "tables.tabulate_scores",
        "tables.tabulate_tokenizers",
        "tables.colour_tokens",
        "report.write_report",
    ],
)
def test_jobs_that_need_no_torch_do_not_import_it(script):
    code = f"import sys; import scripts.{script}; print('torch' in sys.modules)"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment
    )
    assert done.stdout.strip() == "False", done.stderr
