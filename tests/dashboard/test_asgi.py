import pytest

from config import StartRefused
from config.settings import Settings
from dashboard.asgi import serve


def test_a_board_where_anybody_may_be_anybody_is_not_opened_to_the_network() -> None:
    with pytest.raises(StartRefused, match="BOARD_SIGN_IN=oidc"):
        serve("dashboard", "0.0.0.0", 0, Settings(sign_in="choose", demo=False))
