"""A conversation with one model, or the same questions to two."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.common.digests import check_digests
from scripts.common.errors import InputError
from scripts.common.escapes import replace_halves
from scripts.infer.chat.choices import Choices
from scripts.infer.chat.conversation import Conversation, takes_input, takes_turns
from scripts.infer.chat.find import RESULTS, Found, find_model
from scripts.infer.chat.notes import loading
from scripts.infer.chat.views import View

if TYPE_CHECKING:
    from scripts.infer.chat.speaker import Reply, Speaker

Wanted = Callable[[], bool]


@dataclass
class Partner:
    """A model that is talked to, where it was found, and the conversation with it."""

    found: Found
    speaker: "Speaker"
    talk: Conversation = field(default_factory=Conversation)

    @property
    def name(self) -> str:
        """Return the model's name."""
        return self.found.name

    def describe(self) -> str:
        """Return what is known of the model, on a line."""
        one = self.speaker
        window = f"window {one.window}"
        return f"{self.name}: {self.found.format}, {one.dtype} on {one.device}, {window}"


@dataclass
class Session:
    """Who is talked to, and how answers are generated.

    Attributes:
        partners: one model, or two that get the same questions.
        choices: how answers are generated.
        results: of the study, where models are found by their names.
        dtype: number type of models that are loaded; None: the study's.
        retries: how often the last question was asked again.
    """

    partners: list[Partner]
    choices: Choices = field(default_factory=Choices)
    results: Path = RESULTS
    dtype: str | None = None
    retries: int = 0

    @property
    def talk(self) -> Conversation:
        """Return the conversation with the first model."""
        return self.partners[0].talk

    @property
    def takes_input(self) -> bool:
        """Tell whether an input is asked for, beside an instruction."""
        return any(takes_input(one.found.form) for one in self.partners)

    @property
    def takes_turns(self) -> bool:
        """Tell whether a question stands behind those before it, for any of the models."""
        return any(takes_turns(one.found.form) for one in self.partners)

    def change(self, change: Callable[[Conversation], Conversation]) -> None:
        """Change the conversation with each model."""
        for one in self.partners:
            one.talk = change(one.talk)

    def ask(self, question: str, given: str, view: View, wanted: Wanted = lambda: True) -> None:
        """Ask a question and show the answers; what comes of it stays in the conversation.

        Args:
            given: the input, beside an instruction.
            wanted: is asked before each token whether the answer is still wanted.

        Raises:
            InputError: if it is empty, or there is no room for it; it is not part of the
                conversation then.
        """
        question, given = replace_halves(question), replace_halves(given)
        if not question.strip():
            raise InputError("found no question")
        self.change(lambda talk: talk.ask(question, given))
        self.retries = 0
        try:
            self.answer(view, wanted)
        finally:
            for one in self.partners:
                if one.talk.turns[-1].answer is None:
                    one.talk = one.talk.undo()

    def retry(self, view: View, wanted: Wanted = lambda: True) -> None:
        """Ask the last question again: another draw, where something is drawn."""
        if not self.talk.turns:
            raise InputError("nothing was asked yet")
        self.retries += 1
        self.answer(view, wanted)

    def answer(self, view: View, wanted: Wanted) -> None:
        """Have each model answer the last question."""
        from scripts.infer.chat.speaker import Settings

        chosen = self.choices
        settings = Settings(chosen.answer, chosen.max_new_tokens, chosen.seed)
        with view.showing([one.name for one in self.partners]):
            for number, one in enumerate(self.partners):
                told = partial(view.told, number)
                reply = one.speaker.answer(one.talk, settings, told, wanted, self.name_question())
                one.talk = one.talk.answered(reply.text)
                view.ended(number, self.describe(one, reply))

    def name_question(self) -> str:
        """Return what a draw depends on beside the seed: the question's number, and the attempt."""
        return f"{len(self.talk.turns)}.{self.retries}"

    def describe(self, one: Partner, reply: "Reply") -> dict[str, Any]:
        """Return an answer and all that it depends on, for a line of JSON."""
        turn = one.talk.turns[-1]
        return {
            "model": one.name,
            "format": one.found.format,
            "dtype": one.speaker.dtype,
            "device": one.speaker.device,
            "system": one.talk.system,
            "question": turn.instruction,
            "input": turn.input,
            "text": reply.text,
            "ending": reply.ending,
            "tokens": len(reply.ids),
            "prompt_tokens": len(reply.prompt.ids),
            "dropped_turns": reply.prompt.dropped,
            "question_cut": reply.prompt.cut,
            "seconds": round(reply.seconds, 3),
            "seconds_to_first": round(reply.waited, 3),
            **self.choices.to_mapping(),
        }


def find_partner(
    name: str | None, format: str | None, dtype: str | None, results: Path = RESULTS
) -> Found:
    """Return a model as `find_model` does; `InputError` too for a name that can be no path."""
    try:
        return find_model(name, format, dtype, results)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{str(name)[:60]}: {reason}, expected a model's name or folder") from None


def load_partner(found: Found) -> Partner:
    """Load a model; a line says so meanwhile.

    Raises:
        InputError: if it is damaged, or not what it was when it was written.
    """
    with loading(f"loading {found.name} …"):
        check_digests(found.folder.resolve())  # "." has no name
        from scripts.infer.chat.speaker import load_speaker  # torch: seconds

        speaker = load_speaker(found.folder, found.form, found.dtype, found.checks)
    return Partner(found, speaker)
