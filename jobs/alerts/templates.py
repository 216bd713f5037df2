"""The texts of alerts, English and Chinese. They carry no name, no phone number and no complaint text."""

from collections import Counter
from typing import Any
from urllib.parse import urlencode

from queries.alerts.sweep import Alert
from queries.risk.rates import NAMES as LATE_RATES

STARS = {"critical": "★★★", "warning": "★★", "info": "★"}
TITLES = {
    "breached": ("Breached: {target} of complaint {complaint}", "已超时：投诉 {complaint} 的{target}"),
    "likely_breach": (
        "Likely to breach: {target} of complaint {complaint} ({p} %, {adjusted}of {n} similar {k} breached)",
        "很可能超时：投诉 {complaint} 的{target}（{p}%，{adjusted_zh}同类时限 {k}/{n} 已超时）",
    ),
    "likely_by_late_rate": (
        "Likely to breach: {target} of complaint {complaint} ({p} %, the late rate of its kind: {k} of {n})",
        "很可能超时：投诉 {complaint} 的{target}（{p}%，同类历史超时率 {k}/{n}）",
    ),
    "at_risk": ("At risk: {target} of complaint {complaint}", "临期：投诉 {complaint} 的{target}"),
    "callback_overdue": ("Callback overdue: complaint {complaint}", "回访逾期：投诉 {complaint}"),
    "text_trigger": (
        "Proposed for tier 1: complaint {complaint} ({target})",
        "建议升为一级：投诉 {complaint}（{target}）",
    ),
    "surge": (
        "Surge: {people} people complain about “{target}” ({place}), usually {usual}",
        "集中投诉：“{target}”（{place}）{people} 人投诉，平时约 {usual} 人",
    ),
    "feed_silent": ("No data from source {subject}", "数据源无数据：{subject}"),
    "job_failing": ("A job keeps failing: {subject}", "任务持续失败：{subject}"),
}


def message(alert: Alert, labels: dict[str, tuple[str, str]]) -> dict[str, Any]:
    """`labels`: target → English and Chinese name, from the policy."""
    by_late_rate = alert.reason.get("similar") in LATE_RATES
    english, chinese = TITLES["likely_by_late_rate" if by_late_rate else alert.rule]
    target = labels.get(alert.target or "", (alert.target or "", alert.target or ""))
    subject = alert.subject.split(":")[1]
    words = {"complaint": alert.external_id or alert.complaint_id, "subject": subject, **_odds(alert)}
    return {
        "rule": alert.rule,
        "level": alert.level,
        "stars": STARS[alert.level],
        "title": english.format(target=target[0], **words, **_counted(alert, "region_en", "whole country")),
        "title_zh": chinese.format(target=target[1], **words, **_counted(alert, "region_zh", "全国")),
        "complaint_id": alert.complaint_id,
        "tier": alert.tier,
        "department": alert.department,
        "region": alert.region,
        "crossed_at": alert.crossed_at.isoformat(),
        "due_at": alert.reason.get("due_at"),
        "found_late": alert.found_late,
        "path": _path(alert),
    }


def _odds(alert: Alert) -> dict[str, Any]:
    """The number never stands without its evidence."""
    if "p" not in alert.reason:
        return {}
    p, k, n = (alert.reason[name] for name in ("p", "k", "n"))
    gives_it = not n or _percent(k / n) == _percent(p)
    said = ("", "") if gives_it else ("adjusted: ", "经修正：")
    return {"p": _percent(p), "k": k, "n": n, "adjusted": said[0], "adjusted_zh": said[1]}


def _percent(p: float) -> str:
    """Of a probability, which is never certain."""
    return "> 99" if p >= 0.995 else "< 1" if p < 0.005 else f"{100 * p:.0f}"


def _counted(alert: Alert, name: str, everywhere: str) -> dict[str, Any]:
    """Of a surge."""
    said = alert.reason
    place = " · ".join(part for part in (said.get(name) or everywhere, said.get("product")) if part)
    usual = float(said.get("usual") or 0)
    return {"place": place, "people": said.get("people"), "usual": f"{usual:.0f}" if usual >= 1 else "<1"}


def _path(alert: Alert) -> str:
    if alert.rule == "surge":
        return f"/surges?surge={alert.subject.split(':')[1]}"
    return f"/complaint?complaint={alert.complaint_id}" if alert.complaint_id else "/jobs"


def digest(alerts: list[Alert], labels: dict[str, tuple[str, str]]) -> dict[str, Any]:
    """Counts by tier and department, the first twenty, and the way to exactly that set."""
    first = alerts[0]
    tiers = Counter(str(alert.tier or "-") for alert in alerts)
    departments = Counter(alert.department or "-" for alert in alerts)
    return {
        "rule": first.rule,
        "level": first.level,
        "stars": STARS[first.level],
        "title": f"{len(alerts)} alerts: {first.rule.replace('_', ' ')}",
        "title_zh": f"{len(alerts)} 条告警",
        "by_tier": dict(sorted(tiers.items())),
        "by_department": dict(departments.most_common()),
        "first": [message(alert, labels) for alert in alerts[:20]],
        "path": "/alerts?" + urlencode(_in_common(first)),
    }


def _in_common(alert: Alert) -> dict[str, str]:
    """Read by the alerts page: what jobs/alerts/notify.py puts into one digest."""
    late = {"late": "1"} if alert.found_late else {}
    return {"rule": alert.rule, "level": alert.level, "decided": alert.decided_at.isoformat()} | late
