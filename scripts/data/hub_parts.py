"""Which files of a data set of the hub are a config's split, and what their reader must know.

The package `datasets` knows, by the card's metadata and the names of files; the hub's own branch of
converted Parquet is laid out as ``config/split/0000.parquet``. No code of a repository is run.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from scripts.common.errors import InputError, nearest
from scripts.data.archives import glob_pattern
from scripts.study.hub_data import HubData
from scripts.study.web_address import ARCHIVES

TRAIN, DEFAULT = "train", "default"
CONVERTED = "refs/convert/parquet"  # a branch that the hub itself writes
Splits = Mapping[str, list[str]]


@dataclass(frozen=True)
class Part:
    """The files of a part, in the order in which they are read, and options of their loader."""

    files: list[str]
    config: str | None = None
    split: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Layout:
    """The configs of a data set; `read` returns the splits of one, and options of its loader."""

    configs: list[str]
    default: str | None
    read: Callable[[str], tuple[Splits, Mapping[str, Any]]]


def match_files(data: HubData, names: Iterable[str]) -> Part:
    """Return the files that a path or glob names; hidden ones and the card are no data."""
    known = [name for name in names if not hidden(name)]
    matches = glob_pattern(data.part).fullmatch
    found = sorted(name for name in known if matches(name))
    if not found:
        raise InputError(f"{data}: no file of it matches {data.part!r}{nearest(data.part, known)}")
    return Part(found)


def check_archives(data: HubData, part: Part) -> Part:
    """Return a part of which no file is an archive, which would be fetched for nothing."""
    packed = next((name for name in part.files if name.lower().endswith(ARCHIVES)), None)
    if packed:
        raise InputError(f"{data}: {packed!r} is an archive, expected files that are none")
    return part


def hidden(name: str) -> bool:
    """Tell whether a file is none of a data set's: hidden, or its card."""
    return name == "README.md" or any(step.startswith(".") for step in name.split("/"))


def read_converted(names: Iterable[str]) -> Layout:
    """Return the layout of the hub's branch of converted Parquet, by the names of its files."""
    configs: dict[str, dict[str, list[str]]] = {}
    for name in sorted(names):
        config, _, rest = name.partition("/")
        split, _, file = rest.rpartition("/")
        if split and file.endswith(".parquet"):
            configs.setdefault(config, {}).setdefault(split, []).append(name)
    single = next(iter(configs)) if len(configs) == 1 else None
    default = DEFAULT if DEFAULT in configs else single
    return Layout([*configs], default, lambda config: (configs[config], {}))


def choose_part(data: HubData, layout: Layout) -> Part:
    """Return the files of the split that is asked for.

    Raises:
        InputError: with the names that there are, where one is needed or there is none of that.
    """
    config, split = name_part(data, layout)
    splits, options = layout.read(config)
    if split is None:
        split = TRAIN if TRAIN in splits or len(splits) != 1 else next(iter(splits))
        if split not in splits:
            raise InputError(
                f"{data}: has several splits, none of them train: name one behind '#'"
                f"{nearest('', splits)}"
            )
    if split not in splits and "/" in data.part:
        raise InputError(f"{data}: {config!r} has no split {split!r}{nearest(split, splits)}")
    if split not in splits:
        names = [*layout.configs, *splits]
        raise InputError(f"{data}: has no config or split {split!r}{nearest(split, names)}")
    if not splits[split]:
        raise InputError(f"{data}: of the split {split!r} none of the files is there")
    return Part(splits[split], config, split, options)


def name_part(data: HubData, layout: Layout) -> tuple[str, str | None]:
    """Return the config that is asked for, the default one where none is, and the split."""
    config, slash, split = data.part.partition("/")
    if config in layout.configs:
        return config, split or None
    if slash:
        raise InputError(f"{data}: has no config {config!r}{nearest(config, layout.configs)}")
    if layout.default is None and config:
        raise InputError(
            f"{data}: has no config {config!r}, and no default config of which that could be a "
            f"split{nearest(config, layout.configs)}"
        )
    if layout.default is None:
        raise InputError(
            f"{data}: has several configs: name one behind '#'{nearest('', layout.configs)}"
        )
    return layout.default, config or None
