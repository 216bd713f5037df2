import pytest

from dashboard.theme import DARK, LIGHT, Theme


def _light(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((_light(one), _light(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["pages", "wall"])
def test_text_can_be_read_on_panel_and_ground(theme: Theme) -> None:
    for paper in (theme.panel, theme.ground):
        assert contrast(theme.text, paper) >= 10
        assert contrast(theme.quiet, paper) >= 4.5
        # WCAG AA for text: figures and words of tables are small and stand in these colours too.
        assert all(contrast(tone, paper) >= 4.5 for tone in (theme.good, theme.warn, theme.bad, theme.accent))
