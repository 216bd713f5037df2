"""The messages of alerts, English and Chinese, around the titles of their rules.

They carry no name, no phone number and no complaint text.
"""

from collections import Counter
from typing import Any
from urllib.parse import urlencode

from queries.alerts import rules
from queries.alerts.rule import Alert

STARS = {"critical": "★★★", "warning": "★★", "info": "★"}


def message(alert: Alert, labels: dict[str, tuple[str, str]], board: str | None = None) -> dict[str, Any]:
    """`labels`: target → English and Chinese name, from the policy. `board`: where people open it."""
    english, chinese = _titles(alert, labels)
    return {
        "rule": alert.rule,
        "level": alert.level,
        "stars": STARS[alert.level],
        "title": english,
        "title_zh": chinese,
        "complaint_id": alert.complaint_id,
        "tier": alert.tier,
        "department": alert.department,
        "region": alert.region,
        "crossed_at": alert.crossed_at.isoformat(),
        "due_at": alert.reason.get("due_at"),
        "found_late": alert.found_late,
        **_link(_path(alert), board),
    }


def _titles(alert: Alert, labels: dict[str, tuple[str, str]]) -> tuple[str, str]:
    rule = rules.named(alert.rule)
    code = alert.target or ""
    english, chinese = labels.get(code, (code, code))
    common = {"complaint": alert.external_id or alert.complaint_id, "subject": alert.subject.split(":")[1]}
    values = rule.words(alert)
    return (
        rule.title.en.format(**common, target=english, **values.en),
        rule.title.zh.format(**common, target=chinese, **values.zh),
    )


def _path(alert: Alert) -> str:
    path = rules.named(alert.rule).path
    if path is not None:
        return path(alert)
    return f"/complaint?complaint={alert.complaint_id}" if alert.complaint_id else "/jobs"


def _link(path: str, board: str | None) -> dict[str, str]:
    """The path always; the whole address where it is known."""
    return {"path": path, "url": board.rstrip("/") + path} if board else {"path": path}


def digest(
    alerts: list[Alert], labels: dict[str, tuple[str, str]], board: str | None = None
) -> dict[str, Any]:
    """Counts by tier and department, the first twenty alerts, and the link to exactly that set."""
    first, label = alerts[0], rules.named(alerts[0].rule).label
    tiers = Counter(str(alert.tier or "-") for alert in alerts)
    departments = Counter(alert.department or "-" for alert in alerts)
    return {
        "rule": first.rule,
        "level": first.level,
        "stars": STARS[first.level],
        "title": f"{len(alerts)} alerts: {label.en}",
        "title_zh": f"{len(alerts)} 条告警：{label.zh}",
        "by_tier": dict(sorted(tiers.items())),
        "by_department": dict(departments.most_common()),
        "first": [message(alert, labels, board) for alert in alerts[:20]],
        **_link("/alerts?" + urlencode(_in_common(first)), board),
    }


def _in_common(alert: Alert) -> dict[str, str]:
    """The URL parameters by which the alerts page finds the alerts of one digest."""
    late = {"late": "1"} if alert.found_late else {}
    return {"rule": alert.rule, "level": alert.level, "decided": alert.decided_at.isoformat()} | late
