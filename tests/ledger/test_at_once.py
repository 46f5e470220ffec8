"""Operations of a migration that are drawn once leave what they leave one by one."""

import pytest
from django.db import connection, migrations, models
from django.db.migrations.state import ProjectState

from ledger.append_only import AtOnce


def operations():
    """Two tables, one pointing at the other, with what the autodetector adds behind them."""
    key = ("id", models.BigAutoField(primary_key=True))
    return [
        migrations.CreateModel("Shelf", [key]),
        migrations.CreateModel("Book", [key, ("title", models.CharField(max_length=20))]),
        migrations.AddField("Book", "shelf", models.ForeignKey("ledger.Shelf", models.PROTECT)),
        migrations.AddConstraint(
            "Book", models.UniqueConstraint(fields=["title"], name="one_title")
        ),
    ]


def drawn():
    """Return an empty state whose models are drawn already, as in the middle of a migration."""
    state = ProjectState()
    assert not state.apps.get_models()
    return state


def test_the_state_is_the_same_as_one_by_one():
    slow, fast = drawn(), drawn()
    for one in operations():
        one.state_forwards("ledger", slow)

    AtOnce(operations()).state_forwards("ledger", fast)

    assert fast == slow
    book = fast.apps.get_model("ledger", "Book")
    assert book._meta.get_field("shelf").related_model is fast.apps.get_model("ledger", "Shelf")


@pytest.mark.django_db
def test_a_new_table_comes_with_all_that_is_its_own():
    group, before, after = AtOnce(operations()), drawn(), drawn()
    group.state_forwards("ledger", after)

    with connection.schema_editor(collect_sql=True, atomic=False) as editor:
        group.database_forwards("ledger", editor, before, after)

    made = [line for line in editor.collected_sql if "ledger_book" in line.lower()]
    assert sum(line.startswith("CREATE TABLE") for line in made) == 1
    assert sum("one_title" in line for line in made) == 1
