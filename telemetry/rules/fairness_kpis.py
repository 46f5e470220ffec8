"""The KPIs that compare groups of persons."""

GAP = "demographic_parity_difference"
GAPS = frozenset({
    GAP, "equal_opportunity_difference", "equalized_odds_difference", "disparate_impact_ratio",
})  # fmt: skip
NO_BASIS = (
    "A fairness gap is taken only with a legal basis on record for the attribute that names its "
    "groups. Have the gap defined for this system under 'Measured from events', with that basis "
    "(such as AI Act Art. 10(5)), or by POST /api/v1/systems/<system>/computations/; then send it "
    "again."
)
