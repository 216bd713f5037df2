"""Arrays of numbers, by the names that signatures use."""

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]

Floats = NDArray[np.float64]
