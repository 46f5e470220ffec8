"""The KPIs that compare groups of persons."""

GAP = "demographic_parity_difference"
GAPS = frozenset({
    GAP, "equal_opportunity_difference", "equalized_odds_difference", "disparate_impact_ratio",
})  # fmt: skip
