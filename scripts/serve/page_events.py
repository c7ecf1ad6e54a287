"""How the page's library calls handlers: the tab that asks, its turn, and what it is shown."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import gradio as gr

from scripts.serve.page_blocks import NUMBERS, Box, Fields
from scripts.serve.page_place import Place
from scripts.serve.page_sessions import Session

# A handler gets a tab's session and the fields; `spread` turns what it returns into updates.
Act = Callable[..., Any]
Spread = Callable[[Any], list[Any]]
QUICK: dict[str, Any] = {
    "show_progress": "hidden", "api_visibility": "private", "concurrency_limit": None,
}  # fmt: skip
# One answer at a time; who waits sees his place in the queue.
TURN: dict[str, Any] = {
    "show_progress": "minimal", "api_visibility": "private", "concurrency_limit": 1,
    "concurrency_id": "model",
}  # fmt: skip


def quick(place: Place, act: Act, spread: Spread) -> Callable[..., Any]:
    """Return a handler that answers at once."""

    def run(request: gr.Request, *values: Any) -> Any:
        return spread(act(place.sessions.get(request.session_hash or ""), *values))

    return run


def turn(place: Place, act: Act, spread: Spread) -> Callable[..., Any]:
    """Return a handler that answers bit by bit, when its turn has come.

    It does nothing unless a place in the queue was taken (`take_place`): of two clicks one counts.
    """

    def run(request: gr.Request, *values: Any) -> Iterator[Any]:
        session = place.sessions.get(request.session_hash or "")
        if session.waiting:
            session.waiting = False
            for shown in act(session, *values):
                yield spread(shown)

    return run


def take_place(session: Session) -> None:
    """Note that a tab waits for an answer, and wants it."""
    session.stop.clear()
    session.waiting = True


def ask_inputs(box: Box, fields: Fields) -> list[Any]:
    """Return the components of a question and its settings; see `read_fields`."""
    return [box.instruction, box.input, fields.system, *fields.numbers]


def read_fields(values: Sequence[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return texts and numbers by their names from the values of `ask_inputs`."""
    texts = dict(zip(("instruction", "input", "system"), values[:3], strict=True))
    return texts, dict(zip(NUMBERS, values[3:], strict=True))


def update(value: str | None) -> Any:
    """Return a component's new value; None: it stays as it is."""
    return gr.skip() if value is None else gr.update(value=value)
