"""Requests that nobody would think of, made from the document of the intake itself."""

import threading
import time
from collections import Counter
from collections.abc import Iterator

import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as limits
from pydantic import SecretStr
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy import Engine
from starlette.applications import Starlette

from config.settings import Settings
from dashboard.intake_api.document import document
from dashboard.intake_api.routes import IntakeApi
from tests.build import organisation
from tests.dashboard.intake_api.conftest import HOTLINE, key_of

EXAMPLES = 40  # of each path and mode
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]


@pytest.fixture
def address(database_url: str, engine: Engine) -> Iterator[str]:
    """Of a server of its own, so that requests are read as in life."""
    with engine.begin() as conn:
        organisation(conn)
    api = IntakeApi(Settings(database_url=database_url, phone_hash_key=SecretStr("a key of the tests")))
    server = uvicorn.Server(
        uvicorn.Config(Starlette(routes=api.routes()), port=0, log_level="critical", lifespan="off")
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)
    api.close()


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("path", ["/api/complaints", "/api/updates"])
def test_no_request_makes_the_intake_fail(
    address: str, engine: Engine, path: str, mode: GenerationMode
) -> None:
    headers = {"authorization": f"Bearer {key_of(engine, HOTLINE)}"}
    schema = schemathesis.openapi.from_url(f"{address}/api/openapi.json", headers=headers)

    @given(case=schema[path]["POST"].as_strategy(generation_mode=mode))
    @limits(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def send(case: schemathesis.Case) -> None:
        answer = case.call(headers=headers)
        assert answer.status_code < 500, answer.text
        case.validate_response(answer, checks=CHECKS)
        statuses[answer.status_code] += 1

    statuses: Counter[int] = Counter()
    send()
    assert statuses[202] > 0 or mode is GenerationMode.NEGATIVE
    assert statuses[422] > 0 or mode is GenerationMode.POSITIVE


def test_the_document_names_each_answer_of_each_path() -> None:
    made = document("dev")
    assert set(made["paths"]) == {"/api/complaints", "/api/updates"}
    for path in made["paths"].values():
        assert {"202", "401", "413", "422", "429"} <= set(path["post"]["responses"])
    assert {"Complaint", "Update", "Problem"} <= set(made["components"]["schemas"])
