"""GitHub's CI runs .ci/run, takes nothing that is not pinned, and may read the code alone."""

import re

import pytest
import yaml

from scripts.common.files import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").iterdir())
TEXT = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
ACTION = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
IMAGE = re.compile(r"[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}")
LONGEST = 360  # minutes, GitHub's own limit


def faults(text: str) -> list[str]:
    """Return what is wrong with a workflow's text."""
    found = [
        f"not pinned: {used}"
        for used in re.findall(r"^[\s-]*uses:\s*(.*?)\s*$", text, re.MULTILINE)
        if not ACTION.fullmatch(used)
    ]
    parsed = yaml.safe_load(text)
    triggers = parsed[True]  # `on`, to YAML 1.1
    found += ["runs others' code with rights"] if "pull_request_target" in triggers else []
    found += ["secrets"] if re.search(r"\bsecrets\b|\bgithub\.token\b", text) else []
    found += [] if parsed.get("permissions") == {"contents": "read"} else ["permissions"]
    for job in parsed["jobs"].values():
        found += faults_of_job(job)
    return found


def faults_of_job(job: dict) -> list[str]:
    """Return what is wrong with one job."""
    found = ["permissions"] if job.get("permissions", {}) not in ({}, {"contents": "read"}) else []
    limit = job.get("timeout-minutes")
    found += [] if isinstance(limit, int) and 0 < limit < LONGEST else ["timeout"]
    container = job.get("container")
    image = container.get("image") if isinstance(container, dict) else container
    found += [f"not pinned: {image}"] if image and not IMAGE.fullmatch(image) else []
    for step in job["steps"]:
        if step.get("uses", "").startswith("actions/checkout@"):
            kept = step.get("with", {}).get("persist-credentials", True)
            found += [] if kept is False else ["credentials stay"]
    return found


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_pinned_and_nothing_may_be_written(path):
    assert faults(path.read_text(encoding="utf-8")) == []


def test_it_runs_what_ci_runs():
    (job,) = yaml.safe_load(TEXT)["jobs"].values()
    assert "bash .ci/run" in [step.get("run") for step in job["steps"]]
    assert "3.11" in job["container"]["image"]


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        (r"checkout@\S+ # v4.2.2", "checkout@v4", "not pinned: actions/checkout@v4"),
        (r" # v4.2.2", "", "not pinned: actions/checkout@11bd"),
        (r"checkout@1", "checkout@", "not pinned: actions/checkout@1bd"),
        (r"@sha256:\w+", "", "not pinned: python:3.11-bookworm"),
        (r"contents: read", "contents: write", "permissions"),
        (r"permissions:\n  contents: read", "env: {}", "permissions"),
        (r"    timeout-minutes: 120", "    permissions: write-all", "permissions"),
        (r"timeout-minutes: 120", "name: x", "timeout"),
        (r"persist-credentials: false", "fetch-depth: 1", "credentials stay"),
        (r"bash .ci/run", "echo ${{ secrets.KEY }}", "secrets"),
        (r"pull_request:", "pull_request_target:", "runs others' code"),
    ],
)
def test_what_is_not_so_is_found(before, after, fault):
    changed, count = re.subn(before, lambda _: after, TEXT)
    assert count == 1
    assert any(one.startswith(fault) for one in faults(changed))
