"""The page on a made-up study: real tiny models, and stand-ins that say what they are told to."""

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from scripts.infer.chat.conversation import Prompt
from scripts.infer.chat.find import Found
from scripts.infer.chat.speaker import Reply, Speaker
from scripts.serve.addresses import listen
from scripts.serve.page_limits import Limits
from scripts.serve.page_place import Place
from scripts.serve.page_sessions import Sessions
from scripts.serve.serve_page import make_server
from scripts.serve.speakers import Speakers, load_found

NAMED = "<img src=x onerror=document.title='ran'>"  # a model's name
FORMATS = {"base": "chatml", "tiny": "chatml", "asks": "alpaca", "hostile": "chatml",
           "slow": "chatml", "broken": "chatml", NAMED: "chatml"}  # fmt: skip
HOSTILE = "\n".join(
    [
        "<script>document.title = 'ran'</script><img src=x onerror=\"document.title = 'ran'\">",
        "[x](javascript:alert(1)) ![y](https://example.org/y.png) <b>bold</b> **bold**",
        "<img src='https://example.org/z.png'> $$\\frac{1}{2}$$ {{ 7 * 7 }} ${7 * 7} `code`",
        "</div></section></html>",
    ]
)


class StandIn:
    """Says a text, word by word, as long as it is wanted; everything else is of a real model."""

    def __init__(self, real: Speaker, name: str, words: list[str], pause: float) -> None:
        self.real, self.name, self.words, self.pause = real, name, words, pause

    def __getattr__(self, name):
        return getattr(self.real, name)

    def answer(self, conversation, settings, told=lambda text: None, wanted=lambda: True, name=""):
        said = ""
        for word in self.words:
            if not wanted():
                return Reply(said, [1], Prompt([1]), 1.0, 0.1, "stopped")
            time.sleep(self.pause)
            said += word
            told(said)
        return Reply(said, [1], Prompt([1]), 1.0, 0.1, "end")


def load(found: Found):
    """Load a model of the made-up study."""
    real = load_found(found)
    if found.name == "hostile":
        return StandIn(real, found.name, [HOSTILE], 0)
    if found.name == "slow":
        return StandIn(real, found.name, [f"word{number} " for number in range(400)], 0.05)
    return real


def write_results(results: Path, model: Path) -> Path:
    """Write a study of copies of a tiny model, its weights linked; return its results."""
    for name in FORMATS:
        folder = results / "models" / name
        shutil.copytree(model, folder)
        (folder / "stage.json").write_text(json.dumps({"model": name, "parent": None}) + "\n")
    facts = {"study": "<b>toy</b>", "main": "tiny", "dtype": "float32", "languages": ["zh", "en"],
             "models": FORMATS}  # fmt: skip
    (results / "chat.json").write_text(json.dumps(facts))
    return results


@contextmanager
def serve(
    results: Path, password: str | None = None, limits: Limits | None = None
) -> Iterator[str]:
    """Serve the page while the block runs; yield its address."""
    limits = limits or Limits(waiting=4)
    place = Place(
        Speakers(results, 2, load), Sessions(limits.sessions), limits,
        results / "preferences.jsonl",
    )  # fmt: skip
    with listen("127.0.0.1", None, 17860) as found:
        port = found.getsockname()[1]
        server = make_server(place, "127.0.0.1", port, password)
        thread = Thread(target=server.run, kwargs={"sockets": [found]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
        server.should_exit = server.force_exit = True
        thread.join(5)
