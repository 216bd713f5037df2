"""Timers say when to look; the deadline or callback says whether it is so. Each rule takes up its own."""

from config.policy import NOT_TARGETS

_CALLBACKS = ", ".join(f"'{kind}'" for kind in NOT_TARGETS if kind != "promised")
# Which timers belong to which rule: each timer to exactly one.
WARN = "kind = 'warn'"
DUE = f"kind = 'due' AND target NOT IN ({_CALLBACKS})"
CALLBACK_DUE = f"kind = 'due' AND target IN ({_CALLBACKS})"


def waiting(which: str) -> str:
    """What another sweep holds is not waiting: it would be looked for again and again until that commits."""
    return (
        f"SELECT count(*) FROM (SELECT FROM derived.timer WHERE fire_at <= :now AND {which} "
        "ORDER BY fire_at LIMIT :batch FOR UPDATE SKIP LOCKED) due"
    )


def taken(which: str) -> str:
    """The first CTE of `find`."""
    return f"""taken AS (
    DELETE FROM derived.timer WHERE ctid = ANY (ARRAY (
        SELECT ctid FROM derived.timer WHERE fire_at <= :now AND {which} ORDER BY fire_at LIMIT :batch
        FOR UPDATE SKIP LOCKED))
    RETURNING *)"""
