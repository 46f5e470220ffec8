"""How notices are bundled, when they become a summary, when a storm is one."""

from governance.rules.policy_parts.struct import Struct


class Notices(Struct, frozen=True, kw_only=True):
    """How notices are bundled, when they become a summary, when a storm is one.

    Durations run on elapsed time. What is urgent (major, severe, pages) is bound by none of this.
    """

    bundle: str = "2min"
    least_interval: str = "1min"
    group_every: str = "15min"
    ceiling: int = 20
    ceiling_window: str = "1h"
    storm: int = 200
    storm_window: str = "1min"
    summary_every: str = "15min"
