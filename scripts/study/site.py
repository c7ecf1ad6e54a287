"""What a site says of its cluster: ``slurm/site.yaml``, read where jobs go to Slurm.

Nothing of it changes a result. Its keys are those of `FORM`; the file itself shows each.
"""

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scripts.common.errors import InputError, nearest
from scripts.common.files import ROOT
from scripts.study.validate import check_form
from scripts.study.yaml_file import read_yaml

SITE_FILE = "slurm/site.yaml"
# Of jobs: those that need a network, that compute on CPUs, that want GPUs, that take seconds.
KINDS = ("download", "cpu", "gpu", "tiny")
# What goes into Slurm's command lines.
NAME = {
    "type": "string",
    "pattern": r"^[^\s'\"`\\;]+$",
    "expected": "a name without spaces, quotes, backslashes and semicolons",
}
FOLDER = {
    "type": "string",
    "pattern": "^[/$]",
    "expected": "a folder of each node: a path from / on, or one that begins with a variable such "
    "as $TMPDIR",
}


def count_of(what: str) -> dict[str, Any]:
    """Return the form of a number from 1 on, of a unit with an example."""
    return {"type": "integer", "minimum": 1, "expected": f"a whole number of {what}"}


FORM: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "account": NAME,
        "qos": NAME,
        "constraint": NAME,
        "gpu_type": NAME,
        "modules": {"type": "array", "items": NAME},
        "scratch": FOLDER,
        "rows_on_scratch": {"type": "boolean"},
        "partitions": {
            "type": "object",
            "additionalProperties": False,
            "properties": dict.fromkeys(KINDS, NAME),
        },
        "resources": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "partition": NAME,
                    "constraint": NAME,
                    "runtime": count_of("minutes from 1 on, such as 120"),
                    "mem_mb": count_of("MiB from 1 on, such as 64000"),
                    "threads": count_of("CPUs from 1 on"),
                    "gpu": count_of("GPUs from 1 on"),
                },
            },
        },
    },
}


@dataclass(frozen=True)
class Site:
    """A cluster's names, and what jobs of single rules ask for; None is Slurm's own default.

    `partitions` has names by kind of job (`KINDS`), `resources` has keys of `FORM` by rule.
    `scratch` is a folder of each node, which may have variables of the node in its name, and
    `rows_on_scratch` tells whether packed rows are copied to it before they are trained on.
    """

    account: str | None = None
    qos: str | None = None
    constraint: str | None = None
    gpu_type: str | None = None
    modules: Sequence[str] = ()
    scratch: str | None = None
    rows_on_scratch: bool = False
    partitions: Mapping[str, str] = field(default_factory=dict)
    resources: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def check_rules(self, rules: list[str], local: Collection[str] = ()) -> None:
        """Raise `InputError` where a rule is named that there is not, or that has no such jobs.

        Args:
            local: those of `rules` that run where Snakemake does.
        """
        for name in self.resources:
            if name not in rules:
                raise InputError(
                    f"{SITE_FILE}: resources.{name}: no such rule{nearest(name, rules)}"
                )
            if name in local:
                raise InputError(
                    f"{SITE_FILE}: resources.{name}: its jobs run where Snakemake does, and ask "
                    "Slurm for nothing; `partition` here, or `partitions`, sends them to nodes"
                )


def read_site(path: Path | None = None) -> Site:
    """Return what the file says; a file without any key, or none, leaves all to Slurm.

    Args:
        path: None: that of this folder, in which Snakemake finds the profile too, or lingraft's.

    Raises:
        InputError: if it is not of the form.
    """
    here = Path(SITE_FILE)
    path = path or (here if os.path.lexists(here) else ROOT / SITE_FILE)
    if not os.path.lexists(path):
        return Site()
    written = read_yaml(path)
    written = {} if written is None else written
    check_form(written, FORM, SITE_FILE)
    if written.get("rows_on_scratch") and not written.get("scratch"):
        raise InputError(f"{SITE_FILE}: rows_on_scratch: found no `scratch`, expected a folder")
    return Site(**written)
