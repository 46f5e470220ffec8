"""Student's quantiles are those of scipy (KPI-6, KPI-5: intervals of means and slopes)."""

import pytest
from scipy import stats

from telemetry.rules.metrics.quantiles import student


@pytest.mark.parametrize("freedom", [0.3, 1, 1.5, 2, 3, 5, 10, 27.3, 100, 10_000])
@pytest.mark.parametrize("share", [0.6, 0.9, 0.975, 0.9999])
def test_a_quantile_is_that_of_scipy(freedom: float, share: float) -> None:
    found = student(freedom, share)

    assert found == pytest.approx(stats.t.ppf(share, freedom), rel=1e-9)


@pytest.mark.parametrize(("freedom", "share"), [(0, 0.975), (-1, 0.975), (5, 0.5), (5, 1.0)])
def test_what_has_no_quantile_is_refused(freedom: float, share: float) -> None:
    with pytest.raises(ValueError, match="no quantile"):
        student(freedom, share)
