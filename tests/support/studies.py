"""The default study with other settings, parsed."""

import copy
from typing import Any

import yaml

from scripts.common.files import ROOT
from scripts.study.parse_study import load_study
from scripts.study.study import Study

DEFAULT = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
JUDGE = {"model": "j", "base_url": "http://h/v1"}


def default_study(**changes: Any) -> Study:
    """Return the default study; a change is a key's value, merged into what is there.

    ``run={"devices": 2}`` changes one key of `run`; ``models={"x": None}`` removes a model.
    """
    settings = copy.deepcopy(DEFAULT)
    merge(settings, changes)
    return load_study(settings, "study.yaml")


def merge(settings: dict[str, Any], changes: dict[str, Any]) -> None:
    """Merge changes into settings, mapping by mapping; None removes a key."""
    for key, value in changes.items():
        if value is None:
            settings.pop(key)
        elif isinstance(value, dict) and isinstance(settings.get(key), dict):
            merge(settings[key], value)
        else:
            settings[key] = value
