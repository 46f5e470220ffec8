"""Comments on a case with what hangs on them, and up to where a person has seen a case."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from ledger.append_only import AtOnce, Grouped, append_only, printed_names, watch

KINDS = [
    ("entry", "Ledger entry"),
    ("kpi", "KPI"),
    ("reading", "Reading of a KPI"),
    ("answer", "Answer"),
    ("document", "Document"),
    ("pack", "Evidence pack"),
    ("incident", "Incident"),
]
EVIDENCE = ("comment", "commentwithdrawal", "commentmention", "commentfile", "evidencelink")


def key():
    """Return the column of a primary key."""
    return ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False))


def points_to(model, name="+", **more):
    """Return a column that points to a row of another table."""
    protect = django.db.models.deletion.PROTECT
    return models.ForeignKey(on_delete=protect, related_name=name, to=model, **more)


class Migration(Grouped):
    dependencies = [
        ("incidents", "0020_figures"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AtOnce(
            [
                migrations.CreateModel(
                    name="Comment",
                    fields=[
                        key(),
                        ("text", models.TextField()),
                        ("made_at", models.DateTimeField()),
                        ("entry_number", models.BigIntegerField()),
                        ("author", points_to(settings.AUTH_USER_MODEL)),
                        ("corrects", points_to("incidents.comment", "corrections", null=True)),
                        ("incident", points_to("incidents.incident", "comments")),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                fields=["incident", "made_at", "id"], name="comment_by_incident"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CommentWithdrawal",
                    fields=[
                        key(),
                        ("reason", models.TextField()),
                        ("at", models.DateTimeField()),
                        ("entry_number", models.BigIntegerField()),
                        ("by", points_to(settings.AUTH_USER_MODEL)),
                        (
                            "comment",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="withdrawal",
                                to="incidents.comment",
                            ),
                        ),
                    ],
                    options={"abstract": False},
                ),
                migrations.CreateModel(
                    name="CommentMention",
                    fields=[
                        key(),
                        ("at", models.DateTimeField()),
                        ("entry_number", models.BigIntegerField()),
                        ("comment", points_to("incidents.comment", "mentions")),
                        ("person", points_to(settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("comment", "person"), name="comment_mention_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CommentFile",
                    fields=[
                        key(),
                        ("sha256", models.CharField(db_index=True, max_length=64)),
                        ("size", models.BigIntegerField()),
                        ("media_type", models.CharField(max_length=100)),
                        ("name", models.CharField(max_length=200)),
                        ("added_at", models.DateTimeField()),
                        ("entry_number", models.BigIntegerField()),
                        ("comment", points_to("incidents.comment", "files")),
                    ],
                    options={"abstract": False},
                ),
                migrations.CreateModel(
                    name="EvidenceLink",
                    fields=[
                        key(),
                        ("kind", models.CharField(choices=KINDS, max_length=10)),
                        ("address", models.CharField(max_length=600)),
                        ("label", models.CharField(max_length=300)),
                        ("sha256", models.CharField(blank=True, max_length=64)),
                        ("added_at", models.DateTimeField()),
                        ("entry_number", models.BigIntegerField()),
                        ("comment", points_to("incidents.comment", "links")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("comment", "address"), name="comment_link_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CaseLook",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("entry_number", models.BigIntegerField()),
                        ("looked_at", models.DateTimeField()),
                        ("incident", points_to("incidents.incident", "looks")),
                        ("person", points_to(settings.AUTH_USER_MODEL, db_index=False)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("person", "incident"), name="case_look_once"
                            )
                        ],
                    },
                ),
            ]
        ),
        *(append_only(f"incidents_{name}") for name in EVIDENCE),
        *(watch(f"incidents_{name}", points=True) for name in EVIDENCE),
        printed_names("incidents_comment", "text:text:"),
        printed_names("incidents_commentwithdrawal", "text:reason:"),
    ]
