"""The ways in and out by password: plain routes beside Streamlit, which cannot set a cookie."""

import logging
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import anyio
from anyio.to_thread import run_sync
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from config.settings import Settings
from dashboard.locale import _, choose, language, ngettext, use
from dashboard.reads import reads
from dashboard.sign_in import cookie, html
from dashboard.sign_in.html import Field, Form
from queries.people import accounts, passwords
from queries.people.accounts import Invitation
from queries.people.throttle import Closed

LARGEST_FORM = 16_384  # bytes
AT_ONCE = 4  # requests that look at passwords; others of the server do not wait for them
log = logging.getLogger(__name__)

Handler = Callable[["Visit"], Response]


@dataclass(frozen=True, slots=True)
class Visit:
    """One request, in a thread of its own. `fields`: of the form that was sent; None: none was."""

    request: Request
    key: bytes
    is_secure: bool
    fields: dict[str, str] | None

    @property
    def address(self) -> str:
        return self.request.client.host if self.request.client else ""

    @property
    def token(self) -> str | None:
        return cookie.token_of(self.key, self.request.cookies)

    def field(self, name: str) -> str:
        return (self.fields or {}).get(name, "")


def routes(here: Settings) -> list[Route]:
    def at(path: str, handler: Handler) -> Route:
        return Route(path, _visit(here, handler), methods=["GET", "POST"])

    return [
        at("/sign-in", sign_in),
        at("/sign-out", sign_out),
        at("/password", password),
        at("/invitation/{token}", invitation),
    ]


@cache
def _turn() -> anyio.CapacityLimiter:
    return anyio.CapacityLimiter(AT_ONCE)


def _visit(here: Settings, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        body = await _body(request)
        return await run_sync(_answer, here, handler, request, body, limiter=_turn())

    return answer


async def _body(request: Request) -> bytes | None:
    """None where it is longer than a form of ours can be."""
    found = b""
    async for chunk in request.stream():
        found += chunk
        if len(found) > LARGEST_FORM:
            return None
    return found


def _answer(here: Settings, handler: Handler, request: Request, body: bytes | None) -> Response:
    use(choose(request.query_params.get("lang"), request.headers.get("accept-language")))
    if body is None:
        return html.page(request, _("Sign in"), html.sentence(_("This form is too long.")), 413)
    secure = request.url.scheme == "https" or (here.public_url or "").startswith("https://")
    try:
        key = reads().signing_key()
        fields = _fields(body) if request.method == "POST" else None
        response = handler(Visit(request, key, secure, fields))
    except SQLAlchemyError as error:
        log.warning("sign-in could not be answered: %s", type(error).__name__)
        words = _("The database cannot be reached. Try again in a moment.")
        return html.page(request, _("Sign in"), html.sentence(words), 503)
    return response


def _fields(body: bytes) -> dict[str, str]:
    try:
        found = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=20)
    except ValueError:
        return {}
    return {name: values[0] for name, values in found.items()}


def _is_ours(visit: Visit) -> bool:
    """Whether the form that was sent is one that we gave to this browser."""
    mine = visit.request.cookies.get(cookie.FORM, "")
    return cookie.is_proof(visit.key, "form", mine, visit.field("form"))


def _expired() -> str:
    return _("This form was open for too long or cookies are blocked. Please send it again.")


def _form(
    visit: Visit, title: str, of: Form, problem: str = "", status: int = 200, after: str = ""
) -> Response:
    """`after`: what stands below the form."""
    mine = cookie.form_id(visit.request.cookies)
    hidden = (*of.hidden, ("form", cookie.proof(visit.key, "form", mine)))
    body = html.form(visit.request, Form(of.fields, of.button, hidden), problem) + after
    response = html.page(visit.request, title, body, status)
    cookie.keep_form_id(response, mine, visit.is_secure)
    return response


def _let_in(visit: Visit, token: str, to: str) -> Response:
    response = RedirectResponse(to, status_code=303)
    cookie.begin(response, visit.key, token, visit.is_secure)
    return response


def _next(visit: Visit) -> str:
    """A page of this board, with the language that was chosen here; never another server."""
    asked = urlsplit(visit.request.query_params.get("next", "/"))
    path = asked.path
    if asked.scheme or asked.netloc or not path.startswith("/") or path.startswith("//") or "\\" in path:
        return "/"
    query = dict(parse_qsl(asked.query))
    if "lang" in visit.request.query_params:
        query["lang"] = visit.request.query_params["lang"]
    return path + (f"?{urlencode(query)}" if query else "")


def sign_in(visit: Visit) -> Response:
    if visit.fields is None:
        return _sign_in_form(visit)
    if not _is_ours(visit):
        return _sign_in_form(visit, _expired(), 403)
    try:
        token = accounts.sign_in(reads().engine, visit.field("login"), visit.field("password"), visit.address)
    except Closed as closed:
        response = _sign_in_form(visit, _too_many(closed), 429)
        response.headers["Retry-After"] = str(_seconds(closed))
        return response
    if token is None:
        return _sign_in_form(visit, _("Login or password is wrong."), 401)
    return _let_in(visit, token, _next(visit))


def _sign_in_form(visit: Visit, problem: str = "", status: int = 200) -> Response:
    fields = (
        Field("login", _("Login"), fills="username", value=visit.field("login")[:200]),
        Field("password", _("Password"), "password", "current-password"),
    )
    after = html.sentence(_("No password yet, or forgotten? Ask your administrator for an invitation link."))
    return _form(visit, _("Sign in"), Form(fields, _("Sign in")), problem, status, after)


def _seconds(closed: Closed) -> int:
    with reads().engine.connect() as conn:
        now: datetime = conn.execute(text("SELECT clock_timestamp()")).scalar_one()
    return max(1, math.ceil((closed.until - now).total_seconds()))


def _too_many(closed: Closed) -> str:
    minutes = math.ceil(_seconds(closed) / 60)
    return ngettext(
        "Too many attempts. Try again in {n} minute.", "Too many attempts. Try again in {n} minutes.", minutes
    ).format(n=minutes)


def sign_out(visit: Visit) -> Response:
    """By a link of the pages, which proves itself, at once; else after a press on the button."""
    token = visit.token
    given = visit.request.query_params.get("proof", "")
    is_meant = _is_ours(visit) or (token is not None and cookie.is_proof(visit.key, "sign-out", token, given))
    if token is not None and not is_meant:
        return _form(visit, _("Sign out"), Form((), _("Sign out")))
    if token is not None:
        with reads().engine.begin() as conn:
            accounts.end_session(conn, token)
    lang = visit.request.query_params.get("lang")
    response = RedirectResponse("/sign-in" + (f"?{urlencode({'lang': lang})}" if lang else ""), 303)
    cookie.end(response)
    return response


def password(visit: Visit) -> Response:
    """A new one, by whoever knows the old one."""
    token = visit.token
    login = reads().login_of_session(token) if token else None
    if token is None or login is None:
        return RedirectResponse(
            f"/sign-in?{urlencode({'next': '/password', **visit.request.query_params})}", 303
        )
    if visit.fields is None:
        return _password_form(visit)
    problem = _expired() if not _is_ours(visit) else _unfit(visit, login)
    if problem:
        return _password_form(visit, problem, 400)
    try:
        made = accounts.change_password(
            reads().engine, token, visit.field("old"), visit.field("password"), visit.address
        )
    except Closed as closed:
        return _password_form(visit, _too_many(closed), 429)
    if made is None:
        return _password_form(visit, _("The present password is wrong."), 401)
    return _let_in(visit, made, _next(visit))


def _password_form(visit: Visit, problem: str = "", status: int = 200) -> Response:
    old = Field("old", _("Present password"), "password", "current-password")
    form = Form((old, *_new_password()), _("Change password"))
    after = html.link(_next(visit), _("Back to the board"))
    return _form(visit, _("Change password"), form, problem, status, after)


def _new_password() -> tuple[Field, ...]:
    hint = _("At least {n} characters, such as a short sentence.").format(n=passwords.SHORTEST)
    return (
        Field("password", _("New password"), "password", "new-password", hint),
        Field("again", _("New password, again"), "password", "new-password"),
    )


def _unfit(visit: Visit, login: str) -> str:
    """What is wrong with a new password; nothing if nothing is."""
    if visit.field("password") != visit.field("again"):
        return _("The two new passwords are not the same.")
    if passwords.is_too_weak(visit.field("password"), login):
        return _(
            "Choose another password: at least {n} characters, several different ones, and not your login."
        ).format(n=passwords.SHORTEST)
    return ""


def invitation(visit: Visit) -> Response:
    """Opening the link uses nothing up: mail programs open links by themselves."""
    token = visit.request.path_params["token"]
    with reads().engine.begin() as conn:
        found = accounts.invitation(conn, token)
    if found is None:
        return _no_invitation(visit)
    if visit.fields is None:
        return _invitation_form(visit, found)
    login = found.login or visit.field("login").strip()
    problem = _expired() if not _is_ours(visit) else _unnamed(visit, found) or _unfit(visit, login)
    if problem:
        return _invitation_form(visit, found, problem, 400)
    stored = passwords.hashed(visit.field("password"))
    with reads().engine.begin() as conn:
        if found.agent_id is None:
            names = (visit.field("name_en").strip(), visit.field("name_zh").strip())
            begun = accounts.accept_first(
                conn, token, login, (names[0] or names[1], names[1] or names[0]), stored
            )
        else:
            begun = accounts.accept(conn, token, stored)
    return _no_invitation(visit) if begun is None else _let_in(visit, begun, _next(visit))


def _no_invitation(visit: Visit) -> Response:
    words = _("It was used, has expired, or a newer one took its place. Ask your administrator for another.")
    body = html.sentence(words) + html.link("/sign-in", _("Sign in"))
    return html.page(visit.request, _("This invitation no longer works"), body, 404)


def _unnamed(visit: Visit, found: Invitation) -> str:
    if found.login is not None:
        return ""
    given = [visit.field(name).strip() for name in ("login", "name_en", "name_zh")]
    if not given[0] or not (given[1] or given[2]) or any("\0" in one or len(one) > 200 for one in given):
        return _("Give your login and your name.")
    return ""


def _invitation_form(visit: Visit, found: Invitation, problem: str = "", status: int = 200) -> Response:
    if found.login is None:
        named = (
            Field("login", _("Login"), fills="username", value=visit.field("login")),
            Field("name_en", _("Name in English"), fills="name", value=visit.field("name_en")),
            Field("name_zh", _("Name in Chinese"), value=visit.field("name_zh")),
        )
        title = _("The first administrator")
        form = Form((*named, *_new_password()), _("Begin"))
    else:
        title = _("Welcome, {name}").format(name=_name(found))
        login = Field("login", _("Login"), fills="username", value=found.login, is_fixed=True)
        form = Form((login, *_new_password()), _("Set the password and sign in"))
    return _form(visit, title, form, problem, status)


def _name(found: Invitation) -> str:
    return (found.name_zh if language() == "zh" else found.name_en) or found.login or ""
