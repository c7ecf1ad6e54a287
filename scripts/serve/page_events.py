"""How the page's library calls handlers: the tab that asks, its turn, and what it is shown."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import gradio as gr

from scripts.common.errors import InputError
from scripts.serve.page_blocks import NUMBERS, Box, Fields
from scripts.serve.page_place import Place

# A handler gets a tab's session and the fields; `spread` turns what it returns into updates.
Act = Callable[..., Any]
Spread = Callable[[Any], list[Any]]
QUICK: dict[str, Any] = {
    "show_progress": "hidden", "api_visibility": "private", "concurrency_limit": None,
}  # fmt: skip
# One answer at a time; who waits sees his place in the queue. Another question may be asked while
# one that was taken back is still in it.
TURN: dict[str, Any] = {
    "show_progress": "minimal", "api_visibility": "private", "concurrency_limit": 1,
    "concurrency_id": "model", "trigger_mode": "multiple",
}  # fmt: skip


def quick(place: Place, act: Act, spread: Spread) -> Callable[..., Any]:
    """Return a handler that answers at once."""

    def run(request: gr.Request, *values: Any) -> Any:
        return spread(act(place.sessions.get(request.session_hash or ""), *values))

    return run


def enter(place: Place, busy: Any, refuse: Callable[[str], Any], spread: Spread) -> Any:
    """Return a handler by which a tab takes a place in the queue; its first output is a ticket.

    Args:
        place: what handlers share.
        busy: what is shown of a tab that waits.
        refuse: returns what is shown where too many wait.
        spread: turns either into updates.
    """

    def run(request: gr.Request) -> list[Any]:
        session = place.sessions.get(request.session_hash or "")
        try:
            ticket = place.sessions.take_place(session, place.limits.waiting)
        except InputError as error:
            return [0, *spread(refuse(str(error)))]
        return [ticket, *spread(busy)]

    return run


def turn(place: Place, act: Act, spread: Spread, outputs: int) -> Callable[..., Any]:
    """Return a handler that answers bit by bit, when its turn has come.

    Its first input is a ticket. Without the tab's last one it does nothing: of two clicks one
    counts, and none of a question that was taken back. `outputs` is how many updates there are.
    """

    def run(request: gr.Request, ticket: Any, *values: Any) -> Iterator[Any]:
        session = place.sessions.get(request.session_hash or "")
        if not session.waiting or session.waiting != ticket:
            yield [gr.skip()] * outputs  # a generator of nothing would empty them
            return
        session.waiting, session.active = 0, True
        try:
            for shown in act(session, *values):
                session.active = shown.busy
                yield spread(shown)
        finally:
            session.active = False

    return run


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
