"""The pages of controls beside 100,000 roles that have ended, and beside 100,000 uploads."""

import pytest

from tests.volumes import fill_controls
from tests.volumes.house import MOST_BLOCKS, MOST_QUERIES

pytestmark = pytest.mark.full
# Uploads are counted whole, of every control: as many blocks as they stand in, and no more.
FILLS = {"roles": MOST_BLOCKS, "uploads_of_one": 5_000, "uploads_of_all": 5_000}
ADDRESSES = ("/controls/", "/controls/iso-42001/")


@pytest.mark.parametrize("fill", FILLS)
def test_the_pages_of_controls_read_few_blocks_beside_many_rows(house, fill):
    getattr(fill_controls, fill)(house)

    for role in ("compliance", "auditor"):
        for address in ADDRESSES:
            seen = house.seen(role, address)

            assert seen.status == 200, seen
            assert seen.queries <= MOST_QUERIES, seen
            # How many roles are in force stands among the evidence, so all are looked at: more
            # rows than `assert_lean` allows.
            assert max(one.blocks for one in seen.asked) <= FILLS[fill], seen
            assert len(seen.text) < 300_000
