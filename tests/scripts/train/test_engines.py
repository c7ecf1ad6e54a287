"""Engines are found by the names that a study may write."""

from typing import get_args

import pytest

from scripts.study.run import Engine
from scripts.train.engines import find_engine


@pytest.mark.parametrize("name", get_args(Engine))
def test_every_name_has_its_engine(name):
    engine = find_engine(name)
    assert engine.reshards == (name != "deepspeed")
    methods = ("loss", "backward", "step", "weights", "save", "load")
    assert all(callable(getattr(engine, method)) for method in methods)
