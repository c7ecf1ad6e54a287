"""Charts that compare languages: dots with intervals, and a matrix of translation directions."""

import pandas as pd
import plotly.graph_objects as go

from scripts.report.charts import Figure, as_text, to_dict
from scripts.study.metrics import get_metric
from scripts.tables.main_table import format_column

Rows = dict[str, pd.DataFrame]  # of one metric, by language or direction
SPREAD = 0.7  # of a language's band that its models' dots share
SCALE = "Cividis"  # even in lightness, for colour-blind readers too


def draw_languages(rows: Rows, colours: dict[str, str]) -> Figure:
    """Return the languages as bands, each with a dot and an interval bar a model."""
    models = list(dict.fromkeys(model for frame in rows.values() for model in frame["model"]))
    metric = get_metric(next(iter(rows.values()))["metric"].iloc[0])
    figure = go.Figure()
    for place, model in enumerate(models):
        offset = SPREAD * ((place + 0.5) / len(models) - 0.5)
        figure.add_scatter(**model_trace(rows, model, offset, colours[model]))
    figure.update_xaxes(title_text=f"{metric.label} ({metric.better} is better)", nticks=6)
    figure.update_yaxes(
        tickvals=list(range(len(rows))),
        ticktext=[as_text(name) for name in rows],
        range=[len(rows) - 0.5, -0.5],
        showgrid=False,
    )
    for band in range(0, len(rows), 2):
        # Every other band is tinted, in a grey that suits the light page and the dark one.
        figure.add_hrect(
            band - 0.5, band + 0.5, fillcolor="#888888", opacity=0.1, line_width=0, layer="below"
        )
    return to_dict(figure, height=70 + len(rows) * max(30, 14 * len(models)))


def model_trace(rows: Rows, model: str, offset: float, colour: str) -> dict:
    """Return one model's dots; a language that it has no score in has none."""
    points = []
    for band, frame in enumerate(rows.values()):
        cells = format_column(frame)
        points += [
            (band + offset, row.score, row.low, row.high, cells[model].text)
            for row in frame.itertuples()
            if row.model == model and pd.notna(row.score)
        ]
    bars = [(high - x, x - low) if pd.notna(low) else (0, 0) for _, x, low, high, _ in points]
    return {
        "x": [point[1] for point in points],
        "y": [point[0] for point in points],
        "text": [point[4] for point in points],
        "name": as_text(model),
        "mode": "markers",
        "marker": {"size": 8, "color": colour},
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [bar[0] for bar in bars],
            "arrayminus": [bar[1] for bar in bars],
            "thickness": 2,
            "width": 0,
            "color": colour,
        },
        "hovertemplate": f"{as_text(model)}: %{{text}}<extra></extra>",
        "showlegend": False,
        "cliponaxis": False,
    }


def draw_matrix(rows: Rows, model: str) -> Figure:
    """Return one model's scores, sources as rows and targets as columns.

    The colours' scale spans the scores of all models, so that their matrices compare.
    """
    codes = list(dict.fromkeys(code for name in rows for code in name.split("-")))
    sources, targets = (
        [code for code in codes if code in {name.split("-")[side] for name in rows}]
        for side in (0, 1)
    )
    cells = {name: format_column(frame).get(model) for name, frame in rows.items()}
    known = {name: cell for name, cell in cells.items() if cell and cell.value != "–"}
    every = pd.concat([frame["score"] for frame in rows.values()])

    def fill(values: dict, nothing: str | None = "") -> list[list]:
        return [
            [values.get(f"{source}-{target}", nothing) for target in targets] for source in sources
        ]

    metric = get_metric(next(iter(rows.values()))["metric"].iloc[0])
    figure = go.Figure()
    figure.add_heatmap(
        x=[as_text(code) for code in targets],
        y=[as_text(code) for code in sources],
        z=fill({name: float(cell.value) for name, cell in known.items()}, None),
        text=fill({name: cell.value for name, cell in known.items()}),
        customdata=fill({name: cell.text for name, cell in known.items()}),
        texttemplate="%{text}",
        hovertemplate="%{y} → %{x}: %{customdata}<extra></extra>",
        hoverongaps=False,
        xgap=2,
        ygap=2,
        zmin=float(every.min()),
        zmax=float(every.max()),
        colorscale=SCALE,
        reversescale=metric.lower_is_better,
        showscale=False,
    )
    figure.update_xaxes(title_text="into", type="category", showgrid=False)
    figure.update_yaxes(title_text="from", autorange="reversed", type="category", showgrid=False)
    return to_dict(figure, height=80 + 34 * max(2, len(sources)))
