"""One look: calm and light for pages, dark for the wall, in colours safe for colour-blind viewers."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from dashboard.locale import Language, use

Kind = Literal["dashboard", "wall"]
FONT = '"Source Sans", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif'
CSS = Path(__file__).with_name("theme.css")


@dataclass(frozen=True, slots=True)
class Theme:
    """`good`, `warn` and `bad` differ in lightness as well, and never stand without a word or a symbol."""

    base: Literal["light", "dark"]
    ground: str
    panel: str
    line: str
    text: str
    quiet: str
    accent: str
    good: str
    warn: str
    bad: str
    tiers: tuple[str, str, str]
    series: tuple[str, ...]
    ramp: tuple[str, ...]


LIGHT = Theme(
    base="light",
    ground="#F7F8FA",
    panel="#FFFFFF",
    line="#E4E7EC",
    text="#171A21",
    quiet="#5D6675",
    accent="#2F5FD0",
    good="#00805E",
    warn="#9A5B00",
    bad="#C2410C",
    tiers=("#C2410C", "#D99A00", "#4C7FD9"),
    series=("#2F5FD0", "#D98E04", "#00946E", "#B4478F", "#5AA9E6", "#C2410C", "#7A6FD0", "#7B8494"),
    ramp=("#EEF3FC", "#D3E1F8", "#A9C4F0", "#7AA2E4", "#4C7FD9", "#2F5FD0", "#21479F", "#173272"),
)
DARK = Theme(
    base="dark",
    ground="#0A0D13",
    panel="#131823",
    line="#232B3A",
    text="#F1F4F9",
    quiet="#97A3B6",
    accent="#6EA0FF",
    good="#2FD3A0",
    warn="#FFB938",
    bad="#FF7A4D",
    tiers=("#FF7A4D", "#FFC24D", "#6EA0FF"),
    series=("#6EA0FF", "#FFC24D", "#2FD3A0", "#E58CC8", "#8FD0FF", "#FF7A4D", "#A99DF5", "#97A3B6"),
    ramp=("#162036", "#1D2E52", "#27427B", "#3459A6", "#4675D0", "#6EA0FF", "#9DC0FF", "#CFE0FF"),
)
THEMES: dict[Kind, Theme] = {"dashboard": LIGHT, "wall": DARK}


def streamlit_options(kind: Kind) -> dict[str, Any]:
    """Streamlit's own settings of the look, given when the server starts."""
    theme = THEMES[kind]
    look: dict[str, Any] = {
        "base": theme.base,
        "primaryColor": theme.accent,
        "backgroundColor": theme.panel,
        "secondaryBackgroundColor": theme.panel,
        "textColor": theme.text,
        "linkColor": theme.accent,
        "borderColor": theme.line,
        "dataframeBorderColor": theme.line,
        "dataframeHeaderBackgroundColor": theme.ground,
        "greenColor": theme.good,
        "orangeColor": theme.warn,
        "redColor": theme.bad,
        "font": FONT,
        "headingFont": FONT,
        "baseFontSize": 14,
        "headingFontSizes": ["1.5rem", "1.1rem", "1rem", "1rem", "0.9rem", "0.9rem"],
        "headingFontWeights": [600, 600, 600, 600, 600, 600],
        "baseRadius": "8px",
        "showWidgetBorder": True,
        "showSidebarBorder": True,
        "chartCategoricalColors": list(theme.series),
    }
    return {f"theme.{name}": value for name, value in look.items()} | {
        "theme.sidebar.backgroundColor": theme.panel,
        "theme.sidebar.secondaryBackgroundColor": theme.panel,
    }


@cache
def css(kind: Kind, title: str = "") -> str:
    """The style sheet, with the theme's colours and the title beside the mark as custom properties."""
    theme = THEMES[kind]
    colours = {
        name: getattr(theme, name)
        for name in ("ground", "panel", "line", "text", "quiet", "accent", "good", "warn", "bad")
    }
    colours |= {f"tier-{n}": colour for n, colour in enumerate(theme.tiers, start=1)}
    colours |= {f"series-{n}": colour for n, colour in enumerate(theme.series, start=1)}
    declared = "".join(f"--{name}:{colour};" for name, colour in colours.items())
    declared += f"--font:{FONT};--title:{json.dumps(title, ensure_ascii=False)};"
    return f"<style>:root{{{declared}}}{CSS.read_text('utf-8')}</style>"


@cache
def compiled(build: Callable[[Theme], Any], theme: Theme, language: Language) -> dict[str, Any]:
    """The Vega-Lite specification of an Altair chart over the named data `rows`, once per process."""
    use(language)
    spec: dict[str, Any] = build(theme).to_dict()
    _plain_dates(spec)
    spec["config"] = chart_look(theme) | {"view": {"stroke": None}}
    spec["usermeta"] = {"embedOptions": {"renderer": "canvas", "actions": False}}
    spec.setdefault("autosize", {"type": "fit", "contains": "padding"})
    spec["background"] = "transparent"
    return spec


def _plain_dates(spec: dict[str, Any]) -> None:
    """Days as numbers where the chart says nothing else: Vega's own names of days are English only."""
    for part in ("layer", "hconcat", "vconcat", "concat"):
        for one in spec.get(part, ()):
            _plain_dates(one)
    for channel in ("x", "y"):
        encoding = spec.get("encoding", {}).get(channel, {})
        axis = encoding.get("axis", {})
        if encoding.get("type") == "temporal" and axis is not None:
            encoding["axis"] = {"format": "%m-%d"} | axis


def chart_look(theme: Theme) -> dict[str, Any]:
    text = {"labelColor": theme.quiet, "titleColor": theme.quiet, "labelFontSize": 12, "titleFontSize": 12}
    axis = text | {
        "labelFont": FONT,
        "titleFont": FONT,
        "titleFontWeight": 500,
        "gridColor": theme.line,
        "domain": False,
        "ticks": False,
        "labelPadding": 6,
    }
    return {
        "font": FONT,
        "axis": axis,
        "axisX": {"grid": False},
        "legend": text
        | {"orient": "top", "title": None, "symbolType": "circle", "symbolSize": 70, "offset": 4},
        "range": {"category": list(theme.series), "ramp": list(theme.ramp), "heatmap": list(theme.ramp)},
        "bar": {"cornerRadiusEnd": 3, "color": theme.series[0]},
        "line": {"strokeWidth": 2, "color": theme.series[0]},
        "area": {"color": theme.series[0], "opacity": 0.25, "line": True},
        "point": {"color": theme.series[0], "filled": True},
        "rule": {"color": theme.quiet, "strokeDash": [4, 4]},
        "text": {"color": theme.text, "font": FONT, "fontSize": 12},
        "title": {"color": theme.text, "font": FONT, "fontSize": 13, "fontWeight": 600, "anchor": "start"},
    }
