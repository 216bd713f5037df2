"""Poll the databases of living sources for what has changed."""

from config.settings import source_url
from jobs.sources.syncing.each import is_replay, poll_due
from jobs.sources.syncing.living import MapFolder
from jobs.sources.syncing.polling import How
from jobs.work import Job, Work

_FOLDER = MapFolder()


def run(work: Work) -> int:
    maps = _FOLDER.maps()
    if not maps.living or is_replay(work.engine):
        return 0
    key = work.settings.phone_hash_key.get_secret_value().encode()
    return poll_due(work.engine, maps, How(source_url, key, work.stop, work.progress))


JOB = Job("sync", "Poll the databases of the sources", "轮询数据源", 0.5, run)
