"""Fixtures of all tests."""

import pytest

from tests.training_runs import start_forks


@pytest.fixture(scope="session")
def forks():
    """Where training processes are forked from."""
    return start_forks()
