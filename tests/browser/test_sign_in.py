"""Signing in as people do: by a password, and by an identity provider that answers by the protocol."""

import re
import secrets
from collections.abc import Iterator
from pathlib import Path

import oidc_provider_mock
import pytest
from oidc_provider_mock import User
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine, text

from queries.db import board_now, raise_version
from queries.organisation import agent_of
from queries.people import accounts, passwords, register
from tests.browser.conftest import Serve, free_port
from tests.build import organisation

PASSWORD = "a long enough one"  # noqa: S105
ADDRESS = "li@example.com"
WAIT = 30_000  # milliseconds, on a busy machine
NOBODY = "You are signed in but have no permission to view this board."


@pytest.fixture
def centre(engine: Engine) -> Engine:
    """Of its people, the supervisor has an invitation; the manager is known to the provider by an address."""
    with engine.begin() as conn:
        organisation(conn)
        conn.execute(text("UPDATE facts.agent SET login = :to WHERE login = 'manager'"), {"to": ADDRESS})
    return engine


def test_from_the_invitation_to_the_pages_and_out_again(page: Page, serve: Serve, centre: Engine) -> None:
    with centre.begin() as conn:
        token = accounts.invite(conn, agent_of(conn, "supervisor"), "test")
    base = serve("dashboard", demo="false").url
    page.goto(f"{base}/callbacks?tier=1")
    expect(page).to_have_url(re.compile("/sign-in"))
    page.goto(f"{base}/invitation/{token}?lang=zh")
    page.get_by_label("新密码", exact=True).fill(PASSWORD)
    page.get_by_label("再次输入新密码").fill(PASSWORD)
    page.get_by_role("button").click()
    expect(page.get_by_role("heading", name="实时风险")).to_be_visible(timeout=WAIT)
    expect(page.get_by_text("supervisor")).to_be_visible()

    page.get_by_role("link", name="退出登录").click()
    expect(page).to_have_url(f"{base}/sign-in?lang=zh")
    page.goto(f"{base}/callbacks?tier=1&lang=en")
    page.get_by_label("Login").fill("supervisor")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Callbacks", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile(r"tier=1"))


def test_a_page_that_is_open_ends_with_the_session(page: Page, serve: Serve, centre: Engine) -> None:
    with centre.begin() as conn:
        token = accounts.invite(conn, agent_of(conn, "supervisor"), "test")
        begun = accounts.accept(conn, token, passwords.hashed(PASSWORD))
        assert begun
    base = serve("dashboard", demo="false").url
    page.goto(f"{base}/jobs?lang=en")
    page.get_by_label("Login").fill("supervisor")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Jobs", exact=True).first).to_be_visible()
    with centre.begin() as conn:
        register.lock(conn, "supervisor", "test")
        raise_version(conn, board_now(conn))
    expect(page.get_by_text("Not signed in")).to_be_visible(timeout=WAIT)
    expect(page.get_by_role("heading", name="Jobs", exact=True)).to_have_count(0)


CLAIMS: dict[str, dict[str, object]] = {
    "good": {},
    "unverified": {"email_verified": False},
    "stranger": {"email": "stranger@example.com"},
    "old": {"iat": 1_700_000_000},
    "other_audience": {"aud": "another"},
    "expired": {"exp": 1_700_000_000},
}
TOLD = {
    "unverified": "Your address is not verified by the identity provider.",
    "stranger": NOBODY,
    "old": "This sign-in is too old.",
}


@pytest.fixture
def provider() -> Iterator[str]:
    """Its address. It knows one user for each set of claims, by the name of the set."""
    users = [
        User(sub=name, claims={"email": ADDRESS, "email_verified": True, **claims})
        for name, claims in CLAIMS.items()
    ]
    with oidc_provider_mock.run_server_in_thread(user_claims=users) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def pages(serve: Serve, provider: str, tmp_path: Path) -> str:
    """The address of pages that people enter through the provider."""
    port = free_port()
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "secrets.toml").write_text(
        f'[auth]\nredirect_uri = "http://localhost:{port}/oauth2callback"\n'
        f'cookie_secret = "{secrets.token_hex(32)}"\nclient_id = "board"\nclient_secret = "any"\n'
        f'server_metadata_url = "{provider}/.well-known/openid-configuration"\n',
        "utf-8",
    )
    serve("dashboard", port, tmp_path, demo="false", sign_in="oidc")
    return f"http://localhost:{port}"


def sign_in(page: Page, pages: str, user: str) -> None:
    page.goto(f"{pages}/risk?lang=en")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text(user, exact=True).first.click()
    page.wait_for_url(f"{pages}/**")


def test_by_a_provider_only_a_verified_address_of_a_person_gets_in_and_stays_in_while_they_may(
    browser: Browser, pages: str, centre: Engine
) -> None:
    for user in CLAIMS:
        context = browser.new_context(locale="en-US")
        page = context.new_page()
        page.set_default_timeout(30_000)
        sign_in(page, pages, user)
        if user == "good":
            expect(page.get_by_role("heading", name="Overview", exact=True)).to_be_visible(timeout=WAIT)
            with centre.begin() as conn:
                conn.execute(text("UPDATE facts.agent SET active_until = now()"))
                raise_version(conn, board_now(conn))
            expect(page.get_by_text(NOBODY)).to_be_visible(timeout=WAIT)
            with centre.begin() as conn:
                conn.execute(text("UPDATE facts.agent SET active_until = NULL"))
        elif user in TOLD:
            expect(page.get_by_text(TOLD[user])).to_be_visible(timeout=WAIT)
        else:  # the token itself is refused: nobody is signed in
            expect(page.get_by_role("button", name="Sign in")).to_be_visible(timeout=WAIT)
        expect(page.get_by_role("heading", name="Overview", exact=True)).to_have_count(0)
        context.close()
