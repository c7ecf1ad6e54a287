"""What failed in passing is asked again, after a pause; what would be answered alike is not."""

import httpx2
import pytest
from huggingface_hub import constants
from huggingface_hub.errors import HfHubHTTPError

from scripts.hub.cache import snapshot_folder
from scripts.hub.client import LONGEST, PAUSE, find_pause
from scripts.hub.errors import explain, page
from scripts.study.hub import HubModel
from scripts.study.hub_data import HubData


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
        (answered(429), [PAUSE] * 3),
        (answered(429, ratelimit='"api";r=0;t=55'), [56] * 3),
        (answered(429, ratelimit='"api";r=0;t=99999'), [LONGEST] * 3),
    ],
)
def test_pauses(error, pauses):
    assert [find_pause(error, attempt) for attempt in (1, 2, 3)] == pauses


def test_models_and_data_sets_of_one_name_are_apart(monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_CACHE", "/cache")
    monkeypatch.setattr(constants, "ENDPOINT", "https://hub")
    model, data = HubModel("org/name"), HubData("org/name", part="en/train")
    assert page(model) == "https://hub/org/name"
    assert page(data) == "https://hub/datasets/org/name"
    assert str(snapshot_folder(model, "c")) == "/cache/models--org--name/snapshots/c"
    assert str(snapshot_folder(data, "c")) == "/cache/datasets--org--name/snapshots/c"
    assert str(explain(ValueError("a\nb"), data)) == "hf:org/name#en/train: a"
