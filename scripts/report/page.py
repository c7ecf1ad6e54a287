"""The page: its sections, each from its template, and the figures of all of them."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from scripts.common.escapes import clean_text
from scripts.report.inputs import Inputs
from scripts.report.sections import list_sections
from scripts.report.summary import summarise

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Shown:
    """A section as the page includes it: its element's id, its title and its HTML."""

    name: str
    title: str
    html: Markup


def render_page(inputs: Inputs) -> str:
    """Return the report as one HTML page with its charts' library inside."""
    environment = make_environment()
    shown: list[Shown] = []
    figures: dict[str, Any] = {}
    for name, section in list_sections().items():
        values = section.build(inputs)
        if values is not None:
            figures |= values.get("figures", {})
            html = render_section(environment, name, {"colours": inputs.colours} | values)
            shown.append(Shown(name, section.TITLE, html))
    return environment.get_template("report.html.j2").render(
        title=inputs.title,
        summary=summarise(inputs.scores),
        sections=shown,
        answers=inputs.answers,
        figures=figures,
        plotly=get_plotlyjs(),
        written=time.strftime("%Y-%m-%d %H:%M %Z"),
    )


def render_section(environment: Environment, name: str, values: dict[str, Any]) -> Markup:
    """Fill a section's template in."""
    return Markup(environment.get_template(f"sections/{name}.html.j2").render(values))


def make_environment() -> Environment:
    """Return what fills the templates in; everything from outside is cleaned and escaped."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html", "j2"]),
        undefined=StrictUndefined,
        finalize=clean,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def clean(value: Any) -> Any:
    """Return a text without what turns the text behind it; HTML of ours, and others, as it is."""
    is_text = isinstance(value, str) and not isinstance(value, Markup)
    return clean_text(value) if is_text and not value.isprintable() else value
