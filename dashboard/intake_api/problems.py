"""What a program is told when its request is not taken: application/problem+json."""

from http import HTTPStatus

from pydantic import ValidationError
from starlette.responses import Response

from dashboard.intake_api.items import Mistake, Problem

MEDIA_TYPE = "application/problem+json"
MOST_MISTAKES = 100


class Refused(Exception):
    def __init__(
        self, status: int, detail: str, mistakes: list[Mistake] | None = None, **headers: str
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.mistakes = status, detail, mistakes or []
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def response(refused: Refused) -> Response:
    problem = Problem(
        title=HTTPStatus(refused.status).phrase,
        status=refused.status,
        detail=refused.detail,
        mistakes=refused.mistakes,
    )
    return Response(problem.model_dump_json(), refused.status, refused.headers, MEDIA_TYPE)


def wrong(error: ValidationError, before: tuple[int | str, ...] = ()) -> Refused:
    """Each mistake with its place, never with the value that stands there: it may be somebody's name."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    if found[0]["type"] == "json_invalid":
        return Refused(400, found[0]["msg"])
    mistakes = [
        Mistake(path=_path((*before, *one["loc"])), reason=one["msg"]) for one in found[:MOST_MISTAKES]
    ]
    more = len(found) - len(mistakes)
    detail = ("1 mistake" if len(found) == 1 else f"{len(found)} mistakes") + (
        f", the first {len(mistakes)} of them named" if more else ""
    )
    return Refused(422, f"Nothing was taken: {detail}.", mistakes)


def _path(loc: tuple[int | str, ...]) -> str:
    parts = [f"[{one}]" if isinstance(one, int) else f".{one}" for one in loc]
    return "$" + "".join(parts)
