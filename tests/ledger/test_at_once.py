"""Operations of a migration that are drawn once leave what they leave one by one."""

import pytest
from django.db import connection, migrations, models
from django.db.migrations.state import ProjectState

from ledger.append_only import AtOnce, Grouped, grouped


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


def field(name, of="Book", kind=migrations.AddField, **options):
    """Return an operation on a column of text."""
    return kind(of, name, models.CharField(max_length=20, **options))


INDEX = migrations.AddIndex("Book", models.Index(fields=["title"], name="by_title"))
SQL = migrations.RunSQL("SELECT 1", "SELECT 2")
MADE = migrations.CreateModel("Book", [("id", models.BigAutoField(primary_key=True))])


@pytest.mark.parametrize(
    "together",
    [
        [field("a"), SQL, field("b"), INDEX],
        [MADE, field("a"), INDEX, SQL, SQL],
        [migrations.RemoveIndex("Book", "by_title"), INDEX],
    ],
)
def test_what_sees_nothing_of_the_others_is_drawn_with_them(together):
    (group,) = grouped([AtOnce(together[:2]), *together[2:]])

    assert group.operations == together


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([field("a")], field("a", kind=migrations.AlterField)),
        ([field("a")], migrations.RemoveField("Book", "a")),
        ([INDEX], field("a", kind=migrations.AlterField)),
        ([INDEX], migrations.RemoveIndex("Book", "by_title")),
        ([MADE, SQL], field("a")),
        ([MADE], field("a", kind=migrations.AlterField)),
        ([SQL], field("a", kind=migrations.AlterField, unique=True)),
        ([SQL], migrations.RenameField("Book", "a", "b")),
        ([SQL], migrations.RunSQL("SELECT 1", state_operations=[field("a")])),
    ],
)
def test_what_sees_the_others_is_drawn_apart(before, after):
    group, apart = grouped([*before, after])

    assert group.operations == before
    assert apart is after or apart.operations == [after]


def test_a_migration_groups_its_operations_and_goes_back_only_where_all_do():
    made = type("Migration", (Grouped,), {"operations": [SQL, migrations.RunSQL("SELECT 3")]})

    (group,) = made("0001", "ledger").operations

    assert not group.reversible
    assert AtOnce([SQL]).reversible


def test_who_points_at_what_changed_points_at_the_new_one():
    state = drawn()
    AtOnce(operations()).state_forwards("ledger", state)

    AtOnce([field("name", "Shelf")]).state_forwards("ledger", state)

    shelf = state.apps.get_model("ledger", "Book")._meta.get_field("shelf").related_model
    assert shelf is state.apps.get_model("ledger", "Shelf")
    assert shelf._meta.get_field("name")
