"""What tests of downloads share."""

import pytest

from scripts.common import limits
from scripts.data import download
from tests.support.file_server import DIGEST, serve


@pytest.fixture
def server(monkeypatch):
    """A web server on loopback; attempts follow each other at once."""
    monkeypatch.setattr(limits, "FIRST_PAUSE", 0.001)
    monkeypatch.delenv("LINGRAFT_MIRROR", raising=False)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with serve() as running:
        yield running


@pytest.fixture
def get():
    """The download of a URL in this process."""

    def get(url, output, *options, digest=DIGEST):
        command = ["--url", url, "--output", str(output), *options]
        command += ["--sha256", digest] if digest else []
        arguments = download.parser().parse_args(command)
        with download.alone(arguments):
            download.main(arguments)

    return get
