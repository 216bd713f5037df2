"""POST the alert as JSON; the Idempotency-Key header is the same at every attempt."""

import asyncio
import re
import ssl
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache

import httpx

from config.settings import Settings
from jobs.outlets.errors import SendError
from queries.alerts.deliveries import Claimed
from queries.alerts.rule import Alert

SECONDS = 10.0  # for the whole call: a receiver that answers byte by byte never exceeds a single time-out
TEMPORARY = frozenset({408, 425, 429})  # and all from 500 on


def recipients(_alert: Alert, settings: Settings) -> list[str]:
    # The address may hold a secret: the journal keeps only this name.
    return ["webhook"] if settings.webhook_url else []


def send(delivery: Claimed, settings: Settings) -> None:
    """Redirects are not followed: the alert would go to a receiver that nobody configured. Like refusals they
    are permanent; a person may send the message again once the address or the token is corrected."""
    if not settings.webhook_url:
        raise SendError("BOARD_WEBHOOK_URL is not set", permanent=True)
    try:
        status, headers = asyncio.run(_post(settings.webhook_url, delivery))
    except (httpx.InvalidURL, UnicodeError):
        raise SendError("BOARD_WEBHOOK_URL is not a valid web address", permanent=True) from None
    except (httpx.HTTPError, TimeoutError) as error:
        raise SendError(type(error).__name__) from None
    if not 200 <= status < 300:
        temporary = status >= 500 or status in TEMPORARY
        raise SendError(f"HTTP {status}", permanent=not temporary, retry_after=_retry_after(headers))


async def _post(url: str, delivery: Claimed) -> tuple[int, httpx.Headers]:
    """The body of the answer is not read."""
    key = {"Idempotency-Key": str(delivery.delivery_id)}
    async with (
        asyncio.timeout(SECONDS),
        httpx.AsyncClient(timeout=SECONDS, verify=_trusted()) as client,
        client.stream("POST", url, json=delivery.message, headers=key) as answer,
    ):
        return answer.status_code, answer.headers


@cache
def _trusted() -> ssl.SSLContext:
    """Cached: reading the list of certificate authorities takes longer than most calls."""
    return httpx.create_ssl_context()


def _retry_after(headers: httpx.Headers) -> float | datetime | None:
    """Of Retry-After, in seconds or as a date; None for anything else."""
    value = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value):
        return float(value)
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
