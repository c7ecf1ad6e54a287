"""Published models' shapes, and a recipe to train them by."""

from scripts.convert.model_shape import Shape
from scripts.study.recipe import Recipe
from scripts.study.registry import Registry

LLAMA_7B = Shape(32, 4096, 32, 32, 11008, 32000, tied=False)
LLAMA_13B = Shape(40, 5120, 40, 40, 13824, 32000, tied=False)
BLOOM_7B1 = Shape(30, 4096, 32, 32, 16384, 250880, tied=True, gated=False)
SMOLLM2 = Shape(**Registry().models["smollm2-135m-instruct"]["shape"])
BF16 = Recipe(objective="text", precision="bf16", batch=128, length=512, learning_rate=1e-4)
