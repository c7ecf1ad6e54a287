"""A study's base on the Hugging Face hub: which it is, and what is known before it is fetched."""

import logging
import sys
from collections.abc import Mapping
from typing import Any

from scripts.common.errors import InputError
from scripts.study.hub import HubModel, is_hub, parse_hub
from scripts.study.study import Study


def hub_base(study: Study) -> HubModel | None:
    """Return the hub's model that the study's base is; None where it is none of the hub's."""
    if isinstance(study.base, str):
        source = study.registry.models[study.base]["url"]
    else:
        source = study.base["from"]
    return parse_hub(source) if is_hub(source) else None


def ask_hub(study: Study) -> None:
    """Ask the hub once, before anything runs, whether the study's base can be fetched.

    Not where its record is there: it names the commit, and nothing else counts. Where the hub
    cannot be asked, one line on stderr says so, and the job that fetches it will tell more.

    Raises:
        InputError: if there is no such model, no access to it, or it has no weights to be read;
            if its record is none.
    """
    model = hub_base(study)
    if model is None:
        return
    if model.record.is_file():
        from scripts.convert.hub_record import read_record

        read_record(model.record)
        return
    # Imported where a base is the hub's: the client takes half a second.
    from scripts.convert.hub_model import check_model
    from scripts.hub.errors import UnreachableError

    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)  # that no token is sent, and such
    try:
        check_model(model)
    except UnreachableError as error:
        print(f"warning: {error}; not checked", file=sys.stderr)


def hub_config(model: HubModel) -> Mapping[str, Any]:
    """Return a model's config by its record or the client's cache, without asking the hub.

    Raises:
        InputError: if neither is there.
    """
    from scripts.convert.hub_record import read_record
    from scripts.hub.cache import cached_config

    if model.record.is_file():
        return read_record(model.record).config
    config = cached_config(model)
    if config is None:
        raise InputError(f"{model}: its config.json is not here yet")
    return config
