"""Who acts when the rules do: the evaluator opens and joins, the returning officer counts."""

from ledger.rules.actors import machine

EVALUATOR = machine("evaluator")
RETURNING_OFFICER = machine("returning officer")
