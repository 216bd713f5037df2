"""The grid of a list that people work on."""

import pandas as pd

from dashboard.controls.work_list import MEASURED, _widths


def test_a_column_is_as_wide_as_its_longest_text_also_below_the_rows_that_the_grid_measures() -> None:
    short = ["No signal"] * MEASURED
    shown = pd.DataFrame({"Category": [*short, "Unwanted subscription"], "Region": [*short, "Daxing"]})
    assert {head: column["width"] for head, column in _widths(shown).items()} == {"Category": 148}


def test_an_empty_list_leaves_its_columns_to_the_grid() -> None:
    assert _widths(pd.DataFrame({"Category": []})) == {}
