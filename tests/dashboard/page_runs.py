"""A page as Streamlit runs it, over the people who may sign in."""

from pathlib import Path

from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

import dashboard
from dashboard.parts import Page

APP = str(Path(dashboard.__file__).with_name("app.py"))
PEOPLE = """
INSERT INTO facts.region (region_id, code, level, name_en, name_zh) VALUES
    (1, 'GD', 'province', 'Guangdong', '广东'), (2, 'ZJ', 'province', 'Zhejiang', '浙江');
INSERT INTO facts.region (region_id, parent_id, code, level, name_en, name_zh) VALUES
    (3, 1, 'GD-SZ', 'city', 'Shenzhen', '深圳');
INSERT INTO facts.agent (login, name_en, name_zh, grade, signs_in, scope_regions) VALUES
    ('supervisor', 'Wang Lei', '王磊', 'supervisor', true, NULL),
    ('manager', 'Li Na', '李娜', 'manager', true, '{1}'),
    ('scheduler', 'He Yan', '何燕', 'scheduler', true, NULL),
    ('administrator', 'Xu Wen', '徐文', 'administrator', true, NULL),
    ('agent', 'Zhao Min', '赵敏', 'agent', true, NULL);
"""


def run(page: Page, **query: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=30)
    for key, value in query.items():
        app.query_params[key] = value
    app._page_hash = calc_hash(page.name)  # switch_page knows pages of files only
    return app.run()


def html(app: object) -> str:
    return " ".join(one.proto.body for one in app.get("html"))  # type: ignore[attr-defined]
