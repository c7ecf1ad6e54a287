"""The page's tabs of two models: side by side, and blind."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import gradio as gr

from scripts.serve import page_pairs
from scripts.serve.page_blocks import Box, Fields, ask_box, vote_buttons
from scripts.serve.page_events import (
    QUICK,
    TURN,
    ask_inputs,
    enter,
    quick,
    read_fields,
    turn,
    update,
)
from scripts.serve.page_examples import Example
from scripts.serve.page_html import show_panes, show_status
from scripts.serve.page_pairs import SIDES, Pair, Pane
from scripts.serve.page_place import Place
from scripts.serve.page_sessions import Session
from scripts.serve.page_talk_tab import Wire

WAITING = Pair(status=show_status("Waiting for the models …"), busy=True)
NOTHING = show_panes([Pane(name, []) for name in SIDES])


def compare_tab(
    place: Place, names: Sequence[str], main: str | None, examples: Sequence[Example]
) -> tuple[list[gr.Dropdown], Wire]:
    """Place the tab of two models that are chosen; return them, and what connects it."""
    first = names[0] if names else None
    with gr.Row():
        models = [
            gr.Dropdown(
                list(names),
                value=value,
                label=label,
                elem_id=f"compare-{label.lower()}",
                min_width=260,
            )
            for label, value in zip(SIDES, (first, main), strict=True)
        ]
    panes = gr.HTML(NOTHING, elem_id="compare-panes")
    box = ask_box(examples, "compare")
    outputs = [panes, box.status, box.ask, box.stop]

    def ask(session: Session, left: str, right: str, *values: Any) -> Any:
        return page_pairs.compare(place, session, (left, right), *read_fields(values))

    def wire(fields: Fields) -> None:
        connect(place, box, [*models, *ask_inputs(box, fields)], outputs, ask, spread)

    return models, wire


def blind_tab(
    place: Place, names: Sequence[str], examples: Sequence[Example]
) -> tuple[gr.CheckboxGroup, Wire]:
    """Place the tab of two models that are drawn; return those of which, and what connects it."""
    drawn = gr.CheckboxGroup(
        list(names), value=list(names), label="Two of these are drawn", elem_id="blind-models"
    )
    panes = gr.HTML(NOTHING, elem_id="blind-panes")
    votes = vote_buttons()
    box = ask_box(examples, "blind")
    outputs = [panes, box.status, box.ask, box.stop, *votes.values()]

    def show(pair: Pair) -> list[Any]:
        return [*spread(pair), *[gr.update(interactive=pair.rateable)] * len(votes)]

    def ask(session: Session, chosen: list[str], *values: Any) -> Any:
        return page_pairs.duel(place, session, chosen, *read_fields(values))

    def wire(fields: Fields) -> None:
        connect(place, box, [drawn, *ask_inputs(box, fields)], outputs, ask, show)
        for said, button in votes.items():
            vote = partial(page_pairs.vote, place, said=said)
            button.click(quick(place, vote, show), None, outputs, **QUICK)

    return drawn, wire


def spread(pair: Pair) -> list[Any]:
    """Return the updates of panes, status, ask and stop."""
    shown = [gr.update(visible=not pair.busy), gr.update(visible=pair.busy)]
    return [update(pair.panes), update(pair.status), *shown]


def connect(
    place: Place, box: Box, inputs: list[Any], outputs: list[Any], ask: Any, show: Any
) -> None:
    """Connect a box for questions with what answers them."""
    wait = enter(place, WAITING, refuse, show)
    asked = gr.on(box.triggers, wait, None, [box.ticket, *outputs], **QUICK)
    answer, given = turn(place, ask, show, len(outputs)), [box.ticket, *inputs]
    asked.then(answer, given, outputs, show_progress_on=outputs[0], **TURN)
    box.stop.click(quick(place, stop, show), None, outputs, **QUICK)


def refuse(reason: str) -> Pair:
    """Show why nothing can be asked now."""
    return Pair(status=show_status(reason, "error"))


def stop(session: Session) -> Pair:
    """End the answers that are coming, or waited for."""
    if session.interrupt():
        return Pair(status=show_status("Stopping …"), busy=True)
    return Pair(status=show_status("Stopped."))
