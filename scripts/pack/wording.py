"""How a record asks: pairs by the study's wordings, worded records by one of their own."""

from dataclasses import dataclass, field
from random import Random

from scripts.common.errors import InputError
from scripts.pack.records import Part, Record
from scripts.study.kinds import KINDS
from scripts.study.wordings import Wordings

Requests = tuple[str, ...]


@dataclass(frozen=True)
class Wording:
    """A study's wordings, and the seed by which one of several is drawn.

    What is drawn for a record depends on the seed, the record and the pass alone.
    """

    wordings: Wordings = field(default_factory=Wordings.default)
    seed: int = 1
    known: dict[tuple[str, int, bool], Requests] = field(default_factory=dict)

    def draw(self, record: Record) -> Random:
        """Return the random numbers of a record in its pass."""
        return Random(f"{self.seed}:{record.name}:{record.turn}")

    def requests(self, part: Part, direction: int = 1, behind: bool = False) -> Requests:
        """Return the requests for the translation of pairs.

        Args:
            part: whose records they are.
            direction: 1, or -1 for a translation of the target.
            behind: those that follow the source.
        """
        key = part["dataset"], direction, behind
        if key not in self.known:
            source, target = part["languages"][::direction]
            names = part["names"][::direction]
            found = self.wordings.requests((source, target), (names[0], names[1]), behind)
            self.known[key] = found
        return self.known[key]

    def ask(self, record: Record) -> dict[str, str]:
        """Return a record as one of instruction, input and output.

        Raises:
            InputError: if it is running text.
        """
        kind, fields = record.part["kind"], record.fields
        if kind == "worded":
            return self.ask_worded(record)
        if record.part["side"] or not KINDS[kind].responds:
            raise InputError(
                f"{record.source}: found plain text, expected pairs or instructions "
                "(the recipe's objective is 'response')"
            )
        if kind == "instruction":
            return fields
        return self.ask_translation(record)

    def ask_translation(self, record: Record) -> dict[str, str]:
        """Return a pair as an instruction record; wordings take turns by the record's number."""
        requests = self.requests(record.part)
        request = requests[0]
        if len(requests) > 1:
            name = record.fields["id"]
            number = int(name) if name.isdecimal() else record.index
            request = self.wordings.choose(requests, number, self.draw(record))
        return {
            "instruction": request,
            "input": record.fields["source"],
            "output": record.fields["target"],
        }

    def ask_worded(self, record: Record) -> dict[str, str]:
        """Return a worded record as an instruction record; what follows the input ends it."""
        request, text, behind = self.draw_place(record, self.draw(record))
        output = record.fields["output"]
        if behind or not request:
            text = "\n".join(filter(None, (text.rstrip(), request)))
            return {"instruction": text, "input": "", "output": output}
        return {"instruction": request, "input": text.rstrip(), "output": output}

    @staticmethod
    def draw_place(record: Record, draw: Random) -> tuple[str, str, bool]:
        """Return a worded record's request, '' where it has none, its input, and the place.

        First the place is drawn, then one of its wordings; where it has none there is no request.
        """
        behind = draw.choice([True, False])
        wordings = record.fields["behind" if behind else "before"]
        return draw.choice(wordings).rstrip() if wordings else "", record.fields["input"], behind
