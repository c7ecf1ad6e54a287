"""The whole study in other surroundings: locales, time zones, names of folders, clocks."""

import subprocess
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from tests.chaos.runs import end, make_command, prepare, start, surroundings
from tests.chaos.verdicts import Found, Trial, Verdict, judge

LOCALES = {"tr_TR.UTF-8": ("tr_TR", "UTF-8"), "zh_CN.GBK": ("zh_CN", "GBK")}
VARIABLES: dict[str, dict[str, str]] = {
    "locale C": {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
    "time zone Pacific/Kiritimati": {"TZ": "Pacific/Kiritimati"},
    "time zone America/St_Johns": {"TZ": "America/St_Johns"},
    "no HOME": {"HOME": ""},
    "a HOME that is not there": {"HOME": "/nonexistent"},
}
NAMES = {
    "a space and quotes": 'my study\'s "first" run',
    "CJK": "研究 测试",
    "200 characters": "x" * 200,
}
# Each process has a clock of its own, up to an hour fast or slow.
WRONG_CLOCK = """\
import os, time
_right, _off = time.time, (os.getpid() * 7919 % 7200) - 3600
time.time = lambda: _right() + _off
"""


def surroundings_trials(reference: Path, expected: Mapping[str, str]) -> Iterator[Trial]:
    """Yield runs of the study in other surroundings; all must have the same bytes."""
    for name, variables in VARIABLES.items():
        yield Trial("surroundings", name, partial(run_with, expected, variables))
    for name, (language, coding) in LOCALES.items():
        yield Trial("surroundings", f"locale {name}",
                    partial(run_in_locale, expected, name, language, coding))  # fmt: skip
    yield Trial("surroundings", "umask 077", partial(run_masked, expected))
    for name, folder in NAMES.items():
        yield Trial("surroundings", f"folder with {name}", partial(run_named, expected, folder))
    yield Trial("surroundings", "folder behind a symbolic link", partial(run_linked, expected))
    yield Trial("clock", "each process's an hour off", partial(run_off, expected))


def run(
    expected: Mapping[str, str], folder: Path, variables: Mapping[str, str] | None = None,
    forking: bool = True, before: str = "",
) -> Found:  # fmt: skip
    """Run the study in a prepared folder; an empty variable is unset.

    Forked scripts have the locale and the home of the process that they are forks of.
    """
    environment = surroundings(forking) | dict(variables or {})
    environment = {name: value for name, value in environment.items() if value}
    command = make_command()
    if before:
        command = ["bash", "-c", f'{before}; exec "$@"', "bash", *command]
    return judge(end(start(folder, command, environment)), folder, expected)


def run_with(expected: Mapping[str, str], variables: Mapping[str, str], folder: Path) -> Found:
    """Run with other variables of the environment."""
    return run(expected, prepare(folder), variables, forking="TZ" in variables)


def run_in_locale(
    expected: Mapping[str, str], name: str, language: str, coding: str, folder: Path
) -> Found:
    """Run in a locale that is made for it where the system has its description."""
    places = folder.parent / "locales"
    places.mkdir(exist_ok=True)
    command = ["localedef", "-i", language, "-f", coding, str(places / name)]
    if subprocess.run(command, capture_output=True).returncode > 1:
        return Found(Verdict.SKIPPED, "localedef cannot make it")
    variables = {"LOCPATH": str(places), "LC_ALL": name, "PYTHONUTF8": "0"}
    return run(expected, prepare(folder), variables, forking=False)


def run_masked(expected: Mapping[str, str], folder: Path) -> Found:
    """Run with files that nobody else may read."""
    return run(expected, prepare(folder), before="umask 077")


def run_named(expected: Mapping[str, str], name: str, folder: Path) -> Found:
    """Run in a folder of this name."""
    return run(expected, prepare(folder / name))


def run_linked(expected: Mapping[str, str], folder: Path) -> Found:
    """Run in a folder that is reached by a symbolic link."""
    prepare(folder / "there")
    (folder / "here").symlink_to("there", target_is_directory=True)
    return run(expected, folder / "here")


def run_off(expected: Mapping[str, str], folder: Path) -> Found:
    """Run with clocks that disagree."""
    prepare(folder)
    (folder / "clock").mkdir()
    (folder / "clock" / "sitecustomize.py").write_text(WRONG_CLOCK)
    path = f"{folder / 'clock'}:{surroundings()['PYTHONPATH']}"
    return run(expected, folder, {"PYTHONPATH": path}, forking=False)
