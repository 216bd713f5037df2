"""`make bench`: run the benchmarks, print their tables and write them to docs/benchmarks.md.

Without a name the short ones are run; a part of the page that was not measured stays as it is.
"""

import sys
from pathlib import Path

from benchmarks import (
    alerts,
    attribution,
    backtest,
    derive_known,
    disk,
    history,
    imports,
    intake_api,
    journal,
    moves,
    policy_change,
    risk,
    risk_live,
    splits,
    surge,
    sweep,
    sync,
    texts,
    viewers,
    working_time,
)

BENCHMARKS = {
    "history": history.run,
    "policy_change": policy_change.run,
    "attribution": attribution.run,
    "texts": texts.run,
    "risk_live": risk_live.run,
    "moves": moves.run,
    "sweep": sweep.run,
    "alerts": alerts.run,
    "working_time": working_time.run,
    "intake_api": intake_api.run,
}
LONG = {
    "derive_known": derive_known.run,
    "journal": journal.run,
    "risk": risk.run,
    "backtest": backtest.run,
    "surge": surge.run,
    "viewers": viewers.run,
    "disk": disk.run,
    "imports": imports.run,
    "imports_many": imports.run_many,
    "splits": splits.run,
    "sync": sync.run,
}
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
INTRODUCTION = """# What was measured

Written by `make bench`, `make bench-history`, `make bench-risk`, `make bench-surge`, `make bench-imports`,
`make bench-sync` and `make bench-viewers`.
Machines are noisy: read the ratios, which come from one run, before the seconds.
"""


def main() -> None:
    known = BENCHMARKS | LONG
    parts = _parts(PAGE.read_text("utf-8") if PAGE.exists() else "")
    for name in sys.argv[1:] or BENCHMARKS:
        lines = known[name]()
        print("\n".join(lines), flush=True)
        parts |= _parts("\n" + "\n".join(lines))
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text("\n".join((INTRODUCTION, *parts.values())), "utf-8")


def _parts(written: str) -> dict[str, str]:
    """By subject, in their order."""
    return {_subject(part): "## " + part.strip() + "\n" for part in written.split("\n## ")[1:]}


def _subject(part: str) -> str:
    return part.removeprefix("## ").splitlines()[0]


if __name__ == "__main__":
    main()
