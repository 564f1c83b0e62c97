"""What takes too long for every run. `make test` leaves it out or does less of it, and `make whole` does it all."""

import os

import pytest

WHOLE = os.environ.get("SPSE_WHOLE") == "1"

in_whole = pytest.mark.skipif(not WHOLE, reason="make whole")
