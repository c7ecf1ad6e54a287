"""BiLLa's training loss: a document's loss is on a suffix of it, that of a pair on its second half.

Facts from Neutralzz/BiLLa, train_codes/pretrain_main.py and task_instruct_tuning_main.py:

- a document is bos + text + eos, cut off at the row's length n; the loss begins at a position drawn
  from floor(0.2 n) + 1 to floor(0.7 n), both included, so that the model always has context;
- a pair is translated in a direction drawn each time, by a request after the source;
- an instruction is placed before its input or after it, as drawn; loss is on output and eos;
- what is longer than a row loses its end.

BiLLa draws from one stream of random numbers; here a record's draws depend on the seed, the record
and the pass only. The wordings are the study's (`prompts`), by default ours (``suffix_translation``
in ``prompts/tasks.yaml``).
"""

from collections.abc import Iterator
from random import Random

from scripts.common.errors import InputError
from scripts.pack.records import Record
from scripts.pack.rendering import Example, Vocabulary, as_text, encode_blocks
from scripts.pack.too_long import Lengths, TooLong, fit
from scripts.pack.wording import Wording
from scripts.study.kinds import CHAT


def encode_suffixes(
    records: Iterator[Record],
    vocabulary: Vocabulary,
    wording: Wording,
    how: TooLong,
    lengths: Lengths,
) -> Iterator[Example]:
    """Yield examples of at most the row's length with the loss on a suffix.

    What is longer loses its end, or is dropped. A record whose prompt alone fills the row has no
    token with loss and is dropped, too.
    """

    def encode(block: list[Record]) -> list[Example]:
        draws = [wording.draw(record) for record in block]
        halves = [split(record, draw, wording) for record, draw in zip(block, draws, strict=True)]
        prompts = vocabulary.encode([prompt or "" for prompt, _ in halves])
        texts = vocabulary.encode([text for _, text in halves])
        found = []
        for record, draw, half, prompt, text in zip(
            block, draws, halves, prompts, texts, strict=True
        ):
            ids = [vocabulary.bos, *prompt, *text, vocabulary.eos]
            kept = min(len(ids), lengths.length)
            first = draw_start(kept, draw) if half[0] is None else 1 + len(prompt)
            marked = any(map(vocabulary.records.holds, filter(None, half)))
            found.append(Example(record.source, ids, first, record.name, marked, record.turn))
        return found

    return fit(encode_blocks(encode, records), how, lengths)


def draw_start(size: int, draw: Random) -> int:
    """Return the first of a document's `size` tokens that carries loss; at least one does."""
    low = int(0.2 * size) + 1
    return draw.randint(low, max(low, int(0.7 * size)))


def split(record: Record, draw: Random, wording: Wording) -> tuple[str | None, str]:
    """Return a record's prompt and what is learned after it; a document has no prompt (None)."""
    part = record.part
    if part["kind"] == CHAT:
        raise InputError(f"{record.source}: the objective 'suffix' does not take conversations")
    if part["kind"] == "instruction":
        fields = record.fields
        return place(fields["instruction"], fields["input"], draw), fields["output"]
    if part["kind"] == "parallel" and not part["side"]:
        return split_pair(record, draw, wording)
    if part["kind"] == "worded":
        return place_wording(*wording.draw_place(record, draw)), record.fields["output"]
    return None, as_text(part)(record.fields, record.index)


def split_pair(record: Record, draw: Random, wording: Wording) -> tuple[str, str]:
    """Return source and request for a translation, and the translation; either direction."""
    direction = draw.choice([1, -1])
    source, target = [record.fields["source"], record.fields["target"]][::direction]
    request = draw.choice(wording.requests(record.part, direction, behind=True))
    return f"{source.rstrip()}\n{request}\n", target


def place_wording(request: str, text: str, behind: bool) -> str:
    """Return the prompt of a worded record, with BiLLa's separators."""
    if not request:
        return f"{text} "
    if behind:
        return f"{text.rstrip()}\n{request}\n"
    return f"{request}\n{text.rstrip()}\n\n"


def place(instruction: str, text: str, draw: Random) -> str:
    """Return the prompt of an instruction: before its input or after it, as drawn."""
    if not (instruction and text):
        return f"{instruction or text} "
    behind = draw.choice(["before", "behind"]) == "behind"
    return place_wording(instruction, text, behind)
