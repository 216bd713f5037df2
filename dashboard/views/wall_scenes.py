"""The scenes of the wall, in the order in which they turn."""

from html import escape

from dashboard.locale import _
from dashboard.locale.shown import duration, number
from dashboard.parts import Context, Scene
from queries import jobs


def _feeds(ctx: Context) -> str:
    feeds = ctx.read(jobs.feeds)
    if not feeds.rows:
        return f'<div class="wall-blank"><b>{_("Waiting for data")}</b>{_("No source was heard yet.")}</div>'
    cards = "".join(
        f'<div class="wall-card"><div class="label">{escape(feed.source)}</div>'
        f'<div class="value">{duration((ctx.now - feed.heard_at).total_seconds())}</div></div>'
        for feed in feeds.rows[:4]
    )
    return f'<div class="wall-cards">{cards}</div><p>{_("Sources")}: {number(len(feeds.rows))}</p>'


SCENES = (Scene("feeds", lambda: _("Feeds"), _feeds),)
