"""The training package is not installed: it is found in the source tree."""

import sys
from pathlib import Path

TRAINING = Path(__file__).parents[1] / "training"
if str(TRAINING) not in sys.path:
    sys.path.insert(0, str(TRAINING))
