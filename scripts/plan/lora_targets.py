"""LoRA targets of a study against the weights of its base, where these are there to be read."""

from pathlib import Path

from scripts.common.errors import InputError
from scripts.study.base_folder import read_shapes
from scripts.study.base_model import split_base
from scripts.study.lora_targets import find_targets
from scripts.study.study import BASE, Study

MADE = Path("results/models", BASE)  # the base as the workflow keeps it


def check_targets(study: Study) -> None:
    """Raise `InputError` where a stage adapts a matrix that the base has not.

    Nothing is refused while the base is not there: a published one before its download.
    """
    recipes = {name: model.recipe for name, model in study.models.items() if model.recipe}
    adapted = {name: recipe.lora for name, recipe in recipes.items() if recipe.lora}
    layers = list_layers(base_folder(study)) if adapted else []
    for name, lora in adapted.items():
        if layers:
            try:
                find_targets(lora, layers)
            except InputError as error:
                raise InputError(f"{study.file}: models.{name}: {error}") from None


def base_folder(study: Study) -> Path:
    """Return where the base's weights are in Hugging Face's layout."""
    if isinstance(study.base, str):
        return MADE
    form, place = split_base(study.base["from"])
    return place if form == "hf" else MADE


def list_layers(folder: Path) -> list[str]:
    """Return the layers of a model that have a matrix; none where there are no safetensors.

    The output matrix is among them though a model may share it with its input.
    """
    shapes = read_shapes(sorted(folder.glob("*.safetensors")))
    found = [name for name, sizes in shapes.items() if name.endswith(".weight") and len(sizes) == 2]
    return [*(name.removesuffix(".weight") for name in found), *(["lm_head"] if found else [])]
