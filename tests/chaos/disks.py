"""What a machine may lack: room on a disk, permissions, open files, memory."""

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from scripts.common.files import remove
from tests.chaos.runs import copy, end, make, make_command, start, surroundings
from tests.chaos.verdicts import Found, Trial, Verdict, judge, recover

SIZE = "size=200m"
ROOMS = (0, 512)  # KiB that are left: without any nothing begins, with some a job meets the end
SCORES = ("x-tiny-zh", "records/x-tiny-zh", "comparisons/x-tiny-zh.jsonl")
# What a rule writes, which is deleted before it meets a full disk; the first is what is made.
# Checkpoints are none of its declared outputs.
WRITTEN = {
    "download": ("raw/pypi/django-5.2.19.whl",),
    "build_corpus": ("corpora/everyday_zh.parquet",),
    "build_benchmark": ("benchmarks/ui_en-zh.jsonl",),
    "filter_corpus": ("clean/everyday_zh.parquet",),
    "check_overlap": ("checks/everyday_zh.json",),
    "extend_tokenizer": ("tokenizers/billa-extended/extension.json", "tokenizers/billa-extended"),
    "import_model": ("models/base/stage.json", "models/base"),
    "extend_model": ("models/billa-extended/stage.json", "models/billa-extended"),
    "pack_examples": ("packed/x-tiny-zh/manifest.json", "packed/x-tiny-zh"),
    "train_model": ("models/x-tiny-zh/stage.json", "models/x-tiny-zh", "checkpoints/x-tiny-zh"),
    "answer_benchmarks": ("predictions/x-tiny-zh/ui_en-zh.jsonl", "predictions/x-tiny-zh"),
    "score_benchmarks": ("x-tiny-zh/ui_en-zh.bleu", *SCORES),
    "compare_scores": ("comparisons/x-tiny-zh.jsonl",),
    "tabulate_scores": ("tables/main.csv", "tables/main.md", "tables/main.tex"),
    "tabulate_tokenizers": ("tables/tokenizer.csv", "tokens.jsonl"),
    "write_report": ("report.html",),
}
STAGES = ("models/x-tiny-zh", "checkpoints/x-tiny-zh", "predictions/x-tiny-zh", *SCORES)
GROUPS = Path("/sys/fs/cgroup/memory")
LIMITS = {
    "48 open files": "ulimit -n 48",
    "20 open files": "ulimit -n 20",
    "3 GB of addresses": "ulimit -v 3000000",
    "1 GB of addresses": "ulimit -v 1000000",
}


def disk_trials(reference: Path, expected: Mapping[str, str]) -> Iterator[Trial]:
    """Yield a full disk at each rule, and what else may be missing."""
    for rule, written in WRITTEN.items():
        for room in ROOMS:
            run = partial(full, reference, expected, written, room)
            yield Trial("full disk", f"{rule}, {room} KiB left", run)
    yield Trial("full TMPDIR", "a stage and its answers", partial(full_tmpdir, reference, expected))
    yield Trial("read-only results/", "a stage and its answers",
                partial(read_only, reference, expected))  # fmt: skip
    yield Trial("no permission", "another user's results/",
                partial(no_permission, reference, expected))  # fmt: skip
    for name, command in LIMITS.items():
        yield Trial("limits", name, partial(limited, reference, expected, command))
    yield Trial("limits", "700 MB of memory, by a control group",
                partial(limited_by_group, reference, expected))  # fmt: skip


@contextmanager
def mounted(place: Path, *options: str) -> Iterator[None]:
    """Mount at a place as long as the block runs."""
    subprocess.run(["mount", *options, str(place)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def needs_root(work: Callable[..., Found]) -> Callable[..., Found]:
    """Let a trial be skipped where nothing can be mounted."""

    def tried(*words: object) -> Found:
        return Found(Verdict.SKIPPED, "needs root") if os.geteuid() else work(*words)

    return tried


def fill(folder: Path, room: int = 0) -> Path:
    """Leave so many KiB on a folder's disk; return what fills it."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as stream:
        try:
            while True:
                stream.write(bytes(4096))
        except OSError:
            stream.truncate(max(0, stream.tell() - room * 1024))
            return ballast


@needs_root
def full(
    reference: Path, expected: Mapping[str, str], written: Sequence[str], room: int, folder: Path
) -> Found:
    """Let a rule meet a full disk; with room again, the same command ends well."""
    folder.mkdir(parents=True)
    with mounted(folder, "-t", "tmpfs", "-o", SIZE, "tmpfs"):
        subprocess.run(["cp", "-a", f"{reference}/.", str(folder)], check=True)
        for name in written:
            remove(folder / "results" / name)
        ballast = fill(folder, room)
        found = judge(make(folder, "--forcerun", f"results/{written[0]}"), folder, expected)
        ballast.unlink()
        return recover(found, folder, expected, lambda line: None)


@needs_root
def full_tmpdir(reference: Path, expected: Mapping[str, str], folder: Path) -> Found:
    """Train and answer where temporary files have no room."""
    forget(copy(reference, folder), STAGES)
    place = folder / "tmp"
    place.mkdir()
    with mounted(place, "-t", "tmpfs", "-o", "size=16k", "tmpfs"):
        ballast = fill(place)
        environment = surroundings() | {"TMPDIR": str(place)}
        found = judge(make(folder, environment=environment), folder, expected)
        ballast.unlink()
    return recover(found, folder, expected, lambda line: None)


@needs_root
def read_only(reference: Path, expected: Mapping[str, str], folder: Path) -> Found:
    """Train and answer where results/ cannot be written."""
    forget(copy(reference, folder), STAGES)
    place = folder / "results"
    with mounted(place, "--bind", str(place)):
        subprocess.run(["mount", "-o", "remount,ro,bind", str(place)], check=True)
        found = judge(make(folder), folder, expected)
    return recover(found, folder, expected, lambda line: None)


@needs_root
def no_permission(reference: Path, expected: Mapping[str, str], folder: Path) -> Found:
    """Run as a user who may read, and not write, what another has made."""
    forget(copy(reference, folder), STAGES)
    folder.parent.chmod(0o755)
    user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    environment = surroundings(forking=False) | {"HOME": "/nonexistent"}
    found = judge(end(start(folder, [*user, *make_command()], environment)), folder, expected)
    return recover(found, folder, expected, lambda line: None)


def limited(reference: Path, expected: Mapping[str, str], command: str, folder: Path) -> Found:
    """Train and answer under a limit of the shell."""
    forget(copy(reference, folder), STAGES)
    shell = ["bash", "-c", f'{command}; exec "$@"', "bash", *make_command()]
    outcome = end(start(folder, shell, surroundings(forking=False)))
    return recover(judge(outcome, folder, expected), folder, expected, lambda line: None)


def forget(folder: Path, names: Sequence[str]) -> None:
    """Delete results, which are made again."""
    for name in names:
        remove(folder / "results" / name)


@needs_root
def limited_by_group(reference: Path, expected: Mapping[str, str], folder: Path) -> Found:
    """Train and answer where the kernel kills what takes too much memory."""
    place = GROUPS / f"chaos-{os.getpid()}-{folder.name}"
    try:
        place.mkdir()
        (place / "memory.limit_in_bytes").write_text(str(700 * 10**6))
    except OSError as error:
        return Found(Verdict.SKIPPED, f"no control groups (version 1) for memory: {error}")
    try:
        return limited(reference, expected, f"echo $$ > {place}/cgroup.procs", folder)
    finally:
        place.rmdir()
