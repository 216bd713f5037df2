"""Where the database lacks what a page reads, each panel says so, and no tile shows a 0 instead."""

import logging
import re

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from dashboard.locale import use
from dashboard.pages import PAGES
from tests.dashboard.page_runs import LISTS, html, run, strings

# Who is signed in, which version the board has and whose day it is can still be read.
GONE = """
DO $$
DECLARE
    one record;
BEGIN
    FOR one IN
        SELECT n.nspname AS schema, c.relname AS name
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'v') AND (n.nspname = 'derived' AND c.relname <> 'policy_zone'
            OR (n.nspname, c.relname) IN (('facts', 'complaint'), ('journal', 'surge'), ('journal', 'alert'),
                                          ('journal', 'job_run'), ('journal', 'import_run'),
                                          ('facts', 'unknown_value')))
    LOOP
        EXECUTE format('ALTER TABLE %%I.%%I RENAME TO %%I', one.schema, one.name, 'gone_' || one.name);
    END LOOP;
END $$
"""
OF_FACTS = [page for page in PAGES if page.name != "policy"]  # its panels are the text of the policy
VALUE = re.compile(r'<div class="value[^>]*>([^<]*)')


@pytest.fixture
def gone(opened: None, engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    with engine.begin() as conn:
        conn.exec_driver_sql(GONE)


def test_every_page_and_list_says_what_cannot_be_read_and_shows_no_figure(gone: None) -> None:
    """In one database, since nothing is changed."""
    silent, figures = [], []
    for page in OF_FACTS:
        more = {"complaint": "1"} if page.name == "complaint" else {}
        app = run(page, lang="en", person=page.roles[0], **more)
        if app.exception or "This could not be read. It is retried automatically." not in text_of(app):
            silent.append(page.name)
        if set(VALUE.findall(html(app))) - {"–"}:
            figures.append(page.name)
    for name, query in LISTS:
        app = run(next(page for page in PAGES if page.name == name), lang="zh", **query)
        if app.exception or "未能读取，系统会自动重试。" not in text_of(app):
            silent.append(f"{name} {query}")
    use("en")
    assert (silent, figures) == ([], [])


def text_of(app: AppTest) -> str:
    return " ".join(strings(app))
