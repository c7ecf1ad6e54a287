"""A model that one can talk to: it answers conversations as it answers benchmarks."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from transformers import PreTrainedModel, PreTrainedTokenizerBase

from scripts.common.errors import InputError
from scripts.infer.answerer import Answerer
from scripts.infer.chat.conversation import Conversation, Prompt, encode_conversation
from scripts.infer.chat.streaming import Stream, Told
from scripts.infer.decoding import SLOTS, Decoding
from scripts.infer.ending import has_ended
from scripts.infer.load import load_model, model_window
from scripts.infer.probe_answers import measure_generation
from scripts.infer.record_text import record_tokenizer
from scripts.infer.ways import GENERATE, choose_way
from scripts.study.answer import Answer
from scripts.study.prompts import PromptFormat
from scripts.tokenizer.record_tokenizer import RecordTokenizer


@dataclass(frozen=True)
class Settings:
    """How an answer is generated.

    Attributes:
        answer: temperature, top-p, top-k, beams and texts to stop at; nothing else of it counts.
        tokens: that an answer has at most.
        seed: of what is drawn.
        seconds: after which an answer ends where it is; None: never.
    """

    answer: Answer = field(default_factory=Answer)
    tokens: int = 256
    seed: int = 1
    seconds: float | None = None


@dataclass(frozen=True)
class Reply:
    """An answer.

    Attributes:
        text: what the model says; `ids` are its tokens, the closing ones included.
        prompt: what it was asked, as ids, and what of it did not fit.
        seconds: from the question to the last token, `waited` to the first.
        ending: ``end`` where the model closed it, ``length`` at its longest, ``stopped`` where it
            was interrupted.
    """

    text: str
    ids: list[int]
    prompt: Prompt
    seconds: float
    waited: float
    ending: str


@dataclass(frozen=True)
class Speaker:
    """A loaded model and the format it is asked in; `way` is how it generates."""

    name: str
    folder: Path
    form: PromptFormat
    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    device: str
    way: str

    @property
    def dtype(self) -> str:
        """Return the number type that it computes in."""
        return str(self.model.dtype).removeprefix("torch.")

    @property
    def window(self) -> int:
        """Return how many tokens prompt and answer may have together."""
        return model_window(self.model)

    @property
    def end(self) -> str:
        """Return what closes an answer."""
        return self.form.end.replace("{eos}", str(self.tokenizer.eos_token))

    @cached_property
    def reader(self) -> RecordTokenizer:
        """The tokenizer as what is asked is read: a special token's name in it is text."""
        return record_tokenizer(self.tokenizer)

    def encode(self, conversation: Conversation, tokens: int) -> Prompt:
        """Return the prompt of a conversation whose answer may have so many tokens.

        Raises:
            InputError: if they leave no room for a question.
        """
        room = self.window - tokens
        if room <= 0:
            raise InputError(f"{tokens} new tokens leave no room in a window of {self.window}")
        hide = self.reader.hide
        return encode_conversation(
            conversation, self.form.reworded(hide), hide(self.end), self.reader, room
        )

    def answer(
        self,
        conversation: Conversation,
        settings: Settings,
        told: Told = lambda text: None,
        wanted: Callable[[], bool] = lambda: True,
        name: str = "",
    ) -> Reply:
        """Answer the last question of a conversation.

        Args:
            told: is told the text so far, whenever it has become longer; with beams only the whole.
            wanted: is asked before each token whether the answer is still wanted.
            name: of the question: what is drawn depends on it and on the seed.
        """
        began = time.monotonic()
        prompt = self.encode(conversation, settings.tokens)
        stop = settings.answer.stop
        stream = Stream(
            self.tokenizer, self.end, settings.tokens, stop, told, wanted, settings.seconds
        )
        ask = Answerer(
            self.model, self.tokenizer, settings.answer, stream, settings.seed,
            Decoding(self.way, 1),
        )  # fmt: skip
        (ids,) = ask([prompt.ids], [name])
        text, seconds = stream.read(ids), time.monotonic() - began
        if stream.broken:  # maybe within a character
            text = text.rstrip("\ufffd")
        if text != stream.text:
            told(text)
        waited = stream.first - began if stream.first else seconds
        return Reply(text, ids, prompt, seconds, waited, tell_ending(stream, ids))


def tell_ending(stream: Stream, ids: list[int]) -> str:
    """Return how an answer ended: see `Reply.ending`."""
    if stream.broken:
        return "stopped"
    full = len(ids) >= stream.limit
    return "length" if full and not has_ended(ids, stream.ends) else "end"


@dataclass(frozen=True)
class Place:
    """A model's folder, and what `check_base` wrote of its architecture, if it has run."""

    model: Path
    checks: Path | None = None


def load_speaker(
    folder: Path, form: PromptFormat, dtype: str = "auto", checks: Path | None = None
) -> Speaker:
    """Load a model to talk to; it is called by its folder's name.

    Raises:
        InputError: if the folder is not a model's, or no way to generate is exact for it.
    """
    model, tokenizer, device = load_model(folder, dtype)
    way = choose_way(GENERATE, measure_generation, model.config, Place(folder, checks), SLOTS)
    return Speaker(folder.resolve().name, folder, form, model, tokenizer, device, way)
