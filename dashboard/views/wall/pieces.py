"""What the scenes of the wall are put together from."""

from dataclasses import dataclass, replace
from html import escape

from dashboard.locale import _
from dashboard.parts import MARKS, Context, Tone


@dataclass(frozen=True, slots=True)
class Card:
    """One number. `filled`: the filled share of its bar; None: no bar. `goal`: where the goal stands."""

    label: str
    value: str
    hint: str = ""
    tone: Tone = ""
    filled: float | None = None
    goal: float | None = None


def slow(ctx: Context) -> Context:
    """What moves slowly is read once a minute."""
    return replace(ctx, moment=ctx.moment.to_minute())


def cards(*of: Card) -> str:
    """Beside each other; room for bars and hints only where one of them has any."""
    bars, hints = any(one.filled is not None for one in of), any(one.hint for one in of)
    return f'<div class="wall-cards">{"".join(_card(one, bars, hints) for one in of)}</div>'


def _card(one: Card, bars: bool, hints: bool) -> str:
    mark = f"<i>{MARKS[one.tone]}</i>" if one.tone else ""
    hint = f'<div class="hint">{escape(one.hint) or "&nbsp;"}</div>' if hints else ""
    return (
        f'<div class="wall-card {one.tone}"><div class="label">{escape(one.label)}</div>'
        f'<div class="value">{escape(one.value)}{mark}</div>{_bar(one) if bars else ""}{hint}</div>'
    )


def _bar(one: Card) -> str:
    if one.filled is None:
        return '<div class="bar none"></div>'
    goal = "" if one.goal is None else f'<b style="left:{_percent(one.goal)}"></b>'
    return f'<div class="bar"><i style="width:{_percent(one.filled)}"></i>{goal}</div>'


def _percent(share: float) -> str:
    return f"{round(min(max(share, 0), 1) * 100, 1):g}%"


def panel(title: str, body: str, note: str = "") -> str:
    noted = f" <small>{escape(note)}</small>" if note else ""
    return f'<div class="wall-panel"><h2>{escape(title)}{noted}</h2>{body}</div>'


def blank(word: str, sentence: str) -> str:
    return f'<div class="wall-blank"><b>{escape(word)}</b>{escape(sentence)}</div>'


def unavailable() -> str:
    return blank(_("Unavailable"), _("This could not be read. It is retried automatically."))


def verdict(tone: Tone, sentence: str, more: str = "") -> str:
    rest = f"<small>{escape(more)}</small>" if more else ""
    return f'<p class="verdict {tone}"><span>{MARKS[tone]}</span>{escape(sentence)}{rest}</p>'


def tier_mark(tier: int | None) -> str:
    """A shape and a step of one neutral hue: colour means state."""
    return f'<i class="tier t{tier or 0}">{tier or "–"}</i>'
