"""What the rows of a CSV file look like: by the form of their numbers and dates, a row is told from a line of
a text that happens to have as many commas."""

import re
from collections import Counter

LEAST, ENOUGH = 5, 128  # rows to learn from
MOST_FORMS = 3  # of one column, of which its cells nearly all are
NEARLY_ALL = 0.9
_RUNS = ((re.compile(r"\d+"), "9"), (re.compile(r"[^\W\d_]+"), "a"), (re.compile(r"\s+"), " "))


class RowForms:
    """The columns with digits whose cells have few forms, as Q0010 and Q0011 have one."""

    def __init__(self, width: int) -> None:
        self._seen: list[Counter[str]] = [Counter() for _ in range(width)]
        self._rows = 0
        self._known: dict[int, frozenset[str]] = {}  # by place

    @property
    def is_known(self) -> bool:
        return bool(self._known)

    def learn(self, cells: list[str]) -> None:
        """Of a row that stands on one line."""
        if self._rows >= ENOUGH or len(cells) != len(self._seen):
            return
        self._rows += 1
        for seen, cell in zip(self._seen, cells, strict=True):
            if cell:
                seen[_form(cell)] += 1
        if self._rows in (LEAST, ENOUGH // 4, ENOUGH):
            self._known = {place: forms for place, seen in enumerate(self._seen) if (forms := _few(seen))}

    def fit(self, cells: list[str]) -> bool:
        """Whether these are the cells of a row: half of those that are known by their form have it."""
        given = [_form(cells[place]) in forms for place, forms in self._known.items() if cells[place]]
        return sum(given) * 2 >= len(given) > 0


def _few(seen: Counter[str]) -> frozenset[str] | None:
    most = [form for form, _count in seen.most_common(MOST_FORMS) if "9" in form]
    total = seen.total()
    is_nearly_all = sum(seen[form] for form in most) >= NEARLY_ALL * total
    return frozenset(most) if most and total >= 3 and is_nearly_all else None


def _form(cell: str) -> str:
    for runs, one in _RUNS:
        cell = runs.sub(one, cell)
    return cell.strip()
