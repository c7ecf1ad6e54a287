"""What `check_overlap` searches for: the strings that benchmarks hold out, read by itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scripts.common.errors import InputError
from scripts.common.files import read_jsonl
from scripts.data.byte_grams import LEAST, NEVER, UNIT, Grams, index_grams, plain
from scripts.study.tasks import TASKS

SHORTEST_ANSWER = 75  # bytes of an answer to a question that is a secret by itself


@dataclass(frozen=True)
class Secret:
    """A held-out string: its benchmark and record.

    `whole` tells whether a field that is the string counts, `least` what it must weigh to be
    searched for inside records.
    """

    benchmark: str
    record: str
    text: str
    whole: bool
    least: float


@dataclass(frozen=True)
class SecretTexts:
    """Held-out strings, their numbers by their plain text, and their n-grams."""

    strings: list[Secret]
    wholes: dict[bytes, int]
    grams: Grams


def read_secrets(benchmarks: list[Path]) -> tuple[SecretTexts | None, dict[str, int]]:
    """Return what benchmarks hold out, None without any of them, and the number of each's strings.

    Raises:
        InputError: if a benchmark has no string that can be compared.
    """
    known: dict[str, Secret] = {}
    counts = {}
    for path in benchmarks:
        new: dict[str, None] = {}
        for secret in secrets_of(path):
            new[secret.text] = None
            if secret.text not in known or secret.least < known[secret.text].least:
                known[secret.text] = secret
        counts[path.stem] = len(new)
        if not any(map(plain, new)):
            raise InputError(f"{path}: no string of it can be compared, expected a benchmark")
    if not known:
        return None, counts
    strings = list(known.values())
    wholes: dict[bytes, int] = {}
    for number, secret in enumerate(strings):
        whole = plain(secret.text)
        if whole and (secret.whole or len(whole) >= SHORTEST_ANSWER):
            wholes.setdefault(whole, number)
    grams = index_grams([(secret.text, secret.least) for secret in strings])
    return SecretTexts(strings, wholes, grams), counts


def secrets_of(path: Path) -> Iterator[Secret]:
    """Yield what a benchmark's file holds out; `InputError` where it is no benchmark."""
    try:
        for record in read_jsonl(path, "a benchmark"):
            secrets = TASKS[record["task"]].secrets(record)
            least = NEVER if secrets.entry else LEAST
            answer = UNIT if secrets.question else least
            for text in filter(None, secrets.asked):
                yield Secret(path.stem, record["id"], text, True, least)
            for text in filter(None, secrets.answers):
                yield Secret(path.stem, record["id"], text, not secrets.question, answer)
    except (KeyError, IndexError) as error:
        raise InputError(f"{path}: not a benchmark: {error!r}") from error
