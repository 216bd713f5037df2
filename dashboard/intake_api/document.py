"""/api/openapi.json, made from the types of the items."""

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from dashboard.intake_api.items import MOST, Accepted, Complaint, Problem, Update
from dashboard.intake_api.limits import LARGEST_BODY
from dashboard.intake_api.problems import MEDIA_TYPE

IDEMPOTENCY_KEY = r"^[!-~]{1,200}$"
REFUSALS = {
    400: "The body is no JSON, or a header is wrong.",
    401: "The key is missing or not in use.",
    404: "No program has a key: the intake is off.",
    413: f"The body is longer than {LARGEST_BODY:,} bytes.",
    415: "The body is not application/json.",
    422: "Mistakes, each with its place, and nothing was taken; or the Idempotency-Key was used for another "
    "request.",
    429: "More requests than this key may send: try again after Retry-After seconds.",
    503: "The database is away or too many requests wait: try again after Retry-After seconds.",
}


def document(build: str) -> dict[str, Any]:
    models: list[type[BaseModel]] = [Complaint, Update, Accepted, Problem]
    _refs, definitions = models_json_schema(
        [(one, "validation") for one in models], ref_template="#/components/schemas/{model}"
    )
    return {
        "openapi": "3.1.0",
        "info": {"title": "Complaint Board: intake", "version": build},
        "paths": {
            "/api/complaints": {"post": _operation("Complaint", "How one or more complaints stand.")},
            "/api/updates": {"post": _operation("Update", "What happened to complaints.")},
        },
        "components": {
            "schemas": definitions["$defs"],
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"key": []}],
    }


def _operation(item: str, summary: str) -> dict[str, Any]:
    one = {"$ref": f"#/components/schemas/{item}"}
    body = {"oneOf": [one, {"type": "array", "items": one, "maxItems": MOST}]}
    answers: dict[str, Any] = {
        "202": {
            "description": "Committed. An empty list only says that the program is alive.",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Accepted"}}},
        }
    }
    for status, description in REFUSALS.items():
        content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        answers[str(status)] = {"description": description, "content": content}
    return {
        "summary": summary,
        "operationId": f"post{item}s",
        "parameters": [
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "description": "The same request with the same key is taken once; kept for 24 hours.",
                "schema": {"type": "string", "pattern": IDEMPOTENCY_KEY},
            }
        ],
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": answers,
    }
