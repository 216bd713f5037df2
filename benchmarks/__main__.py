"""`make bench`: run every benchmark, print its table and write them all to docs/benchmarks.md."""

import sys
from pathlib import Path

from benchmarks import attribution, history, policy_change, risk, risk_live, sweep, texts, working_time

BENCHMARKS = (attribution, history, policy_change, risk, risk_live, sweep, texts, working_time)
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
INTRODUCTION = """# What was measured

Written by `make bench`. Machines are noisy: read the ratios, which come from one run, before the seconds.
"""


def main() -> None:
    wanted = sys.argv[1:]
    parts = [INTRODUCTION]
    for one in BENCHMARKS:
        name = one.__name__.rpartition(".")[2]
        if wanted and name not in wanted:
            continue
        lines = one.run()
        parts.append("\n".join(lines) + "\n")
        print("\n".join(lines), flush=True)
    if not wanted:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text("\n".join(parts), "utf-8")


if __name__ == "__main__":
    main()
