"""Any table: JSON, JSON lines, CSV, TSV, Parquet, Arrow, TMX or plain text, by a map of columns.

The option `columns` says where each field of a record is, as ``{instruction: question, output:
answers.text.0}``: a column, or a dotted path into it, with the language's code for ``{lang}``. A
field that is not named is the column of its own name. A list of them makes a list of texts, as
``choices: [A, B, C, D]``. `constants` are fields that are the same in each record, of which an
output may be an empty one. `labels` are what a table has in place of the number of the right
choice, in their order, as ``[A, B, C, D]``. `format` names the form of a file whose ending does
not, as ``jsonl``. Of pairs in the direction that `columns` do not have, `reversed` is true; TMX
names its languages itself.

A missing or null `input`, `context`, `category` or `system` is an empty one. Records without an
`id` are numbered from 0, in 8 digits or as many as the option `digits` says. Of chat, `messages`
may have OpenAI's form or ShareGPT's (`scripts.data.conversations`), and a column `system` the
system message.
"""

from collections.abc import Callable, Collection, Iterator
from typing import Any

from scripts.common.errors import InputError, nearest
from scripts.data.built_shards import DIGITS, mark_number, mark_own
from scripts.data.conversations import convert
from scripts.data.json_records import show
from scripts.data.raw_file import RawFile
from scripts.data.request import Request
from scripts.data.rows import READERS, Read
from scripts.data.rows.paths import NoPathError, follow
from scripts.study.kinds import KINDS, LISTS, NUMBERS, SIDES

EMPTY: dict[str, Any] = {
    "input": "", "context": "", "category": None, "system": "", "before": [], "behind": [],
}  # fmt: skip
# What is in a folder of `datasets.save_to_disk`, or of a repository, beside its data.
BESIDE = ("state.json", "dataset_info.json", "dataset_dict.json")
Take = Callable[[Any], Any]


def load(request: Request) -> Iterator[dict[str, Any]]:
    """Yield the records of all files, whose kind `request.kind` tells."""
    kind = KINDS[request.kind]
    names = (*kind.fields[1:], *kind.beside)
    fields = {name: find_field(name, request) for name in names}
    turned = turn(fields) if request.options.get("reversed") else fields
    known = {*kind.fields, *kind.beside}
    for option in ("columns", "constants"):
        for name in request.options.get(option, {}):
            if name not in known:
                raise InputError(f"{request.place}: {option}: {name!r}{nearest(name, known)}")
    identify = find_id(request)
    files = [file for file in request.raw_files() if is_data(file)]
    if request.shard:
        files = [files[number] for number in request.shard.rows(len(files))]
    number = 0
    for file in files:
        read = choose_reader(file, request)
        for row in read(file, request):
            record = read_row(row, fields if read is READERS[".tmx"] else turned, request)
            if record is not None:
                yield {"id": identify(row, number), **record}
            number += 1
    request.read["rows"] = number


def turn(fields: dict[str, Take]) -> dict[str, Take]:
    """Return the fields of pairs with the source taken from the target's column, and vice versa."""
    source, target = SIDES
    return {**fields, source: fields[target], target: fields[source]}


def is_data(file: RawFile) -> bool:
    """Tell whether a file is none of those that describe a data set."""
    return file.bare.name not in BESIDE


def choose_reader(file: RawFile, request: Request) -> Read:
    """Return what reads a file, by the option `format` or its ending."""
    ending = "." + str(request.options.get("format", file.bare.suffix.lower())).removeprefix(".")
    if ending not in READERS:
        file.read()  # of an archive it tells so
        expected = ", ".join(name.removeprefix(".") for name in READERS)
        raise InputError(
            f"{file.name}: no form is known by {ending.removeprefix('.')!r}; expected the option "
            f"format: one of {expected}"
        )
    return READERS[ending]


def find_field(name: str, request: Request) -> Take:
    """Return how a field is taken from a row."""
    constants = request.options.get("constants", {})
    if name in constants:
        value = constants[name]
        same = [value] if name in LISTS and isinstance(value, str) else value
        return lambda _: same
    if isinstance(request.options.get("columns", {}).get(name), list):
        return take_several(name, request)
    if name in NUMBERS and "labels" in request.options:
        return take_label(name, request)
    path = find_path(name, request)

    def take(row: Any) -> Any:
        try:
            found = follow(row, path)
        except NoPathError:
            if name in EMPTY and name not in request.options.get("columns", {}):
                return EMPTY[name]
            raise
        if found is None and name in EMPTY:
            return EMPTY[name]
        return [found] if name in LISTS and isinstance(found, str) else found

    return take


def take_several(name: str, request: Request) -> Take:
    """Return how a list of texts is taken from several columns."""
    paths = request.options["columns"][name]
    return lambda row: [follow(row, path) for path in paths]


def take_label(name: str, request: Request) -> Take:
    """Return how the number of a choice is taken from a column that has its label."""
    path, labels = find_path(name, request), [str(label) for label in request.options["labels"]]

    def take(row: Any) -> Any:
        label = str(follow(row, path))
        # What is no label stays as it is, for the check of records to tell.
        return labels.index(label) if label in labels else label

    return take


def find_path(name: str, request: Request) -> str:
    """Return the column of a field, or the path into one."""
    path = str(request.options.get("columns", {}).get(name, name))
    language = request.target if name == SIDES[1] else request.source
    return path.replace("{lang}", language)


def find_id(request: Request) -> Callable[[Any, int], str]:
    """Return how a row's id is found: in a column that is named, or by its number.

    Of a shard it is as `built_shards` has it.
    """
    path = request.options.get("columns", {}).get("id")
    digits = request.options.get("digits", DIGITS)
    count: Callable[[int], str] = mark_number if request.shard else f"{{:0{digits}}}".format
    own: Callable[[str], str] = mark_own if request.shard else str
    if path is None:
        return lambda _, number: count(number)

    def take(row: Any, number: int) -> str:
        try:
            found = follow(row, path)
        except NoPathError:
            found = None
        return count(number) if found is None else own(str(found))

    return take


def read_row(row: Any, fields: dict[str, Take], request: Request) -> dict[str, Any] | None:
    """Return a row's fields; None where it lacks one, and is refused, or there is nothing in it."""
    record = {}
    for name, take in fields.items():
        try:
            record[name] = take(row)
        except NoPathError as error:
            path = find_path(name, request)
            step = f" (no {error})" if str(error) != path else ""
            request.refuse(f"expected {name} in {path!r}{step}; found {show(row)}")
            return None
    if reason := find_gap(record, request.options.get("constants", {})):
        request.dropped[reason] += 1
        return None
    return convert(record, request) if "messages" in record else record


def find_gap(record: dict[str, Any], constants: Collection[str]) -> str:
    """Return why a record has nothing to learn from, '' if it has."""
    blank = [name for name, value in record.items() if isinstance(value, str) and not value.strip()]
    if "before" in record:
        return "without an input or an output" if blank else ""
    if "instruction" in record:
        asked = not {"instruction", "input"} <= {*blank}
        answered = "output" not in blank or "output" in constants  # by a test set's judge
        return "" if asked and answered else "without a question or an answer"
    return "empty" if {*blank} - {*EMPTY} else ""
