"""What one program may ask of the server of the pages."""

import math
import threading
from collections import OrderedDict
from dataclasses import dataclass

LARGEST_BODY = 1 << 20  # bytes
KEPT_BUCKETS = 1_000


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class Rates:
    """Of requests by key, in this process: a second's worth at once, then as many a second."""

    def __init__(self) -> None:
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, key: str, per_second: int, now: float) -> int:
        """Seconds until the next one may come; 0: this one may. `now`: monotonic."""
        with self._lock:
            bucket = self._buckets.setdefault(key, _Bucket(per_second, now))
            self._buckets.move_to_end(key)
            if len(self._buckets) > KEPT_BUCKETS:
                self._buckets.popitem(last=False)
            bucket.left = min(per_second, bucket.left + max(0.0, now - bucket.at) * per_second)
            bucket.at = now
            if bucket.left < 1:
                return max(1, math.ceil((1 - bucket.left) / per_second))
            bucket.left -= 1
            return 0
