"""The outlets through which alerts leave the board."""

from collections.abc import Iterator

from sqlalchemy import text

from jobs.checks.finding import Finding, Look, fail, ok, span, warn
from jobs.outlets import OUTLETS

_DELIVERED = """
SELECT date_part('epoch', clock_timestamp() - max(sent_at)) AS age,
       count(*) FILTER (WHERE state = 'dead' AND created_at > clock_timestamp() - interval '1 day') AS dead,
       count(*) FILTER (WHERE state IN ('waiting', 'sending')
                          AND next_at < clock_timestamp() - interval '10 min') AS late
FROM journal.delivery WHERE outlet = :outlet AND created_at > clock_timestamp() - interval '30 days'
"""


def outlets(look: Look) -> Iterator[Finding]:
    configured = {"webhook": look.settings.webhook_url is not None}
    if not any(configured.get(name, True) for name in OUTLETS):
        yield warn(
            "outlets",
            "None is configured: alerts stay on the board's own pages",
            "Set BOARD_WEBHOOK_URL to where they are to go.",
        )
        return
    for name in OUTLETS:
        if configured.get(name, True):
            yield _outlet(look, name)


def _outlet(look: Look, name: str) -> Finding:
    row = look.conn.execute(text(_DELIVERED), {"outlet": name}).one()
    title = f"outlet {name}"
    sent = (
        "nothing was sent in 30 days" if row.age is None else f"the last message went out {span(row.age)} ago"
    )
    if row.dead:
        return fail(title, f"{row.dead} messages of the last day were given up; {sent}", "Check its address.")
    if row.late:
        return warn(title, f"{row.late} messages wait longer than 10 min; {sent}", "Check its address.")
    if row.age is None:
        return warn(
            title, sent, "Send one on purpose: see whether a silent source or a breach comes through."
        )
    return ok(title, sent)
