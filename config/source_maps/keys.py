"""Every key of a map, with what it means: docs/source-maps.md is written from the types themselves.

`python -m config.source_maps.keys > docs/source-maps.md` renews it; a test says when.
"""

import json
import sys
from collections.abc import Iterator
from difflib import get_close_matches
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

DOCUMENT = "docs/source-maps.md"
WIDEST = 110


def keys(model: type[BaseModel]) -> dict[str, FieldInfo]:
    return {info.alias or name: info for name, info in model.model_fields.items()}


def inner(annotation: Any) -> type[BaseModel] | None:
    """The table that a field holds, one or several of them."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for one in get_args(annotation) if (found := inner(one))), None)


def _words(annotation: Any) -> list[str]:
    """Of a table with keys of fixed names."""
    args = get_args(annotation)
    if get_origin(annotation) is dict and get_origin(args[0]) is Literal:
        return list(get_args(args[0]))
    return []


def nearest(model: type[BaseModel], path: list[str]) -> str | None:
    """What the last step of `path`, which is no key, may have meant."""
    known: list[str] = list(keys(model))
    here: type[BaseModel] | None = model
    for step in path[:-1]:
        info = keys(here).get(step) if here else None
        if info is None:
            break
        here, words = inner(info.annotation), _words(info.annotation)
        known = words or (list(keys(here)) if here else [])
    return next(iter(get_close_matches(path[-1], known, 1, 0.5)), None)


def example(key: str, value: Any) -> str:
    return f"{key} = {toml(value)}"


def toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"'{value}'" if "\\" in value else json.dumps(value, ensure_ascii=False)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml, value))}]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(name)} = {toml(one)}" for name, one in value.items()) + " }"
    return str(value)


def _key(name: str) -> str:
    return (
        name if name.isascii() and name.replace("_", "").isalnum() else json.dumps(name, ensure_ascii=False)
    )


def kind(annotation: Any) -> str:
    """What is written behind the =, in words."""
    if annotation is NoneType:
        return ""
    args, origin = get_args(annotation), get_origin(annotation)
    if origin is Literal:
        return " or ".join(toml(one) for one in args)
    if origin is tuple:
        return f"list: {kind(args[0])}"
    if origin is dict:
        return f"table: {kind(args[1])}"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "value"
    if args:
        first = args[:1] if hasattr(annotation, "__metadata__") else args
        return " or ".join(dict.fromkeys(filter(None, map(kind, first))))
    return {str: "text", bool: "true or false", int: "whole number"}.get(annotation, "text")


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "needed"
    value = info.get_default()
    if isinstance(value, BaseModel):
        value = value.model_dump(exclude_defaults=True)
    return f"`{toml(value)}`" if value not in (None, (), {}, "") else "–"


def _is_table(info: FieldInfo) -> bool:
    """A table of its own, [name] or [[name]], and not a value."""
    found = inner(info.annotation)
    return found is not None and "column" not in found.model_fields


def tables(root: type[BaseModel]) -> Iterator[tuple[str, type[BaseModel]]]:
    for name, info in keys(root).items():
        found = inner(info.annotation)
        if found is not None and _is_table(info):
            many = get_origin(info.annotation) is tuple
            yield (f"[{name}] or [[{name}]]" if many else f"[{name}]"), found


def section(title: str, model: type[BaseModel], leave: frozenset[str] = frozenset()) -> Iterator[str]:
    yield f"## {title}\n"
    words = " ".join((model.__doc__ or "").split())
    if words:
        yield f"{words}\n"
    yield "| key | is | default | means | example |\n|---|---|---|---|---|"
    for name, info in keys(model).items():
        if _is_table(info) or name in leave:
            continue
        means = (info.description or "").replace("|", "\\|")
        shown = "<br>".join(f"`{example(name, one)}`" for one in info.examples or ()).replace("|", "\\|")
        yield f"| `{name}` | {kind(info.annotation)} | {_default(info)} | {means} | {shown} |"
    yield ""


def date_formats() -> Iterator[str]:
    from config.source_maps.dates import DIRECTIVES, NAMED

    yield "## Date formats\n"
    yield "One of these names, or text with parts as %Y-%m-%d %H:%M.\n"
    yield "| format | means |\n|---|---|"
    yield from (f"| `{name}` | {means} |" for name, means in NAMED.items())
    yield from (f"| `%{letter}` | {means} |" for letter, means in DIRECTIVES.items())
    yield ""


def document() -> str:
    from config.source_maps.source_map import OrganisationMap, SourceMap
    from config.source_maps.values import ScoreSpec, SinceSpec, Spec

    lines = [HEAD]
    lines += section("The file, and the map itself", SourceMap)
    lines += section("A value", Spec)
    shared = frozenset(Spec.model_fields)
    lines += date_formats()
    lines += section("A value of [state]", SinceSpec, shared)
    lines += section("A value of `scores`", ScoreSpec, shared)
    seen: set[type[BaseModel]] = set()
    for root in (SourceMap, OrganisationMap):
        for title, model in tables(root):
            if model not in seen:
                seen.add(model)
                lines += section(title, model)
    lines += section(
        "A map of customers or of the organisation",
        OrganisationMap,
        frozenset(SourceMap.model_fields) - {"rows"},
    )
    return "\n".join(lines)


HEAD = """# Source maps: every key

A map is a TOML file that says how a file is read and which of its columns become which of our fields.
`board import FILE --map MAP.toml` takes it; `--dry-run` says what would happen. The maps of four public
records are in config/sources. This page is made from the types in config/source_maps
(`python -m config.source_maps.keys > docs/source-maps.md`), so it is complete.

```toml
format = 1
source = "crm"
title = "CRM, the whole table each morning"
rows = "complaint"
time_zone = "Asia/Shanghai"
dates = ["%Y/%m/%d %H:%M", "%Y/%m/%d"]
milestones = ["resolved"]
as_of = "导出时间"
complete = true

[complaint]
number = "工单编号"
received_at = "受理时间"
title = "诉求标题"

[state]
department = "承办单位"
status = { column = "状态", translate = { "处理中" = "in_progress", "已办结" = "closed" } }

[reached]
closed = { column = "办结时间", empty = "none" }

[co_owner]
department = "协办单位"
requested_at = "派发时间"
responded_at = "接单时间"
```

What a file says is taken as a statement. A row of `rows = "update"` says that something happened. A row of
`rows = "complaint"` says how a complaint stood at an instant: the row's `updated_at`, else what `board
import --as-of` says, else `as_of` or `as_of_name`, else when the file was last changed. The newest
statement counts, in whichever order files arrive; an older one stays for what was known then.

A cell that cannot be read does not cost the complaint: the row is kept without it, counted and written to
the reject file with the reason. Refused are rows without a number, without their instant (`received_at`
where the map names it, `happened_at`), sum rows, numbers that a spreadsheet has rounded, and lines that
cannot be separated. Rows read = taken + kept in part + refused. If two rows of one file tell of the same
complaint at the same instant, the later row counts, and the summary says how many there are.

A day without a time stands for its end where something was reached or promised, and for its beginning where
something began (received, a wait). A time that comes twice when clocks go back is the one that fits the
order of the complaint's other instants.
"""


if __name__ == "__main__":
    sys.stdout.write(document())
