"""A workflow's jobs are linked by files; every job of every rule leaves what its name leads to."""

import re
from types import SimpleNamespace

import pytest

from scripts.common.errors import InputError
from scripts.common.files import ROOT, write_json
from scripts.plan.job_graph import link_jobs
from scripts.study.job_graph import REPORT, Job, JobGraph, read_job_graph, write_job_graph


def planned(name: str, inputs: str, outputs: str, threads: int = 1, **resources) -> SimpleNamespace:
    benchmark = f"results/timings/{name}.tsv" if name else None
    return SimpleNamespace(
        benchmark=benchmark,
        threads=threads,
        resources=resources,
        input=inputs.split(),
        output=outputs.split(),
    )


def test_a_job_waits_for_those_that_make_its_inputs():
    found = link_jobs(
        [
            planned("build/x_en.v1", "raw", "x y"),
            planned("train/m", "x y other", "m", threads=2),
            planned("", "m", ""),  # a target has no benchmark file
        ],
        cores=2,
    )
    assert found.jobs == {"build/x_en.v1": Job(1, ()), "train/m": Job(2, ("build/x_en.v1",))}
    assert found.cores == 2


def test_a_job_has_its_gpus_on_all_nodes_and_the_scores_that_it_makes():
    outputs = "results/m/ui_en-zh.bleu results/m/text_zh.bpb results/records/m/ui.jsonl"
    found = link_jobs(
        [
            planned("train/m", "", "results/models/m/stage.json", threads=4, nodes=2, gpu=3),
            planned("score/m", "", f"{outputs} results/n/ui_en-zh.bleu results/ui_en-zh.bleu"),
        ],
        None,
        models={"m"},
    )
    train, score = found.jobs.values()
    assert (train.gpus, train.cpus, train.scores) == (6, 8, ())
    assert (score.gpus, score.cpus) == (0, 1)
    assert score.scores == ("m/ui_en-zh.bleu", "m/text_zh.bpb")


def graph(**jobs: str) -> JobGraph:
    named = {name.replace("__", "/"): Job(1, tuple(after.split())) for name, after in jobs.items()}
    return JobGraph(1.5, None, named)


def test_what_is_written_is_read_again(tmp_path):
    path = tmp_path / "timings/jobs.json"
    assert read_job_graph(path) is None
    write_job_graph(graph(a="", b="a"), path)
    assert read_job_graph(path) == graph(a="", b="a")
    job = Job(2, (), nodes=2, gpus=4, scores=("m/ui_en-zh.bleu",))
    write_job_graph(JobGraph(1.5, 8, {"a": job}), path)
    assert read_job_graph(path).jobs["a"] == job


def test_one_score_asked_for_afterwards_does_not_hide_the_study(tmp_path):
    path = tmp_path / "jobs.json"
    write_job_graph(graph(a="", write_report__report="a"), path)
    write_job_graph(graph(a="", c="a"), path)
    assert set(read_job_graph(path).jobs) == {"a", "c", REPORT}
    write_job_graph(graph(write_report__report=""), path)
    assert set(read_job_graph(path).jobs) == {REPORT}


def test_a_file_that_cannot_be_read_ends_no_run_and_is_one_line_where_it_is_asked(tmp_path):
    path = tmp_path / "jobs.json"
    for content, problem in [("{", "not JSON"), ("{}", "started"), ("[]", "found")]:
        path.write_text(content)
        with pytest.raises(InputError, match=problem) as error:
            read_job_graph(path)
        assert "\n" not in str(error.value)
        write_job_graph(graph(a=""), path)
        assert set(read_job_graph(path).jobs) == {"a"}
    job = {"threads": 1, "after": ["b"]}
    write_json(path, {"started": 1, "cores": 1, "jobs": {"a": job}})
    with pytest.raises(InputError, match="found none named 'b'"):
        read_job_graph(path)


def test_every_rule_has_one_name_for_its_log_and_its_benchmark_file():
    text = "".join(path.read_text() for path in sorted(ROOT.glob("rules/*.smk")))
    logs = re.findall(r'log:\n\s+f?"results/logs/(.+)\.log"', text)
    timings = re.findall(r'benchmark:\n\s+f?"results/timings/(.+)\.tsv"', text)
    assert logs == timings and len(logs) > 20
