"""The page: a header, three tabs, and the settings that they share."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import fastapi
import gradio as gr

from scripts.common.errors import InputError
from scripts.serve.page_blocks import settings_fields
from scripts.serve.page_events import QUICK
from scripts.serve.page_examples import study_examples
from scripts.serve.page_html import render
from scripts.serve.page_pair_tabs import blind_tab, compare_tab
from scripts.serve.page_place import Place
from scripts.serve.page_talk_tab import talk_tab

TEMPLATES = Path(__file__).parent / "templates"
FONTS = ("system-ui", "-apple-system", "Segoe UI", "Noto Sans", "sans-serif")
MONO = ("ui-monospace", "Noto Sans Mono", "monospace")


def build_page(place: Place) -> gr.Blocks:
    """Return the page."""
    study, names = place.speakers.study, place.speakers.names()
    examples = study_examples(study.languages if study else ())
    main = choose_main(names, study.main if study else None)
    with gr.Blocks(title="lingraft", analytics_enabled=False) as page:
        gr.HTML(render("header", study=study.study if study else ""))
        with gr.Tab("Talk"):
            model, wire_talk = talk_tab(place, names, main, examples)
        with gr.Tab("Compare"):
            pair, wire_pair = compare_tab(place, names, main, examples)
        with gr.Tab("Rate blind"):
            drawn, wire_blind = blind_tab(place, names, examples)
        fields = settings_fields(place.limits)
        for wire in (wire_talk, wire_pair, wire_blind):
            wire(fields)
        page.load(lambda: choices(place), None, [model, *pair, drawn], **QUICK)

        def leave(request: gr.Request) -> None:
            place.sessions.leave(request.session_hash or "")

        page.unload(leave)
    # Who waits for an answer is counted before (`Sessions.take_place`); stopping takes a place too.
    page.queue(max_size=8 * place.limits.sessions, default_concurrency_limit=None)
    page.state_session_capacity = place.limits.sessions
    return page


def choose_main(names: Sequence[str], main: str | None) -> str | None:
    """Return the model that is chosen at first: the study's main one, if it is built."""
    return main if main in names else next(iter(names[-1:]), None)


def choices(place: Place) -> list[Any]:
    """Return the models that are built by now, for every choice of one."""
    try:
        names = place.speakers.names()
    except InputError:  # of the study's file; what is said of the chosen model tells it
        return [gr.skip()] * 4
    return [gr.update(choices=names)] * 4


def make_app(page: gr.Blocks, host: str, port: int) -> fastapi.FastAPI:
    """Return what answers requests for the page; its own functions are listed nowhere."""
    app = fastapi.FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    theme = gr.themes.Default(primary_hue="blue", neutral_hue="gray", font=FONTS, font_mono=MONO)
    return gr.mount_gradio_app(
        app, page, "/", host, port, footer_links=[], run_history=False, show_error=False,
        max_file_size=0, ssr_mode=False, enable_monitoring=False, pwa=False, mcp_server=False,
        theme=theme, css_paths=[TEMPLATES / "page.css"],
        js=(TEMPLATES / "page.js").read_text(encoding="utf-8"),
    )  # fmt: skip
