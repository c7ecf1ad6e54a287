"""A training ends in time for its checkpoint: at a signal, or near the limit of its job."""

import signal

import pytest

from scripts.train import signals
from scripts.train.signals import AGAIN, LIMIT, RESERVE, Stopped, Warned


@pytest.fixture(autouse=True)
def handlers():
    """Leave this process's signals as they were."""
    kept = {number: signal.getsignal(number) for number in signals.WARNINGS}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


@pytest.fixture
def clock(monkeypatch):
    """A clock that a test sets."""
    now = [0.0]
    monkeypatch.setattr(signals.time, "monotonic", lambda: now[0])
    return now


def test_a_signal_is_remembered(clock):
    warned = Warned()
    assert not warned.name and not warned.ended
    signal.raise_signal(signal.SIGUSR1)
    assert warned.name == "SIGUSR1" and not warned.ended
    signal.raise_signal(signal.SIGTERM)
    assert warned.ended and Stopped(warned.ended).code == AGAIN


@pytest.mark.parametrize(("left", "goes"), [(86400, 86400 - RESERVE), (60, 45)])
def test_it_ends_minutes_before_a_long_limit_and_a_quarter_before_a_short_one(clock, left, goes):
    warned = Warned(left)
    clock[0] = goes - 1
    assert not warned.name
    clock[0] = goes
    assert warned.name == LIMIT and not warned.ended


def test_a_slow_checkpoint_gets_the_time_that_it_takes(clock):
    warned = Warned(86400)
    warned.allow(600)
    warned.allow(1)
    clock[0] = 86400 - 1801
    assert not warned.name
    clock[0] = 86400 - 1800
    assert warned.name == LIMIT


def test_without_a_limit_it_never_ends_by_itself(clock):
    warned = Warned(None)
    clock[0] = 1e9
    assert not warned.name
