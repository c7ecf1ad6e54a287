"""What a data set of the hub says of the form of its files, as options of our own readers.

These go by a file's ending where nothing else is said, for the configs of one data set may be of
several forms. A setting that ours would not follow is refused: read without it, the records would
be others.
"""

import csv
from collections.abc import Callable, Iterable
from dataclasses import MISSING, Field, fields
from typing import Any

from scripts.common.errors import InputError
from scripts.study.hub_data import HubData

Options = dict[str, Any]
# Settings of `datasets` that change no text: names, which columns, how much is read at once, what
# becomes a number or a null. Ours reads the cells of a CSV as they are.
HARMLESS = {
    "name", "version", "description", "data_dir", "data_files", "features", "columns", "usecols",
    "index_col", "batch_size", "block_size", "chunksize", "use_threads", "engine", "memory_map",
    "float_precision", "true_values", "false_values", "thousands", "decimal", "date_format",
    "na_values", "keep_default_na", "na_filter", "on_mixed_types", "parse_agent_traces",
    "fragment_scan_options", "keep_linebreaks", "mangle_dupe_cols", "verbose", "skip_blank_lines",
}  # fmt: skip
UNITS = {"line": "line", "paragraph": "paragraph", "document": "file"}


def list_options(data: HubData, form: str, config: Any, card: Iterable[str]) -> Options:
    """Return the options that the table loader needs to read the files of a config.

    Args:
        data: whose, for messages.
        form: the name of the builder of `datasets`.
        config: the builder's settings, a dataclass.
        card: the settings that the data set's card names for the config.

    Raises:
        InputError: if the form is none of texts, or a setting asks for what our readers do not do.
    """
    if form not in FORMS:
        raise InputError(f"{data}: its files are {form}; expected one of {', '.join(FORMS)}")
    known, convert = FORMS[form]
    others = [one.name for one in fields(config) if is_unknown(one, config, known)]
    others += [name for name in card if name != "default" and not hasattr(config, name)]
    options = None if others else convert(config)
    if options is None:
        what = ", ".join(others or sorted(known))
        raise InputError(
            f"{data}: what its card says of the {form} files of {config.name!r} ({what}) is not "
            "followed here; name files (#<glob>), and what they are like by options"
        )
    return options


def is_unknown(one: Field, config: Any, known: set[str]) -> bool:
    """Tell whether a setting is another than the default, and would not be followed."""
    if one.name in HARMLESS or one.name in known:
        return False
    default = one.default if one.default_factory is MISSING else one.default_factory()
    return bool(getattr(config, one.name) != default)


def csv_options(config: Any) -> Options | None:
    """Return the options of a CSV, a TSV among them; None where no reader of ours is like it."""
    names, header = config.names, config.header
    headless = header in (None, "infer") if names else header in (0, "infer")
    if len(config.sep) != 1 or not headless:
        return None
    quotes = config.quoting != csv.QUOTE_NONE
    options: Options = {"header": list(names)} if names else {}
    if config.sep != "," or not quotes:  # a TSV, too, which ours would read without quotes
        options |= {"format": "csv", "delimiter": config.sep, "quotes": quotes}
    return options | encoding(config)


def json_options(config: Any) -> Options:
    """Return the options of JSON, whose rows may be in one field of a file."""
    return ({"format": "json", "records": config.field} if config.field else {}) | encoding(config)


def text_options(config: Any) -> Options | None:
    """Return the options of plain text."""
    unit = UNITS.get(config.sample_by)
    if unit is None:
        return None
    return ({"format": "txt", "unit": unit} if unit != "line" else {}) | encoding(config)


def encoding(config: Any) -> Options:
    """Return the option for texts of another encoding than UTF-8."""
    other = config.encoding and config.encoding.lower().replace("_", "-") not in ("utf-8", "utf8")
    return {"encoding": config.encoding} if other else {}


FORMS: dict[str, tuple[set[str], Callable[[Any], Options | None]]] = {
    "parquet": (set(), lambda _: {}),
    "arrow": (set(), lambda _: {}),
    "json": ({"field", "encoding"}, json_options),
    "csv": (
        {"sep", "delimiter", "names", "column_names", "header", "quoting", "encoding"},
        csv_options,
    ),
    "text": ({"sample_by", "encoding"}, text_options),
}
