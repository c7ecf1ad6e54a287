"""How large the models of a study are, and the memory in which they are loaded and extended."""

from dataclasses import replace

from scripts.common.errors import InputError
from scripts.convert.gguf_shape import gguf_shape
from scripts.convert.model_shape import Shape, count_weights, folder_shape, meta_shape, shape_of
from scripts.plan.hub_base import hub_config
from scripts.plan.new_pieces import most_pieces
from scripts.study.base_model import split_base
from scripts.study.hub import HubModel, is_hub, parse_hub
from scripts.study.study import Study
from scripts.tokenizer.extension_file import pad_rows


def model_shape(study: Study, model: str) -> Shape:
    """Return a model's shape: its base's, with the rows that extensions added on the way.

    Pieces that cannot be counted yet (`scripts.plan.new_pieces`) are left out.
    """
    shape = base_shape(study)
    extended = [stage for stage in study.lineage(model) if stage.extend]
    pieces = [sum(most_pieces(part) or 0 for _, part in stage.extend) for stage in extended]
    if sum(pieces):
        rows = shape.vocabulary + sum(pieces)
        shape = replace(shape, vocabulary=pad_rows(rows), new=pieces[-1])
    return shape


def loading_mib(study: Study, model: str, least: int = 4000) -> int:
    """Return the MiB of host memory in which a model can be loaded in float32 and written.

    `least` is what PyTorch takes by itself, and all that is asked where nothing tells the shape.
    """
    try:
        weights = count_weights(model_shape(study, model)).total
    except InputError:
        return least
    return least + 4 * weights // 2**20


def extending_mib(study: Study, model: str, least: int = 2000) -> int:
    """Return the MiB in which a model's vocabulary can be extended, matrix by matrix.

    The matrix is there with its old and with its new rows, in four bytes a number at most, and for
    `mean_noise` a few width x width matrices in eight. `least` is PyTorch itself.
    """
    try:
        shape = model_shape(study, model)
    except InputError:
        return least
    noise = 5 * 8 * shape.width**2 if study.model(model).embeddings == "mean_noise" else 0
    return least + (2 * 4 * shape.vocabulary * shape.width + noise) // 2**20


def base_shape(study: Study) -> Shape:
    """Return the shape of the study's base; `InputError` where nothing tells it."""
    if isinstance(study.base, str):
        entry = study.registry.models[study.base]
        if "shape" not in entry:
            raise InputError(f"registry/models.yaml: {study.base}: the key 'shape' is missing")
        return Shape(**entry["shape"])
    form, place = split_base(study.base["from"])
    if form == "hub":
        return hub_shape(study, parse_hub(study.base["from"]))
    if form == "gguf":
        return gguf_shape(place)
    return meta_shape(place) if form == "meta" else folder_shape(place)


def hub_shape(study: Study, model: HubModel) -> Shape:
    """Return the shape of a model of the hub: by its config, else by the registry."""
    try:
        return shape_of(hub_config(model), str(model))
    except InputError:
        for entry in study.registry.models.values():
            same = is_hub(entry["url"]) and parse_hub(entry["url"]).repository == model.repository
            if same and "shape" in entry:
                return Shape(**entry["shape"])
        raise
