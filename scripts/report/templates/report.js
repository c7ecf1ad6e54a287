// Draws every figure with the page's colours, again when the reader switches light and dark.
const figures = JSON.parse(document.getElementById("figures").textContent);
const dark = window.matchMedia("(prefers-color-scheme: dark)");

function drawAll() {
  const style = getComputedStyle(document.documentElement);
  const text = style.getPropertyValue("--text").trim();
  const grid = style.getPropertyValue("--line").trim();
  const font = { family: getComputedStyle(document.body).fontFamily, size: 12, color: text };
  for (const [id, figure] of Object.entries(figures)) {
    const layout = { ...figure.layout, font, autosize: true };
    layout.xaxis = { ...layout.xaxis, gridcolor: grid, linecolor: grid };
    layout.yaxis = { ...layout.yaxis, gridcolor: grid, linecolor: grid };
    Plotly.react(id, figure.data, layout, { displayModeBar: false, responsive: true });
  }
}

// A <select> shows one group of charts; one that was hidden had no width to be drawn in.
for (const select of document.querySelectorAll("select[data-chooses]")) {
  const groups = document.querySelectorAll(`[data-choice="${select.dataset.chooses}"]`);
  select.addEventListener("change", () => groups.forEach((group, index) => {
    group.hidden = index !== select.selectedIndex;
    if (!group.hidden) group.querySelectorAll(".chart").forEach((chart) => Plotly.Plots.resize(chart));
  }));
}

drawAll();
dark.addEventListener("change", drawAll);
