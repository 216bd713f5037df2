"""docs/source-maps.md explains every key of a map, with an example that works."""

import tomllib
from collections.abc import Iterator

import pytest
from pydantic import BaseModel, TypeAdapter
from pydantic.fields import FieldInfo

from config.source_maps.keys import DOCUMENT, document, example, inner, keys, nearest
from config.source_maps.source_map import OrganisationMap, SourceMap, parse
from tests.conftest import ROOT

Key = tuple[str, FieldInfo]


def every_key(model: type[BaseModel], seen: set[type[BaseModel]]) -> Iterator[Key]:
    if model in seen:
        return
    seen.add(model)
    for name, info in keys(model).items():
        yield f"{model.__name__}.{name}", info
        found = inner(info.annotation)
        if found is not None:
            yield from every_key(found, seen)


seen: set[type[BaseModel]] = set()
KEYS = [*every_key(SourceMap, seen), *every_key(OrganisationMap, seen)]
TABLES = {
    "complaint",
    "customer",
    "state",
    "update",
    "co_owner",
    "pause",
    "survey",
    "attempt",
    "booking",
    "person",
    "region",
    "department",
    "team",
    "database",
    "folder",
}


def is_table(name: str, info: FieldInfo) -> bool:
    model = inner(info.annotation)
    return model is not None and name.split(".")[-1] in TABLES and "column" not in model.model_fields


def test_the_document_is_what_the_types_say() -> None:
    """`python -m config.source_maps.keys > docs/source-maps.md` renews it."""
    assert (ROOT / DOCUMENT).read_text("utf-8") == document()


@pytest.mark.parametrize(("name", "info"), KEYS, ids=[name for name, _ in KEYS])
def test_every_key_is_explained_with_an_example_that_is_valid(name: str, info: FieldInfo) -> None:
    key = name.split(".")[-1]
    if is_table(name, info):
        assert f"[{key}]" in document()
        return
    assert info.description
    assert info.examples
    assert f"| `{key}` |" in document()
    for one in info.examples:
        written = tomllib.loads(example(key, one))[key]
        adapter: TypeAdapter[object] = TypeAdapter(info.rebuild_annotation())
        assert adapter.validate_python(written) is not None


def test_the_maps_own_example_is_a_map() -> None:
    text = document().split("```toml")[1].split("```")[0]
    assert parse(text).complete


def test_the_readme_and_the_help_name_the_document() -> None:
    assert DOCUMENT in (ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        (["complaint", "recieved_at"], "received_at"),
        (["state", "tier", "translation"], "translate"),
        (["pause", "form"], "from"),
        (["reached", "closd"], "closed"),
        (["qqqq"], None),
    ],
)
def test_a_wrong_key_is_told_the_nearest(path: list[str], meant: str | None) -> None:
    assert nearest(SourceMap, path) == meant
