"""The page on a made-up study, and a browser that is on it."""

import socket

import pytest

from tests.support.page_browser import open_page, start_browser
from tests.support.page_server import serve, write_results

OWN = ("127.0.0.1", "a local socket")


@pytest.fixture(scope="module")
def results(tmp_path_factory, tiny_model):
    return write_results(tmp_path_factory.mktemp("page") / "results", tiny_model)


@pytest.fixture(scope="module")
def address(results):
    with pytest.MonkeyPatch.context() as patch:
        reached = note_connections(patch)
        with serve(results) as address:
            yield address
    assert {host for host in reached if host not in OWN} == set()


def note_connections(patch) -> list:
    """Note every host that this process, the server's, asks for or connects to."""
    reached, connect, look_up = [], socket.socket.connect, socket.getaddrinfo

    def noting_connect(self, place):
        reached.append(place[0] if isinstance(place, tuple) else "a local socket")
        return connect(self, place)

    def noting_look_up(host, *others, **more):
        reached.append(host)
        return look_up(host, *others, **more)

    patch.setattr(socket.socket, "connect", noting_connect)
    patch.setattr(socket, "getaddrinfo", noting_look_up)
    return reached


@pytest.fixture(scope="module")
def browser():
    with start_browser() as browser:
        yield browser


@pytest.fixture
def tab(browser, address):
    """A desktop's tab, which must have asked nobody else for anything, nor complained."""
    page, seen = open_page(browser, address)
    yield page
    assert [url for url in seen.requests if not url.startswith((address, "data:", "blob:"))] == []
    assert seen.errors == []
    page.context.close()
