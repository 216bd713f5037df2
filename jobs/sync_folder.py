"""Take the files that were put into the folders of sources."""

from config.settings import source_url
from jobs.sources.syncing.dropped import Resting
from jobs.sources.syncing.each import is_replay, take_dropped
from jobs.sources.syncing.living import MapFolder
from jobs.sources.syncing.polling import How
from jobs.work import Job, Work

_FOLDER = MapFolder()
_RESTING = Resting()


def run(work: Work) -> int:
    maps = _FOLDER.maps()
    if not maps.living or is_replay(work.engine):
        return 0
    key = work.settings.phone_hash_key.get_secret_value().encode()
    return take_dropped(work.engine, maps, How(source_url, key, work.stop, work.progress), _RESTING)


JOB = Job("sync_folder", "Take files put into the folders of sources", "接收文件夹中的数据文件", 2.0, run)
