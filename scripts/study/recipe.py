"""A recipe: how a stage is packed and trained. What is said here decides the weights."""

from typing import Literal

from scripts.common.settings import key, same_key, settings

# What becomes of records that are longer than a row, where a recipe says nothing.
TOO_LONG: dict[str, Literal["truncate", "drop", "split"]] = {
    "response": "drop", "text": "split", "suffix": "truncate",
}  # fmt: skip


@settings
class Packing:
    """How a stage's examples become rows."""

    objective: Literal["response", "text", "suffix"] = key(
        "what carries loss: the answer only; every token; or BiLLa's suffix, the rest of a "
        "document from a random token on and the second half of a pair"
    )
    format: str | None = key(
        "how a turn is written (prompts/formats.yaml); unset: the parent's", default=None
    )
    length: int = key("tokens of a row", minimum=8)
    batch: int = key("rows of an optimizer step, whatever the number of devices", minimum=1)
    steps: int | None = key("optimizer steps; either steps or epochs", default=None, minimum=1)
    epochs: float | None = key(
        "passes over the data, as 3 or 0.5", default=None, exclusiveMinimum=0
    )
    weights: Literal["tokens", "records"] = key(
        "what the weights of data are shares of", default="tokens", added=True
    )
    temperature: float | None = key(
        "weights are multiplied by how many records an expression has, to the power of "
        "1/temperature: 1 keeps proportions, a high one makes them even", default=None,
        added=True, exclusiveMinimum=0,
    )  # fmt: skip
    too_long: Literal["truncate", "drop", "split"] | None = key(
        "what becomes of a record that is longer than a row: its end is cut off, it is left out, "
        "or (objective text) it is split; unset: text is split, of suffix the end is cut off, "
        "answers are left out", default=None, added=True,
    )  # fmt: skip
    pack: bool = key(
        "several records a row; false: one, so that batch counts records", default=True, added=True
    )
    join: bool = key(
        "tokenize prompt and answer as one text (objective response), as Stanford Alpaca and x-LLM "
        "do; false: apart, as when the model is asked", default=False, added=True,
    )  # fmt: skip
    turns: Literal["all", "last"] = key(
        "of conversations (objective response): whether all answers carry loss, or the last alone",
        default="all", added=True,
    )  # fmt: skip

    @property
    def what_is_too_long(self) -> Literal["truncate", "drop", "split"]:
        """Return what becomes of records that are longer than a row."""
        return self.too_long or TOO_LONG[self.objective]


@settings
class Lora:
    """Low-rank adapters (arXiv 2106.09685), merged into the weights at the end of the stage."""

    rank: int = key("rank of the two factors", minimum=1)
    alpha: float | None = key(
        "scale of their product, divided by the rank; unset: 16", default=None,
        exclusiveMinimum=0,
    )  # fmt: skip
    dropout: float | None = key(
        "share of inputs dropped; unset: 0", default=None, minimum=0, exclusiveMaximum=1
    )
    targets: tuple[str, ...] | None = key(
        "matrices that get adapters; unset: those of attention", default=None, minItems=1
    )
    bits: Literal[4] | None = key("4: QLoRA, the frozen weights in four bits", default=None)


@settings
class Optimization:
    """How a stage's rows change the weights."""

    batch: int = same_key(Packing, "batch")
    learning_rate: float = key("greatest learning rate", exclusiveMinimum=0)
    schedule: Literal["cosine", "linear", "constant"] = key(
        "how the learning rate falls after the warm-up", default="cosine"
    )
    warmup: float = key(
        "share of the steps in which the learning rate rises", default=0.03, minimum=0, maximum=1
    )
    floor: float = key(
        "last learning rate of a cosine, as a share of the greatest", default=0.0,
        minimum=0, maximum=1,
    )  # fmt: skip
    weight_decay: float = key("AdamW's decoupled weight decay", default=0.0, minimum=0)
    betas: tuple[float, ...] = key(
        "AdamW's decay rates of the two moments", default=(0.9, 0.999), minItems=2, maxItems=2,
        items={"minimum": 0, "exclusiveMaximum": 1},
    )  # fmt: skip
    clip: float = key("greatest gradient norm", default=1.0, exclusiveMinimum=0)
    precision: Literal["fp32", "bf16", "fp16", "auto"] = key(
        "number type of the products; weights and moments stay fp32; auto: bf16 where the device "
        "is fast in it, else fp32", default="fp32",
    )  # fmt: skip
    optimizer: Literal["adamw", "adamw_8bit"] = key(
        "adamw_8bit keeps its moments in 8 bits (bitsandbytes installed)", default="adamw"
    )
    lora: Lora | None = key("train low-rank adapters only", default=None)
    trains: Literal["all", "new_rows"] = key(
        "all weights, or only the embedding rows that `extend` added", default="all", added=True
    )


@settings
class Recipe(Optimization, Packing):
    """A whole recipe, as a study or registry/recipes.yaml writes it."""
