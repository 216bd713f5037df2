"""The pages of signing in, without a script: HTML in the look of the board. Every value in it is escaped."""

import secrets
from dataclasses import dataclass
from html import escape
from pathlib import Path
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse

from dashboard.locale import LANGUAGES, _, language
from dashboard.parts import BRAND
from dashboard.theme import FONT, LIGHT

CSS = Path(__file__).with_name("sign_in.css")
COLOURS = ("ground", "panel", "line", "text", "quiet", "accent", "bad", "good")
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    label: str
    kind: str = "text"
    fills: str = "off"  # what a browser may fill in by itself
    hint: str = ""
    value: str = ""
    is_fixed: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    fields: tuple[Field, ...]
    button: str
    hidden: tuple[tuple[str, str], ...] = ()


def page(
    request: Request, title: str, body: str, status: int = 200, headers: dict[str, str] | None = None
) -> HTMLResponse:
    nonce = secrets.token_urlsafe(16)
    declared = "".join(f"--{name}:{getattr(LIGHT, name)};" for name in COLOURS) + f"--font:{FONT}"
    tag = "zh-CN" if language() == "zh" else "en"
    brand = escape(_("Complaint Board"))
    html = (
        f'<!doctype html><html lang="{tag}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} · {brand}</title>"
        f'<style nonce="{nonce}">:root{{{declared}}}{CSS.read_text("utf-8")}</style></head>'
        f'<body><main><header><div class="brand">{BRAND}<span>{brand}</span></div>{_languages(request)}'
        f"</header><h1>{escape(title)}</h1>{body}</main></body></html>"
    )
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; img-src 'self' data:; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    )
    given = HEADERS | {"Content-Security-Policy": policy} | (headers or {})
    return HTMLResponse(html, status, given)


def _languages(request: Request) -> str:
    """The same page in the other language."""
    links = ""
    for code, word in LANGUAGES.items():
        query = urlencode({**request.query_params, "lang": code})
        current = ' aria-current="true"' if code == language() else ""
        links += f'<a href="{escape(request.url.path)}?{escape(query)}" lang="{code}"{current}>{word}</a>'
    return f'<nav aria-label="{escape(_("Language"))}">{links}</nav>'


def form(request: Request, of: Form, problem: str = "") -> str:
    """Sent to the page itself, with its query."""
    query = f"?{request.url.query}" if request.url.query else ""
    said = f'<p class="problem" role="alert">{escape(problem)}</p>' if problem else ""
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in of.hidden
    )
    first = next((one for one in of.fields if not one.is_fixed), None)
    fields = "".join(_field(one, one is first) for one in of.fields)
    return (
        f'{said}<form method="post" action="{escape(request.url.path + query)}">{hidden}{fields}'
        f'<button type="submit">{escape(of.button)}</button></form>'
    )


def _field(one: Field, is_first: bool) -> str:
    described = f' aria-describedby="{one.name}-hint"' if one.hint else ""
    hint = f'<p class="hint" id="{one.name}-hint">{escape(one.hint)}</p>' if one.hint else ""
    focus = " readonly" if one.is_fixed else " autofocus" if is_first else ""
    return (
        f'<label for="{one.name}">{escape(one.label)}</label>'
        f'<input id="{one.name}" name="{one.name}" type="{one.kind}" autocomplete="{one.fills}" '
        f'value="{escape(one.value)}" maxlength="200" required{described}{focus}>{hint}'
    )


def sentence(words: str) -> str:
    return f"<p>{escape(words)}</p>"


def link(href: str, words: str) -> str:
    return f'<p><a href="{escape(href)}">{escape(words)}</a></p>'
