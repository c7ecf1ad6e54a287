"""The report's charts as plotly figures: plain dictionaries that the page's own script draws.

Colours of text and grid belong to the page (it has a light and a dark form), so they are set
there; a model's colour is set here and is the same in every chart.
"""

import json
from collections.abc import Iterable
from itertools import cycle
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from scripts.common.escapes import clean_line
from scripts.report.timings import RuleTime
from scripts.study.metrics import get_metric
from scripts.tables.main_table import format_column, get_baseline

# Paul Tol, "Colour schemes" (SRON/EPS/TN/09-002), the vibrant scheme: safe for colour-blind
# readers, and two of the muted; its grey is kept for the baseline.
PALETTE = ["#0077bb", "#ee7733", "#009988", "#cc3311", "#ee3377", "#33bbee", "#999933", "#aa4499"]
BASELINE_COLOUR = "#888888"
DASHES = ["solid", "dash", "dot", "dashdot"]
PARITIES = ("cost_ratio", "parity")  # columns in which 1 means: no difference
SMOOTHED = 20  # the bold line is a mean over a twentieth of the steps

Figure = dict[str, Any]


class Colours(dict[str, str]):
    """A colour a name: grey for the baseline, for others the next of the palette, which repeats.

    A name that is not among `names` gets its colour when it is first asked for.
    """

    def __init__(self, names: Iterable[str], baseline: str) -> None:
        super().__init__({baseline: BASELINE_COLOUR})
        for name in names:
            self.setdefault(name, self.pick())

    def pick(self) -> str:
        """Return the colour of the next new name."""
        return PALETTE[(len(self) - 1) % len(PALETTE)]

    def __missing__(self, name: str) -> str:
        self[name] = self.pick()
        return self[name]


def as_text(name: Any) -> str:
    """Return a name as plotly shows it: no tag, entity or place of a template is in it."""
    return clean_line(str(name)).translate({ord("&"): "&amp;", ord("<"): "&lt;", ord("%"): "&#37;"})


def to_dict(figure: go.Figure, height: int) -> Figure:
    """Return a figure as JSON's own types, with the layout that all charts share."""
    figure.update_layout(
        template="none",
        height=height,
        margin={"l": 8, "r": 12, "t": 8, "b": 40},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        hoverlabel={"align": "left"},
    )
    figure.update_xaxes(fixedrange=True, automargin=True, title_standoff=8, zeroline=False)
    figure.update_yaxes(fixedrange=True, automargin=True, title_standoff=8, zeroline=False)
    return json.loads(figure.to_json())


def draw_scores(rows: pd.DataFrame, colours: dict[str, str]) -> Figure:
    """Return one benchmark's and metric's scores: a dot and an interval bar a model."""
    metric, cells = get_metric(rows["metric"].iloc[0]), format_column(rows)
    figure = go.Figure()
    for row in rows.itertuples():
        known = pd.notna(row.low) and pd.notna(row.high)
        error: dict[str, Any] = {"type": "data", "array": [row.high - row.score] if known else []}
        error |= {"arrayminus": [row.score - row.low] if known else [], "symmetric": False}
        figure.add_scatter(
            x=[row.score],
            y=[as_text(row.model)],
            mode="markers+text",
            text=[cells[row.model].value],
            textposition="top center",
            marker={"size": 10, "color": colours[row.model]},
            error_x=error | {"thickness": 2.5, "width": 5, "color": colours[row.model]},
            hovertemplate=f"{as_text(row.model)}: {cells[row.model].text}<extra></extra>",
            showlegend=False,
            cliponaxis=False,
        )
    mark_baseline(figure, rows)
    title = f"{metric.label} ({metric.better} is better)"
    figure.update_xaxes(title_text=title, nticks=6, range=span_scores(rows))
    figure.update_yaxes(autorange="reversed", type="category", showgrid=False)
    return to_dict(figure, height=70 + 44 * len(rows))


def span_scores(rows: pd.DataFrame) -> list[float]:
    """Return an axis from the lowest to the highest end, with room for the labels."""
    ends = rows[["score", "low", "high"]]
    low, high = float(ends.min().min()), float(ends.max().max())
    room = 0.1 * (high - low) or 0.1
    return [low - room, high + room]


def mark_baseline(figure: go.Figure, rows: pd.DataFrame) -> None:
    """Draw a dotted line from the baseline's dot past the models below it."""
    models = list(rows["model"])
    if get_baseline(rows) not in models:
        return
    place = models.index(get_baseline(rows))
    score = rows["score"].iloc[place]
    line = {"dash": "dot", "width": 1, "color": BASELINE_COLOUR}
    figure.add_shape(
        type="line", x0=score, x1=score, y0=place, y1=len(models) - 0.5, line=line, layer="below"
    )


def draw_loss(log: list[dict[str, Any]], colour: str, top: float, bottom: float) -> Figure:
    """Return one stage's loss: every step faint, a running mean bold; nats per useful token."""
    steps, losses = [line["step"] for line in log], [line["loss"] for line in log]
    smooth = (
        pd.Series(losses)
        .rolling(max(1, len(losses) // SMOOTHED), min_periods=1, center=True)
        .mean()
    )
    figure = go.Figure()
    common = {"x": steps, "mode": "lines", "showlegend": False}
    figure.add_scatter(
        y=losses, line={"color": colour, "width": 1}, opacity=0.35, hoverinfo="skip", **common
    )
    figure.add_scatter(
        y=smooth.round(4).tolist(),
        line={"color": colour, "width": 2.5},
        hovertemplate="step %{x}: %{y:.3f} nats/token<extra></extra>",
        **common,
    )
    figure.update_xaxes(title_text="optimizer step", nticks=6, rangemode="tozero")
    margin = 0.05 * (top - bottom)
    figure.update_yaxes(title_text="nats per useful token", range=[bottom - margin, top + margin])
    return to_dict(figure, height=240)


def draw_held_out(
    texts: dict[str, list[tuple[int, float]]], colour: str, top: float, bottom: float
) -> Figure:
    """Return one stage's held-out texts, (step, bits per byte) each, told apart by their dashes."""
    figure = go.Figure()
    for (name, curve), dash in zip(texts.items(), cycle(DASHES)):
        figure.add_scatter(
            x=[step for step, _ in curve],
            y=[bits for _, bits in curve],
            name=as_text(name),
            mode="lines+markers",
            line={"color": colour, "width": 2, "dash": dash},
            marker={"size": 5, "color": colour},
            hovertemplate=f"{as_text(name)}, step %{{x}}: %{{y:.3f}} bits/byte<extra></extra>",
            showlegend=True,
            cliponaxis=False,
        )
    figure.update_xaxes(title_text="optimizer step", nticks=6, rangemode="tozero")
    margin = 0.05 * (top - bottom) or 0.1
    figure.update_yaxes(title_text="bits per byte", range=[bottom - margin, top + margin])
    place = {"orientation": "h", "x": 0, "y": 1, "xanchor": "left", "yanchor": "bottom"}
    figure.update_layout(legend=place)
    return to_dict(figure, height=240)


def draw_fertility(
    table: pd.DataFrame, measure: str, axis: str, colours: dict[str, str]
) -> Figure | None:
    """Return bars of one column of the tokenizer table by language, or None if it is empty."""
    known = table.dropna(subset=[measure])
    if known.empty:
        return None
    figure = go.Figure()
    for tokenizer in dict.fromkeys(known["tokenizer"]):
        rows = known[known["tokenizer"] == tokenizer]
        figure.add_bar(
            x=rows[measure].tolist(),
            y=[as_text(language) for language in rows["language"]],
            orientation="h",
            name=as_text(tokenizer),
            text=[f"{value:.2f}" for value in rows[measure]],
            textposition="outside",
            textangle=0,
            marker={"color": colours[tokenizer]},
            hovertemplate=f"{as_text(tokenizer)}, %{{y}}: %{{x:.3f}}<extra></extra>",
            showlegend=False,
            cliponaxis=False,
        )
    widest = float(known[measure].max())
    figure.update_xaxes(title_text=axis, range=[0, widest * 1.15], nticks=6)
    if measure in PARITIES:
        line = {"dash": "dot", "width": 1, "color": BASELINE_COLOUR}
        figure.add_vline(x=1, line=line)
    figure.update_yaxes(autorange="reversed", type="category", showgrid=False)
    figure.update_layout(barmode="group", bargap=0.35)
    bars = known["language"].nunique() * known["tokenizer"].nunique()
    return to_dict(figure, height=80 + 24 * bars)


def draw_times(times: list[RuleTime]) -> Figure:
    """Return bars of the seconds that each rule took, summed over its jobs, start-up apart."""
    starting = [time.start_up or 0.0 for time in times]
    others = [time.seconds - start for time, start in zip(times, starting, strict=True)]
    figure = go.Figure()
    for name, seconds, colour in (
        ("start-up", starting, PALETTE[1]),
        ("work and the rest", others, PALETTE[0]),
    ):
        figure.add_bar(
            x=[round(value, 1) for value in seconds],
            y=[as_text(time.rule) for time in times],
            orientation="h",
            name=name,
            marker={"color": colour},
            hovertemplate=f"%{{y}}, {name}: %{{x}} s<extra></extra>",
            cliponaxis=False,
        )
    # Behind the last bar of the stack: the sum.
    sums = [f"{time.seconds:,.0f} s" for time in times]
    figure.update_traces(text=sums, textposition="outside", selector={"name": "work and the rest"})
    widest = max(time.seconds for time in times)
    figure.update_xaxes(title_text="seconds, summed over jobs", nticks=6, range=[0, widest * 1.15])
    figure.update_yaxes(autorange="reversed", type="category", showgrid=False)
    place = {"orientation": "h", "x": 0, "y": 1, "xanchor": "left", "yanchor": "bottom"}
    figure.update_layout(barmode="stack", legend=place | {"traceorder": "normal"})
    return to_dict(figure, height=100 + 24 * len(times))
