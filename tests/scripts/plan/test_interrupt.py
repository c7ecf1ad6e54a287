"""Ctrl-C ends a run once; pressed again it ends the jobs that are left."""

import signal
import subprocess

import pytest

from scripts.plan import interrupt


def test_a_second_interrupt_ends_jobs_and_not_the_wait_for_them():
    before = signal.getsignal(signal.SIGINT)
    job = subprocess.Popen(["bash", "-c", "sleep 60; true"])
    try:
        interrupt.end_once()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        assert job.poll() is None
        signal.raise_signal(signal.SIGINT)
        assert job.wait(10) == -signal.SIGTERM
    finally:
        signal.signal(signal.SIGINT, before)
        job.kill()
        job.wait()


def test_a_run_that_ignores_interrupts_is_left_so():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        interrupt.end_once()
        assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
