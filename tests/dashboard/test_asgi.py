import pytest

from config import UserError
from config.settings import Settings
from dashboard.asgi import serve


@pytest.mark.parametrize("demo", [True, False])
@pytest.mark.parametrize("host", ["0.0.0.0", "", "::"])
def test_a_board_where_anybody_may_be_anybody_is_not_opened_to_the_network(host: str, demo: bool) -> None:
    with pytest.raises(UserError, match="BOARD_SIGN_IN=oidc"):
        serve("dashboard", host, 0, Settings(sign_in="choose", demo=demo))
