"""The page's first tab: a conversation with one model."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import gradio as gr

from scripts.common.errors import InputError
from scripts.infer.chat.conversation import Conversation, takes_input, takes_turns
from scripts.infer.chat.find import Found
from scripts.serve import page_talk
from scripts.serve.page_blocks import Fields, ask_box, thumb_buttons
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
from scripts.serve.page_html import show_conversation, show_status
from scripts.serve.page_place import Place
from scripts.serve.page_sessions import Session
from scripts.serve.page_talk import View

Wire = Callable[[Fields], None]
WAITING = View(status=show_status("Waiting for the model …"), busy=True)


def talk_tab(
    place: Place, names: Sequence[str], main: str | None, examples: Sequence[Example]
) -> tuple[gr.Dropdown, Wire]:
    """Place the tab; return its choice of a model, and what connects it to the fields."""
    with gr.Row(elem_id="talk-head"):
        model = gr.Dropdown(list(names), value=main, label="Model", elem_id="talk-model")
        about = gr.HTML(elem_id="talk-about")
    chat = gr.HTML(show_conversation(Conversation(), [], []), elem_id="chat")
    buttons = thumb_buttons()
    box = ask_box(examples, "talk")
    with gr.Accordion("Token by token", open=False):
        tokens = gr.HTML("", elem_id="tokens")
    thumbs = [buttons["up"], buttons["down"]]
    others = [buttons[name] for name in ("retry", "undo", "reset")]
    outputs = [chat, box.status, tokens, box.instruction, box.input, box.ask, box.stop]
    outputs += [*thumbs, *others]

    def spread(view: View) -> list[Any]:
        texts = (view.chat, view.status, view.tokens, view.instruction, view.input)
        return [
            *map(update, texts),
            gr.update(visible=not view.busy),
            gr.update(visible=view.busy),
            *[gr.update(interactive=view.rateable)] * 2,
            *[gr.update(interactive=not view.busy)] * 3,
        ]

    def wire(fields: Fields) -> None:
        inputs = [model, *ask_inputs(box, fields)]

        def ask(session: Session, name: str, *values: Any) -> Any:
            return page_talk.ask(place, session, name, *read_fields(values))

        def retry(session: Session, name: str, *values: Any) -> Any:
            return page_talk.retry(place, session, name, read_fields(values)[1])

        for triggers, act in ((box.triggers, ask), ([buttons["retry"].click], retry)):
            wait = enter(place, WAITING, refuse, spread)
            asked = gr.on(triggers, wait, None, [box.ticket, *outputs], **QUICK)
            answer, given = turn(place, act, spread, len(outputs)), [box.ticket, *inputs]
            asked.then(answer, given, outputs, show_progress_on=chat, **TURN)
        for name, change in (("undo", page_talk.undo), ("reset", page_talk.reset)):
            buttons[name].click(quick(place, change, spread), None, outputs, **QUICK)
        box.stop.click(quick(place, page_talk.stop, spread), None, outputs, **QUICK)
        for vote in ("up", "down"):
            rate = partial(page_talk.rate, place, vote=vote)
            buttons[vote].click(quick(place, rate, spread), None, outputs, **QUICK)

    # Without a trigger: when the page is loaded, and whenever another model is chosen.
    gr.on(None, partial(describe_model, place), model, [about, box.input], **QUICK)
    return model, wire


def refuse(reason: str) -> View:
    """Show why nothing can be asked now."""
    return View(status=show_status(reason, "error"))


def describe_model(place: Place, name: str | None) -> list[Any]:
    """Return what is said of a chosen model, and whether its format has an input of its own."""
    try:
        if name is None:
            raise InputError("No model is built: run `make` first.")
        found = place.speakers.find(name)
    except InputError as error:
        return [show_status(str(error), "error"), gr.skip()]
    if takes_input(found.form):
        return [show_status(describe_found(found)), gr.update(visible=True)]
    return [show_status(describe_found(found)), gr.update(visible=False, value="")]


def describe_found(found: Found) -> str:
    """Return how a model is asked."""
    turns = "keeps the conversation" if takes_turns(found.form) else "each question stands alone"
    return f"format {found.format} · {turns}"
