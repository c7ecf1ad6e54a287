"""Chromium without a window: where it is, its options, and a script that collects errors."""

import shutil

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER = next((path for path in map(shutil.which, NAMES) if path), None)
NEEDS_BROWSER = pytest.mark.skipif(
    not BROWSER, reason=f"no browser is installed (looked for {', '.join(NAMES)})"
)
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--virtual-time-budget=10000", "--window-size=1400,1000", "--dump-dom",
]  # fmt: skip
CATCH = "<script>window.errors = []; onerror = (text) => { window.errors.push(text); };</script>"
