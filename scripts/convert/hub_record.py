"""The record of a model that was fetched from the hub."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.hub.record import Record, parse_record
from scripts.study.hub import HubModel

EXPECTED = "the record of a model fetched from the hub"


@dataclass(frozen=True)
class ModelRecord(Record):
    """`config` is the model's config.json, by which memory is planned."""

    config: Mapping[str, Any]

    @property
    def source(self) -> HubModel:
        return HubModel(self.repository, self.revision)


def read_record(path: Path) -> ModelRecord:
    """Read a record; `InputError` where it is none."""
    return parse_record(ModelRecord, path, EXPECTED, {"config": dict})
