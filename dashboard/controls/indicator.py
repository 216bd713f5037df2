"""An indicator as tiles and column heads show it: its name, and pointing at it tells its meaning."""

from dataclasses import replace
from html import escape

from config.policy import Goals
from dashboard.locale import _, language
from dashboard.locale.shown import number, percent
from dashboard.parts import Column, Tile, Tone
from queries.indicator import UNITS, Indicator
from queries.indicators import BY_CODE


def name(code: str, **fields: str) -> str:
    one = BY_CODE[code]
    return (one.name_zh if language() == "zh" else one.name_en).format(**fields)


def meaning(code: str, goals: Goals | None = None) -> str:
    """One sentence, then its unit, rule, goal, and for how long it may still change."""
    one = BY_CODE[code]
    chinese = language() == "zh"
    sentences = [one.means_zh if chinese else one.means_en]
    unit = UNITS[one.unit][chinese]
    sentences.append(_("Unit: {unit}.").format(unit=unit))
    if one.rule:
        sentences.append(_("Rule: {rule}.").format(rule=one.rule))
    if one.goal and goals is not None:
        sentences.append(_("Goal: {goal}.").format(goal=goal(one, goals)))
    if one.provisional_days:
        sentences.append(_("Provisional for {n} days after the period.").format(n=one.provisional_days))
    return _space().join(sentences)


def goal(one: Indicator, goals: Goals) -> str:
    value: float = getattr(goals, one.goal)
    shown = {"share": percent(value), "score": number(value, 1)}.get(one.unit, f"{value:g}")
    return f"{'≥' if one.better == 'higher' else '≤'} {shown}"


def meets(one: Indicator, value: float | None, goals: Goals) -> Tone:
    if value is None:
        return ""
    aim: float = getattr(goals, one.goal)
    return "good" if (value >= aim if one.better == "higher" else value <= aim) else "warn"


def tile(code: str, value: str, hint: str = "", tone: Tone = "", href: str = "", label: str = "") -> Tile:
    """`label`: where the name depends on what is shown."""
    return Tile(label or name(code), value, hint, tone, href, meaning(code))


def goal_tile(
    code: str,
    measured: float | None,
    shown: str,
    goals: Goals,
    hint: str,
    href: str = "",
    provisional_until: str = "",
) -> Tile:
    """Beside its goal; `measured` is None where too little is known to say anything."""
    one = BY_CODE[code]
    aim, means = _("goal {goal}").format(goal=goal(one, goals)), meaning(code, goals)
    if provisional_until:
        aim += " · " + _("provisional")
        means += _space() + _("Provisional until {day}.").format(day=provisional_until)
    beside = "\n".join(part for part in (aim, hint) if part)
    return Tile(name(code), shown, beside, meets(one, measured, goals), href, means)


def _space() -> str:
    return "" if language() == "zh" else " "


def headed(code: str, column: Column) -> Column:
    """The column with the meaning of its indicator, and its name where it has no shorter one."""
    return replace(column, head=column.head or name(code), hint=column.hint or meaning(code))


def title(code: str) -> str:
    """The meaning as an attribute, of a head that is written as HTML."""
    return f' title="{escape(meaning(code))}"'
