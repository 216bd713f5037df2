"""Event logs as process mining has them."""

import csv
import gzip
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest
from sqlalchemy import Engine

from config.source_maps.source_map import load
from jobs.sources.importing import Order, import_file
from jobs.sources.reading.files import FileRefused, Row
from tests.jobs.sources.samples import DATA, facts, read, take

LOG = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1.0" xmlns="http://www.xes-standard.org/">
  <extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
  <global scope="trace"><string key="concept:name" value="UNKNOWN"/></global>
  <global scope="event"><date key="time:timestamp" value="1970-01-01T00:00:00Z"/></global>
  <classifier name="Activity" keys="concept:name"/>
  <string key="creator" value="a tool"/>
  <trace>
    <string key="concept:name" value="C1"><string key="nested" value="not ours"/></string>
    <event>
      <string key="concept:name" value="&#35802;&amp;"/>
      <date key="time:timestamp" value="2026-11-20T09:05:00.000+08:00"/>
      <int key="cost" value="123456789012345678"/>
      <list key="parts"><values><string key="part" value="not ours"/></values></list>
    </event>
    <event><boolean key="open" value="true"/></event>
  </trace>
  <trace><string key="concept:name" value="C2"/><event><float key="cost" value="0.50"/></event></trace>
</log>"""
COLUMNS = ["case:concept:name", "time:timestamp", "concept:name", "cost", "open", "org:resource"]


@pytest.mark.parametrize("name", ["f.xes", "f.xes.gz"])
def test_an_event_is_a_row_with_the_attributes_of_its_trace(tmp_path: Path, name: str) -> None:
    content = LOG.encode()
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    header, rows = read(tmp_path / name, "org:resource")
    assert header == COLUMNS
    assert rows == [
        Row(1, ["C1", "2026-11-20T09:05:00.000+08:00", "诚&", "123456789012345678", "", ""]),
        Row(2, ["C1", "", "", "", "true", ""]),
        Row(3, ["C2", "", "", "0.50", "", ""]),
    ]


def xes(rows: list[dict[str, str]]) -> Iterator[str]:
    yield '<log xes.version="2.0">'
    for number, events in groupby(rows, lambda row: row["case:concept:name"]):
        yield f'<trace><string key="concept:name" value={quoteattr(number)}/>'
        for event in events:
            yield "<event>"
            for key, value in event.items():
                if not key.startswith("case:"):
                    kind = "date" if key == "time:timestamp" else "string"
                    yield f"<{kind} key={quoteattr(key)} value={quoteattr(value)}/>"
            yield "</event>"
        yield "</trace>"
    yield "</log>"


def test_a_log_gives_the_same_facts_as_its_csv(engine: Engine, tmp_path: Path) -> None:
    with (DATA / "bpi2013.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    (tmp_path / "log.xes").write_text("".join(xes(rows)), encoding="utf-8")
    found = import_file(engine, Order(load("bpi2013"), tmp_path / "log.xes", tmp_path / "rejects.csv"))
    with engine.connect() as conn:
        of_log = facts(conn)
    again = take(engine, "bpi2013", tmp_path)
    with engine.connect() as conn:
        assert facts(conn) == of_log
    assert found.rows == again.rows == len(rows)
    assert [one.reason for one in found.rejects] == [one.reason for one in again.rejects]
    assert (again.complaints, again.observations) == (0, 0)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("<html><body/></html>", "is no XES event log: it begins with <html>."),
        ("<log><trace><event></trace></log>", "cannot be read: it is damaged."),
        ("<log><trace><event/>", "cannot be read: it is damaged."),
        ("", "cannot be read: the file is empty."),
        ('<!DOCTYPE log [<!ENTITY a "b">]><log/>', "defines entities of its own"),
        ('<!DOCTYPE log SYSTEM "file:///etc/passwd"><log/>', "defines entities of its own"),
        ("<log>" + "<list>" * 100, "has more than 64 parts inside each other"),
        (
            "<log><trace><event>" + "".join(f'<int key="k{n}" value=""/>' for n in range(2_001)),
            "has an event or a trace of more than 2,000 attributes.",
        ),
        (
            '<log><trace><event/><string key="concept:name" value="late"/></trace></log>',
            "'case:concept:name' stands behind events that it belongs to",
        ),
    ],
)
def test_what_is_no_log_is_refused_in_a_sentence(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "f.xes").write_text(content)
    with pytest.raises(FileRefused, match=r"^f\.xes") as caught:
        read(tmp_path / "f.xes", "case:concept:name")
    assert said in str(caught.value)


def test_an_event_of_endless_attributes_is_a_broken_row(tmp_path: Path) -> None:
    attributes = "".join(f'<string key="a{n}" value="{"x" * 500_000}"/>' for n in range(3))
    (tmp_path / "f.xes").write_text(
        f"<log><trace><event>{attributes}</event><event><id key='a0' value='7'/></event></trace></log>"
    )
    first, second = read(tmp_path / "f.xes")[1]
    assert (first.wrong, first.broken) == ("has attributes of more than 1 MB", True)
    assert second.cells[0] == "7"
