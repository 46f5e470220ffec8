"""Statements sent in one trip: in order, within the transaction, the first error as Django's."""

import pytest
from django.db import IntegrityError, connection, transaction

from ledger.services.together import ask_prepared, send_together

pytestmark = pytest.mark.django_db

KEEP = "INSERT INTO ledger_disclosure (commitment, subject, kind, salt, value, private, at)" \
    " VALUES (%s, '', 'text', 'x', 'y', false, now())"  # fmt: skip
COUNT = "SELECT count(*) FROM ledger_disclosure WHERE commitment = ANY(%s)"


def test_each_statement_sees_what_the_one_before_did():
    first, after, second = send_together(
        [(KEEP, ["one"]), (COUNT, [["one", "two"]]), ("SELECT %s::int + 1", [41])]
    )

    assert (first, after, second) == ([], [(1,)], [(42,)])


def test_nothing_sent_answers_nothing():
    assert send_together([]) == []


def test_of_the_errors_the_first_is_raised_and_nothing_stays():
    with pytest.raises(IntegrityError, match="duplicate key"), transaction.atomic():
        send_together([(KEEP, ["one"]), (KEEP, ["one"]), ("SELECT 1 / 0", [])])

    assert ask_prepared(COUNT, [["one"]]) == [(0,)]


def test_a_statement_is_planned_once_for_a_connection():
    for _ in range(3):
        ask_prepared("SELECT %s::text || 'planned once'", ["x"])

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%%planned once%%'"
        )
        assert cursor.fetchone() == (1,)
