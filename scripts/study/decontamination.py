"""What is done with training records that have something of a benchmark."""

from typing import Literal, get_args

Decontaminate = Literal["drop", "report", "fail"]
WAYS: tuple[Decontaminate, ...] = get_args(Decontaminate)
DEFAULT: Decontaminate = "drop"
