"""Compare all rows of living sources with what is known: at first contact, by night, with another map."""

from config.settings import source_url
from jobs.sources.syncing.each import compare_due, is_replay, write_down
from jobs.sources.syncing.living import MapFolder
from jobs.sources.syncing.polling import How
from jobs.work import Job, Work

_FOLDER = MapFolder()


def run(work: Work) -> int:
    maps = _FOLDER.maps()
    if is_replay(work.engine):
        return 0
    write_down(work.engine, maps)
    key = work.settings.phone_hash_key.get_secret_value().encode()
    return compare_due(work.engine, maps, How(source_url, key, work.stop, work.progress))


JOB = Job("sync_compare", "Compare all rows of the sources", "全量比对数据源", 5.0, run)
