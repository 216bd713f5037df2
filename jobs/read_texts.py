"""Read the texts that nobody has read yet, newest first; give way while much is still to be derived."""

from config import lexicon
from jobs.work import Job, Work
from queries.clocks.derive import count_dirty
from queries.db import raise_version
from queries.texts.reading import put_signals, relist, take_unread
from queries.texts.signals import full_text, read, version

BATCH = 200  # texts in a transaction, some tenths of a second
BUSY_FROM = 300  # dirty complaints: from there on one batch a tick


def run(work: Work) -> int:
    known_words = lexicon.load()
    by = version(known_words)
    with work.engine.begin() as conn:
        relist(conn, by)
    total = 0
    while True:
        with work.engine.begin() as conn:
            is_busy = count_dirty(conn) > BUSY_FROM
            texts = take_unread(conn, BATCH)
            found = [(one, read(full_text(one.title, one.body), known_words)) for one in texts]
            put_signals(conn, found, by)
            if texts:
                raise_version(conn, work.now)
        work.progress()
        total += len(texts)
        if not texts or is_busy or work.stop.is_set():
            return total


JOB = Job("read_texts", "Read complaint texts", "文本识别", 2.0, run)
