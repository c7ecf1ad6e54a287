"""The configs and splits of a data set of the hub, as the package `datasets` finds them.

It reads the card's metadata (`configs`), or goes by the names of files. The files themselves it
neither fetches nor reads here, and what it has found is turned into names of files and options of
our own reader. A data set with a script, which only code of its own can read, is refused.
"""

import logging
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from huggingface_hub import HfApi

from scripts.common.errors import InputError
from scripts.data.hub_options import list_options
from scripts.data.hub_parts import CONVERTED, Layout, Splits
from scripts.study.hub_data import HubData

MISSING = re.compile(r"Unable to find '(?P<path>.*?)'")


def find_layout(data: HubData, commit: str) -> Layout:
    """Return the layout of a data set at a commit; `InputError` where it has none.

    Raises:
        Exception: whatever the hub's client raises.
    """
    check_script(data, commit)
    # Imported here: it takes a second, and what names files does not need it.
    import datasets
    from datasets.load import dataset_module_factory

    datasets.config.HF_UPDATE_DOWNLOAD_COUNTS = False  # that counts at another place than the hub
    datasets.disable_progress_bars()
    datasets.logging.set_verbosity(logging.ERROR)
    place = f"hf://datasets/{data.repository}"
    start = f"{place}@{commit}/"

    def read(config: str) -> tuple[Splits, Mapping[str, Any]]:
        # Nothing of an older cache is taken for what the hub has.
        with explained(data, start), tempfile.TemporaryDirectory() as cache:
            builder = datasets.load_dataset_builder(place, config, revision=commit, cache_dir=cache)
        splits = {
            str(split): [file.removeprefix(start) for file in files]
            for split, files in (builder.config.data_files or {}).items()
        }
        card = (parameters.metadata_configs or {}).get(config, ())
        return splits, list_options(data, builder.name, builder.config, card)

    with explained(data, start), tempfile.TemporaryDirectory() as cache:
        found = dataset_module_factory(place, revision=commit, cache_dir=cache)
    parameters = found.builder_configs_parameters
    configs = [config.name for config in parameters.builder_configs or ()]
    default = parameters.default_config_name
    if default not in configs:
        default = configs[0] if len(configs) == 1 else None
    return Layout(configs, default, read)


def check_script(data: HubData, commit: str) -> None:
    """Raise `InputError` where a data set is read by code of its own; the client's, where gated."""
    script = f"{data.repository.rpartition('/')[2]}.py"
    if HfApi().file_exists(data.repository, script, repo_type=data.type, revision=commit):
        raise InputError(
            f"{data}: needs a script of its own ({script}), which is never run; the hub may have "
            f"converted it: @{CONVERTED}"
        )


@contextmanager
def explained(data: HubData, start: str) -> Iterator[None]:
    """Raise what `datasets` says of a repository as one line; what the client raises, as it is.

    Args:
        data: what is asked for, for messages.
        start: what the addresses of its files begin with.
    """
    from datasets.data_files import EmptyDatasetError
    from datasets.exceptions import DataFilesNotFoundError

    try:
        yield
    except Exception as error:
        if isinstance(error, EmptyDatasetError | DataFilesNotFoundError):
            raise InputError(
                f"{data}: has no data in a form that is known; name files: #<glob>"
            ) from None
        if found := MISSING.search(str(error)):
            path = found["path"].removeprefix(start)
            raise InputError(f"{data}: has no file {path!r}, which its card names") from None
        raise
