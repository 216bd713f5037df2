"""The webhook's address is checked at start, and what is said of a wrong one holds no token."""

import pytest

from config.settings import Settings, SettingsError, settings


@pytest.mark.parametrize(
    "address",
    [
        "http://[::1/?token=secret",
        "http://host:port/?token=secret",
        "http://host:99999/?token=secret",
        "https://exa mple.com/?token=secret",
        "https:///path?token=secret",
        "ftp://host/?token=secret",
        "host/?token=secret",
        "http://xn--/?token=secret",
        "http://host/\x00?token=secret",
        "http://host/ ?token=secret",
    ],
)
def test_a_wrong_address_is_refused_at_start_with_what_to_do(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.cache_clear()
    if "\x00" in address:  # no environment can hold it
        with pytest.raises(ValueError, match="write it as https://HOST/PATH"):
            Settings(webhook_url=address)
        return
    monkeypatch.setenv("BOARD_WEBHOOK_URL", address)
    with pytest.raises(SettingsError, match=r"BOARD_WEBHOOK_URL.* write it as https://HOST/PATH") as refused:
        settings()
    settings.cache_clear()
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "address", ["", "https://oapi.example.com/robot/send?access_token=x", "http://[::1]:80/"]
)
def test_a_right_address_or_none_is_taken_as_it_is(address: str) -> None:
    assert Settings(webhook_url=address).webhook_url == (address or None)
