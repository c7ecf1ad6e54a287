"""What the rules of harness.smk ask: how lm-evaluation-harness is run."""

from scripts.common.options import options_of
from scripts.plan.options import flags
from scripts.study.harness import HarnessTask
from scripts.study.study import Study


def task_options(study: Study, benchmark: str) -> list[str]:
    """Return which task of the harness a benchmark is, and what of its answers counts."""
    found = study.harness[benchmark]
    options = [*flags("--harness-task", [found.task]), *flags("--tasks", task_folder(found))]
    return [*options, *flags("--filter", [found.harness.filter])]


def listing_options(study: Study, benchmark: str) -> list[str]:
    """Return what listing a benchmark's questions needs: the metrics that they must have, too."""
    return [*task_options(study, benchmark), *flags("--metrics", study.metrics[benchmark])]


def asking_options(study: Study, benchmark: str) -> list[str]:
    """Return how the harness asks a model."""
    harness = study.harness[benchmark].harness
    options = [*task_options(study, benchmark), *flags("--shots", [harness.shots])]
    options += ["--chat-template"] if harness.chat_template else []
    options += ["--batch-size", str(study.infer.batch), *options_of(study.infer, ("dtype",))]
    return [*options, *flags("--limit", [harness.limit]), "--seed", str(study.seed)]


def task_folder(found: HarnessTask) -> list[str]:
    """Return the folder of task files of one's own, if the study names one."""
    return [str(found.folder)] if found.folder else []


def task_files(study: Study, benchmark: str) -> list[str]:
    """Return the files of that folder, a change of which lists and asks again."""
    folder = study.harness[benchmark].folder
    files = sorted(folder.rglob("*")) if folder else []
    return [str(path) for path in files if path.is_file() and "__pycache__" not in path.parts]
