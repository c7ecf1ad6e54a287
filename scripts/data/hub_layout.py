"""The configs and splits of a data set of the hub, as the package `datasets` finds them.

It reads the card's metadata (`configs`), or goes by the names of files. The files themselves it
neither fetches nor reads here, and what it has found is turned into names of files and options of
our own reader. A data set with a script, which only code of its own can read, is refused by it.
"""

import logging
import tempfile
from collections.abc import Mapping
from typing import Any

from scripts.common.errors import InputError
from scripts.data.hub_options import list_options
from scripts.data.hub_parts import CONVERTED, Layout, Splits
from scripts.study.hub_data import HubData

SCRIPT = "Dataset scripts are no longer supported"


def find_layout(data: HubData, commit: str) -> Layout:
    """Return the layout of a data set at a commit; `InputError` where it has none.

    Raises:
        Exception: whatever the hub's client raises.
    """
    # Imported here: it takes a second, and what names files does not need it.
    import datasets
    from datasets.load import dataset_module_factory

    datasets.config.HF_UPDATE_DOWNLOAD_COUNTS = False  # that counts at another place than the hub
    datasets.disable_progress_bars()
    datasets.logging.set_verbosity(logging.ERROR)
    place = f"hf://datasets/{data.repository}"

    def read(config: str) -> tuple[Splits, Mapping[str, Any]]:
        # Nothing of an older cache is taken for what the hub has.
        with tempfile.TemporaryDirectory() as cache:
            builder = datasets.load_dataset_builder(place, config, revision=commit, cache_dir=cache)
        start = f"{place}@{commit}/"
        splits = {
            str(split): [file.removeprefix(start) for file in files]
            for split, files in (builder.config.data_files or {}).items()
        }
        card = (parameters.metadata_configs or {}).get(config, ())
        return splits, list_options(data, builder.name, builder.config, card)

    try:
        with tempfile.TemporaryDirectory() as cache:
            found = dataset_module_factory(place, revision=commit, cache_dir=cache)
    except (RuntimeError, OSError, ValueError) as error:
        raise explain(error, data) or error from None
    parameters = found.builder_configs_parameters
    configs = [config.name for config in parameters.builder_configs or ()]
    default = parameters.default_config_name
    if default not in configs:
        default = configs[0] if len(configs) == 1 else None
    return Layout(configs, default, read)


def explain(error: Exception, data: HubData) -> InputError | None:
    """Return what `datasets` says of a repository as one line; None of other errors."""
    from datasets.data_files import EmptyDatasetError
    from datasets.exceptions import DataFilesNotFoundError

    if isinstance(error, RuntimeError) and SCRIPT in str(error):
        return InputError(
            f"{data}: needs a script of its own ({str(error).rpartition(' ')[2]}), which is never "
            f"run; the hub may have converted it: @{CONVERTED}"
        )
    if isinstance(error, EmptyDatasetError | DataFilesNotFoundError):
        return InputError(f"{data}: has no data in a form that is known; name files: #<glob>")
    return None
