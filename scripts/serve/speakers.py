"""The models that a page or a server can talk to, loaded when they are first asked."""

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from scripts.common.digests import check_digests
from scripts.common.errors import InputError
from scripts.infer.chat.find import Found, built_models, find_model
from scripts.infer.chat.speaker import Speaker, load_speaker
from scripts.serve.model_state import weights_of
from scripts.study.chat_file import ChatFile, read_chat_file

Load = Callable[[Found], Speaker]


class Held(NamedTuple):
    """A loaded model, the fingerprint of its weights, and the name of the format it is asked in."""

    speaker: Speaker
    weights: str
    format: str


def load_found(found: Found) -> Speaker:
    """Load a model that was found."""
    return load_speaker(found.folder, found.form, found.dtype, found.checks)


class Speakers:
    """The study's models, at most `limit` of them in memory: the least recently used one leaves.

    Args:
        results: of the study.
        limit: models in memory.
        load: how one is loaded.
    """

    def __init__(self, results: Path, limit: int = 2, load: Load = load_found) -> None:
        self.results, self.limit, self.load = results, limit, load
        self.held: OrderedDict[str, Held] = OrderedDict()
        self.lock = Lock()

    @property
    def study(self) -> ChatFile | None:
        """What is known of the study; None where nothing is."""
        return read_chat_file(self.results / "chat.json")

    def names(self) -> list[str]:
        """Return the models that are built now, in the study's order."""
        return built_models(self.results)

    def find(self, name: str) -> Found:
        """Return where a model of the study is and how it is asked.

        A folder elsewhere, which `find_model` would take too, is none of the study's.

        Raises:
            InputError: if it is not built, or nothing tells its format.
        """
        if name not in self.names():
            raise InputError(f"{self.results}/models/{name}: no such model is built any more")
        return find_model(name, results=self.results)

    def get(self, name: str) -> Held:
        """Return a model, loaded; again where its weights are others by now.

        Raises:
            InputError: if it is missing, damaged, or not what it was when it was written, also
                while it is in memory: that may be the file itself.
        """
        with self.lock:
            found = self.find(name)
            check_digests(found.folder)
            weights = weights_of(found.folder)
            held = self.held.pop(name, None)
            if held is None or held.weights != weights:
                held = None  # its memory is free before another one is loaded
                while len(self.held) >= self.limit:
                    self.held.popitem(last=False)
                held = Held(self.load(found), weights, found.format)
            self.held[name] = held
            return held
