"""The fields and buttons of which the page's tabs are made."""

from collections.abc import Sequence
from dataclasses import dataclass

import gradio as gr

from scripts.serve.page_examples import Example
from scripts.serve.page_fields import KEYS
from scripts.serve.page_html import show_status
from scripts.serve.page_limits import Limits
from scripts.serve.page_pairs import SAID

NUMBERS = ("temperature", "top_p", "top_k", "beams", "tokens", "seed")


@dataclass(frozen=True)
class Fields:
    """How answers are generated: the system message, then the numbers of `NUMBERS`."""

    system: gr.Textbox
    numbers: list[gr.components.Component]


@dataclass(frozen=True)
class Box:
    """Where a question is asked; ask and stop stand in one place, one of them at a time."""

    ticket: gr.Number
    instruction: gr.Textbox
    input: gr.Textbox
    ask: gr.Button
    stop: gr.Button
    status: gr.HTML

    @property
    def triggers(self) -> list[object]:
        """Return what asks."""
        return [self.ask.click, self.instruction.submit, self.input.submit]


def settings_fields(limits: Limits) -> Fields:
    """Place the settings that all tabs share."""
    top_p, top_k = KEYS["top_p"].limits["maximum"], 200
    longest = min(256, limits.tokens)
    with gr.Accordion("Settings", open=False, elem_id="settings"):
        system = gr.Textbox(label="System message", placeholder="none", max_lines=6)
        with gr.Row():
            temperature = gr.Slider(0, 2, 0, step=0.05, label="Temperature (0: the likeliest)")
            nucleus = gr.Slider(0.05, top_p, 1.0, step=0.05, label="Top-p")
            likeliest = gr.Slider(0, top_k, 0, step=1, label="Top-k (0: all)")
        with gr.Row():
            beams = gr.Slider(1, limits.beams, 1, step=1, label="Beams (1: none)")
            tokens = gr.Slider(1, limits.tokens, longest, step=1, label="Maximum length (tokens)")
            seed = gr.Number(1, precision=0, label="Seed")
    return Fields(system, [temperature, nucleus, likeliest, beams, tokens, seed])


def ask_box(examples: Sequence[Example], name: str) -> Box:
    """Place a box for questions, with examples that fill it in."""
    with gr.Row(elem_classes="box"):
        with gr.Column(scale=8, min_width=260), gr.Group():
            instruction = gr.Textbox(
                label="Question", placeholder="Enter asks, Shift+Enter begins a line",
                max_lines=8, elem_id=f"{name}-question",
            )  # fmt: skip
            given = gr.Textbox(
                label="Input", placeholder="what the question is about, if it is not in it",
                max_lines=8, elem_id=f"{name}-input", visible=name != "talk",
            )  # fmt: skip
        with gr.Column(scale=1, min_width=110):
            ask = gr.Button("Ask", variant="primary", elem_id=f"{name}-ask")
            stop = gr.Button("Stop", variant="stop", visible=False, elem_id=f"{name}-stop")
    # What a tab was given when it asked, so that what it asks later is told apart.
    ticket = gr.Number(0, precision=0, visible="hidden")
    status = gr.HTML(show_status(""), elem_id=f"{name}-status")
    if examples:
        chips = gr.Dataset(
            label="Examples", components=[instruction], type="index",
            samples=[[one.whole] for one in examples], samples_per_page=len(examples),
            sample_labels=[one.whole.replace("\n", " ") for one in examples],
            elem_id=f"{name}-examples",
        )  # fmt: skip

        def choose(place: int) -> str:
            return examples[place].whole

        chips.click(choose, chips, instruction, show_progress="hidden", api_visibility="private")
    return Box(ticket, instruction, given, ask, stop, status)


def vote_buttons() -> dict[str, gr.Button]:
    """Place the votes on two answers."""
    with gr.Row(elem_id="votes"):
        return {
            name: gr.Button(said, interactive=False, elem_id=f"vote-{name}", min_width=120)
            for name, said in SAID.items()
        }


def thumb_buttons() -> dict[str, gr.Button]:
    """Place what can be done with the last answer."""
    labels = {"up": "Good", "down": "Bad", "retry": "Retry", "undo": "Undo", "reset": "Reset"}
    with gr.Row(elem_id="actions"):
        return {
            name: gr.Button(label, size="sm", min_width=48, elem_id=f"talk-{name}",
                            interactive=name not in ("up", "down"))
            for name, label in labels.items()
        }  # fmt: skip
