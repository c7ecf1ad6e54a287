"""What failed in passing is asked again, after a pause; what would be answered alike is not."""

import time

import httpx2
import pytest
from huggingface_hub import constants
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.utils import get_session

from scripts.common import limits
from scripts.common.errors import InputError
from scripts.hub.cache import snapshot_folder
from scripts.hub.client import Bar, HubClient, TooSlow, find_pause, make_client
from scripts.hub.errors import UnreachableError, explain, page
from scripts.study.hub import HubModel
from scripts.study.hub_data import HubData
from tests.support.hostile import COMMANDS, HOSTILE, write_long
from tests.support.judge_stub import serve_bytes


def answered(status: int, **headers: str) -> HfHubHTTPError:
    request = httpx2.Request("GET", "https://hub/api")
    return HfHubHTTPError(
        "refused", response=httpx2.Response(status, headers=headers, request=request)
    )


@pytest.mark.parametrize(
    ("error", "pauses"),
    [
        (httpx2.ReadError("reset"), [1, 2, 4]),
        (answered(503), [1, 2, 4]),
        (answered(404), [None] * 3),
        (answered(403), [None] * 3),
        (answered(429), [limits.HUB_PAUSE] * 3),
        (answered(429, ratelimit='"api";r=0;t=55'), [56] * 3),
        (answered(429, ratelimit='"api";r=0;t=99999'), [limits.HUB_LONGEST_PAUSE] * 3),
    ],
)
def test_pauses(error, pauses):
    assert [find_pause(error, attempt) for attempt in (1, 2, 3)] == pauses


def test_a_hub_that_trickles_its_answer_is_told_of_in_one_line(monkeypatch):
    monkeypatch.setattr(limits, "HUB_SECONDS", 0.3)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)

    def slowly():
        yield b"HTTP/1.1 200 OK\r\n"
        for _ in range(100):
            time.sleep(0.02)
            yield b"A: b\r\n"

    with serve_bytes(slowly) as url, make_client() as client, pytest.raises(TooSlow) as error:
        client.get(url)
    told = explain(error.value, HubModel("org/name"))
    assert isinstance(told, UnreachableError)
    assert "cannot be reached (no whole answer in 0.3 seconds)" in str(told)


def test_the_hubs_client_asks_by_ours():
    client = get_session()  # all of a process share it, so it stays open
    assert isinstance(client, HubClient) and client.most == limits.HUB_BYTES


def test_more_than_announced_is_not_written():
    bar = Bar(total=10)
    bar.update(10)
    with pytest.raises(InputError, match="more than the 10 bytes came that were announced"):
        bar.update(1)


def test_a_file_that_the_disk_has_no_room_for_is_not_begun():
    with pytest.raises(InputError, match=r"needs 1,152,921,504,606,846,976 bytes, .* free$"):
        Bar(total=1 << 60)
    Bar(total=None).update(1 << 20)


def test_models_and_data_sets_of_one_name_are_apart(monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_CACHE", "/cache")
    monkeypatch.setattr(constants, "ENDPOINT", "https://hub")
    model, data = HubModel("org/name"), HubData("org/name", part="en/train")
    assert page(model) == "https://hub/org/name"
    assert page(data) == "https://hub/datasets/org/name"
    assert str(snapshot_folder(model, "c")) == "/cache/models--org--name/snapshots/c"
    assert str(snapshot_folder(data, "c")) == "/cache/datasets--org--name/snapshots/c"
    assert str(explain(ValueError("a\nb"), data)) == "hf:org/name#en/train: a"


@pytest.mark.parametrize("name", HOSTILE)
def test_what_a_server_says_is_a_part_of_one_line(name):
    request = httpx2.Request("GET", "https://hub/api")
    response = httpx2.Response(
        418, content=HOSTILE[name].encode("utf-8", "replace"), request=request
    )
    for error in (
        ValueError(HOSTILE[name]),
        httpx2.ConnectError(HOSTILE[name]),
        HfHubHTTPError(HOSTILE[name], response=response),
        OSError(28, HOSTILE[name], HOSTILE[name]),
    ):
        line = str(explain(error, HubModel("org/name")))
        assert line.startswith("hf:org/name: ") and not COMMANDS.search(line) and "\n" not in line
    assert len(str(explain(ValueError(write_long()), HubModel("org/name")))) < 300
