"""Solved examples before each record (`shots`): the first of a draw by seed and language.

They are the same ones for every record, but that no record is among its own examples: where one
asks what the record asks, the next of the draw takes its place.
"""

from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any

from scripts.common.errors import InputError
from scripts.common.files import check_fields, read_records
from scripts.common.sampling import draw
from scripts.infer.inference import Inference
from scripts.study.answer import Answer

Record = dict[str, Any]


@dataclass(frozen=True)
class Exemplars:
    """Records with answers, in the order of the draw; `shots` of them stand before a question."""

    drawn: list[Record]
    shots: int
    answer: Answer

    def choose(self, record: Record) -> list[Record]:
        """Return the record's examples."""
        own = questions(record)
        found: list[Record] = []
        for exemplar in self.drawn:
            if len(found) == self.shots:
                break
            if not own & questions(exemplar):
                found.append(exemplar)
        return found

    def tell(self, exemplar: Record) -> str:
        """Return an example's answer: as a model that is asked so should give it."""
        if "choices" not in exemplar:
            return str(exemplar["output"])
        place = exemplar["answer"]
        if self.answer.way != "generate":
            return str(exemplar["choices"][place])
        labels = self.answer.labels
        if labels and set(labels) != set(exemplar["choices"]):
            return labels[place].strip() if place < len(labels) else ascii_uppercase[place]
        return str(exemplar["choices"][place]) if labels else ascii_uppercase[place]


NONE = Exemplars([], 0, Answer())


def questions(record: Record) -> set[str]:
    """Return what a record asks, with its instruction and without: two that share any are equal."""
    asked = " ".join(record["input"].split())
    whole = " ".join(f"{record['instruction']}\n{record['input']}".split())
    return {asked, whole} - {""}


def read_exemplars(inference: Inference, records: list[Record]) -> Exemplars:
    """Return the examples of a benchmark's records; `NONE` where it is asked without.

    Raises:
        InputError: if there are too few, or they are of another task.
    """
    shots, path = inference.answer.shots, inference.exemplars
    if not shots:
        return NONE
    if path is None:
        raise InputError(f"--exemplars: found none, expected a benchmark for shots: {shots}")
    found = read_records(path, "a benchmark")
    for number, record in enumerate(found, 1):
        task = records[0]["task"]
        if record.get("task") != task:
            raise InputError(f"{path}:{number}: task {record.get('task')!r}, expected {task!r}")
        fields = {"id": str, "instruction": str, "input": str, "output": str}
        check_fields(record, fields, f"{path}:{number}", "an example")
    if len(found) < shots:
        raise InputError(f"{path}: {len(found)} records, expected at least {shots} (shots)")
    # The language is the end of the benchmark's name: data that is parallel has equal ids.
    language = path.stem.rpartition("_")[2]
    drawn = draw(found, len(found), lambda one: f"{inference.seed} {language} {one['id']}")
    return Exemplars(drawn, shots, inference.answer)
