"""POST the alert as JSON; the Idempotency-Key header is the same at every attempt."""

import httpx

from config.settings import Settings
from jobs.outlets.errors import SendError
from queries.deliveries import Claimed

SECONDS = 10.0
RETRIED = frozenset({408, 425, 429})


def recipients(settings: Settings) -> list[str]:
    # The address may hold a secret: the journal keeps only this name.
    return ["webhook"] if settings.webhook_url else []


def send(delivery: Claimed, settings: Settings) -> None:
    if not settings.webhook_url:
        raise SendError("BOARD_WEBHOOK_URL is not set", permanent=True)
    try:
        answer = httpx.post(
            settings.webhook_url,
            json=delivery.message,
            headers={"Idempotency-Key": str(delivery.delivery_id)},
            timeout=SECONDS,
        )
    except httpx.HTTPError as error:
        raise SendError(type(error).__name__) from None
    if answer.is_success:
        return
    temporary = answer.status_code >= 500 or answer.status_code in RETRIED
    raise SendError(
        f"HTTP {answer.status_code}", permanent=not temporary, retry_after=_seconds(answer.headers)
    )


def _seconds(headers: httpx.Headers) -> float | None:
    asked = headers.get("Retry-After", "")
    return float(asked) if asked.isdigit() else None
