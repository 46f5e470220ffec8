"""What the endpoints of a system's profile take and give."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from rest_framework import serializers

from registry.api.shapes import PersonOut
from registry.models import DataSource, Dependency, KnowledgeOwner, System
from registry.models.statements import Statement
from registry.rules.agent_scope import Action, ApprovalLimit, Data, Scope, Tool
from registry.rules.statements import (
    MOST_LINES,
    PERIODS,
    PRINCIPALS,
    PRIVILEGES,
    TOOL_KINDS,
    Behaviour,
    Controls,
)
from registry.services.changes import SystemChange
from registry.services.surroundings import Source

LONG = 5000
KINDS = [choice for choice in System.Kind.choices if choice[0] != System.Kind.RECORD]


def text(**more: Any) -> serializers.CharField:
    """Return a field for a long text that may be empty."""
    return serializers.CharField(max_length=LONG, allow_blank=True, default="", **more)


def names(longest: int) -> serializers.ListField:
    """Return a field for a list of short texts."""
    child = serializers.CharField(max_length=longest)
    return serializers.ListField(child=child, max_length=MOST_LINES, default=list)


def money(**more: Any) -> serializers.DecimalField:
    """Return a field for an amount of money."""
    return serializers.DecimalField(max_digits=14, decimal_places=2, min_value=Decimal(0), **more)


class SystemChangeIn(serializers.Serializer[Any]):
    """What a system is to say; what is left out stays. With another owner or deputy, `acceptance`.

    `acceptance` says in words how the new person has accepted.
    """

    name = serializers.CharField(max_length=120, required=False)
    kind = serializers.ChoiceField(choices=KINDS, required=False)
    purpose = serializers.CharField(max_length=LONG, required=False)
    users_affected = serializers.CharField(max_length=LONG, allow_blank=True, required=False)
    data_sources = serializers.CharField(max_length=LONG, allow_blank=True, required=False)
    supplier = serializers.CharField(max_length=120, allow_blank=True, required=False)
    simulated = serializers.CharField(max_length=LONG, allow_blank=True, required=False)
    unit = serializers.UUIDField(required=False)
    owner = serializers.UUIDField(required=False)
    deputy = serializers.UUIDField(required=False)
    reviewers = serializers.ListField(
        child=serializers.UUIDField(), max_length=MOST_LINES, required=False
    )
    acceptance = text()
    reason = serializers.CharField(max_length=LONG)

    def change(self) -> SystemChange:
        """Return the change."""
        given = dict(self.validated_data)
        given.pop("acceptance"), given.pop("reason")
        ids = {name for name in ("unit", "owner", "deputy") if name in given}
        return SystemChange(
            **{f"{name}_id" if name in ids else name: given[name] for name in given}
        )


class ControlsIn(serializers.Serializer[Any]):
    """Operating controls to draft. Privileges name codes of principals or `person:<uuid>`."""

    reviewer = serializers.UUIDField(allow_null=True, default=None)
    exception_path = text()
    rollback_procedure = text()
    kill_switch = text()
    manual_fallback = text()
    interim_measures = names(200)
    on_call = serializers.UUIDField(allow_null=True, default=None)
    on_call_second = serializers.UUIDField(allow_null=True, default=None)
    on_call_reach = text()
    may_tune_prompts = names(60)
    may_retrain = names(60)
    may_approve_outputs = names(60)
    may_read_logs = names(60)
    may_change_tools = names(60)
    reason = serializers.CharField(max_length=LONG)

    def given(self) -> Controls:
        """Return the controls."""
        said = dict(self.validated_data)
        said.pop("reason")
        people = {
            f"{name}_id": said.pop(name) for name in ("reviewer", "on_call", "on_call_second")
        }
        lists: dict[str, Any] = {
            name: tuple(said.pop(name)) for name in ("interim_measures", *PRIVILEGES)
        }
        return Controls(**people, **lists, **said)


class ScopeTool(serializers.Serializer[Any]):
    """A tool, and what may be asked of it."""

    name = serializers.CharField(max_length=120)
    kind = serializers.ChoiceField(choices=list(TOOL_KINDS.items()))
    actions = names(120)


class ScopeData(serializers.Serializer[Any]):
    """A source of data, and the classes that may be read there."""

    source = serializers.CharField(max_length=120)  # type: ignore[assignment]
    classes = names(120)


class ScopeApproval(serializers.Serializer[Any]):
    """What moves more than `above` needs the approval of `by`; `what` empty: everything."""

    what = serializers.CharField(max_length=120, allow_blank=True, default="")
    above = money()
    by = serializers.ChoiceField(choices=list(PRINCIPALS.items()))


class ScopeIn(serializers.Serializer[Any]):
    """A declared scope to draft. Without a spending limit nothing may be spent."""

    tools = ScopeTool(many=True, max_length=MOST_LINES, default=list)  # type: ignore[call-arg]
    data = ScopeData(many=True, max_length=MOST_LINES, default=list)  # type: ignore[assignment,call-arg]
    spending_limit = money(allow_null=True, default=None)
    currency = serializers.CharField(max_length=3, allow_blank=True, default="")
    period = serializers.ChoiceField(choices=list(PERIODS.items()), allow_blank=True, default="")
    approvals = ScopeApproval(many=True, max_length=MOST_LINES, default=list)  # type: ignore[call-arg]
    reason = serializers.CharField(max_length=LONG)

    def given(self) -> Scope:
        """Return the scope."""
        said = self.validated_data
        return Scope(
            tools=tuple(
                Tool(one["name"], one["kind"], frozenset(one["actions"])) for one in said["tools"]
            ),
            data=tuple(Data(one["source"], frozenset(one["classes"])) for one in said["data"]),
            spending_limit=said["spending_limit"],
            currency=said["currency"],
            period=said["period"],
            approvals=tuple(
                ApprovalLimit(one["above"], one["by"], one["what"]) for one in said["approvals"]
            ),
        )


class PolicyAnswer(serializers.Serializer[Any]):
    """What is asked, and what is answered by policy."""

    asked = serializers.CharField(max_length=500)
    answer = serializers.CharField(max_length=2000)


class BehaviourIn(serializers.Serializer[Any]):
    """A behaviour policy to draft."""

    owner = serializers.UUIDField(allow_null=True, default=None)
    tone = text()
    must_not = names(300)
    by_policy = PolicyAnswer(many=True, max_length=MOST_LINES, default=list)  # type: ignore[call-arg]
    tested_run = serializers.CharField(max_length=80, allow_blank=True, default="")
    tested_on = serializers.DateField(allow_null=True, default=None)
    reason = serializers.CharField(max_length=LONG)

    def given(self) -> Behaviour:
        """Return the policy."""
        said = self.validated_data
        tested: date | None = said["tested_on"]
        return Behaviour(
            owner_id=said["owner"],
            tone=said["tone"],
            must_not=tuple(said["must_not"]),
            by_policy=tuple((one["asked"], one["answer"]) for one in said["by_policy"]),
            tested_run=said["tested_run"],
            tested_on=tested,
        )


class StatementOut(serializers.Serializer[Any]):
    """A version of a statement: who wrote and approved it."""

    version = serializers.IntegerField()
    state = serializers.ChoiceField(choices=Statement.State.choices)
    author = PersonOut()
    drafted_at = serializers.DateTimeField()
    reason = serializers.CharField()
    approved_by = PersonOut(allow_null=True)
    approved_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)


class ControlsOut(StatementOut):
    """Operating controls. Privileges name codes of principals or `person:<uuid>`."""

    reviewer = PersonOut(allow_null=True)
    exception_path = serializers.CharField()
    rollback_procedure = serializers.CharField()
    kill_switch = serializers.CharField()
    manual_fallback = serializers.CharField()
    interim_measures = names(200)
    on_call = PersonOut(allow_null=True)
    on_call_second = PersonOut(allow_null=True)
    on_call_reach = serializers.CharField()
    may_tune_prompts = names(60)
    may_retrain = names(60)
    may_approve_outputs = names(60)
    may_read_logs = names(60)
    may_change_tools = names(60)


class ScopeOut(StatementOut):
    """A declared scope."""

    tools = ScopeTool(many=True)
    data = ScopeData(many=True)  # type: ignore[assignment]
    spending_limit = money(allow_null=True)
    currency = serializers.CharField()
    period = serializers.CharField()
    approvals = ScopeApproval(many=True)


class BehaviourOut(StatementOut):
    """A behaviour policy."""

    owner = PersonOut(allow_null=True)
    tone = serializers.CharField()
    must_not = names(300)
    by_policy = PolicyAnswer(many=True)
    tested_run = serializers.CharField()
    tested_on = serializers.DateField(allow_null=True)


class ReasonGiven(serializers.Serializer[Any]):
    """Why something is approved, withdrawn or ended."""

    reason = serializers.CharField(max_length=LONG)


class AgentActionIn(serializers.Serializer[Any]):
    """What an agent did or wants to do."""

    tool = serializers.CharField(max_length=120, allow_blank=True, default="")
    asked = serializers.CharField(max_length=120, allow_blank=True, default="")
    source = serializers.CharField(  # type: ignore[assignment]
        max_length=120, allow_blank=True, default=""
    )
    data_class = serializers.CharField(max_length=120, allow_blank=True, default="")
    amount = serializers.DecimalField(
        max_digits=14, decimal_places=2, allow_null=True, default=None
    )
    currency = serializers.CharField(max_length=3, allow_blank=True, default="")
    spent = money(default=Decimal(0))
    approved_by = names(60)

    def action(self) -> Action:
        """Return the action."""
        said = dict(self.validated_data)
        return Action(**said | {"approved_by": frozenset(said["approved_by"])})


class OutsideOut(serializers.Serializer[Any]):
    """Which boundaries of the scope in force an action violates; none for one inside it."""

    scope_version = serializers.IntegerField(allow_null=True)
    outside = serializers.ListField(child=serializers.CharField())


class DependencyIn(serializers.Serializer[Any]):
    """Another system that this one needs, by its short name."""

    on_system = serializers.SlugField(max_length=80)
    kind = serializers.ChoiceField(choices=Dependency.Kind.choices)
    note = text()


class DependencyOut(serializers.Serializer[Any]):
    """Another system that this one needs."""

    id = serializers.UUIDField()
    on_system = serializers.CharField(source="on_system.slug")
    kind = serializers.ChoiceField(choices=Dependency.Kind.choices)
    note = serializers.CharField()
    from_at = serializers.DateTimeField()


class ReachedOut(serializers.Serializer[Any]):
    """A system that is reached, how many steps away, and through which other one."""

    system = serializers.CharField(source="system.slug")
    name = serializers.CharField(source="system.name")
    distance = serializers.IntegerField()
    kinds = serializers.ListField(child=serializers.CharField())
    through = serializers.CharField(source="through.slug", default=None, allow_null=True)
    through_unseen = serializers.BooleanField(source="unseen")


class RadiusSideOut(serializers.Serializer[Any]):
    """One direction; `hidden` counts the systems that the caller may not see."""

    steps = ReachedOut(many=True)
    hidden = serializers.IntegerField()


class DependenciesOut(serializers.Serializer[Any]):
    """What a system needs directly, what is hurt when it fails, what it fails with."""

    direct = DependencyOut(many=True)
    hurt = RadiusSideOut()
    needed = RadiusSideOut()


class DataSourceIn(serializers.Serializer[Any]):
    """A data source to write down."""

    name = serializers.CharField(max_length=120)
    kind = serializers.ChoiceField(choices=DataSource.Kind.choices)
    owner = serializers.UUIDField(allow_null=True, default=None)
    holder = serializers.CharField(max_length=120, allow_blank=True, default="")
    personal_data = serializers.ChoiceField(
        choices=DataSource.Personal.choices, default=DataSource.Personal.UNKNOWN
    )
    legal_basis = serializers.CharField(max_length=200, allow_blank=True, default="")
    licence = serializers.CharField(max_length=120, allow_blank=True, default="")
    refresh = serializers.CharField(max_length=120, allow_blank=True, default="")

    def given(self) -> Source:
        """Return the source."""
        said = {name: value for name, value in self.validated_data.items() if name != "reason"}
        return Source(owner_id=said.pop("owner"), **said)


class DataSourceChangeIn(DataSourceIn):
    """All that is to be said of a data source, with the reason of the change."""

    reason = serializers.CharField(max_length=LONG)


class DataSourceOut(serializers.ModelSerializer[DataSource]):
    """A data source."""

    owner = PersonOut(allow_null=True)

    class Meta:
        model = DataSource
        fields = [
            "id", "name", "kind", "owner", "holder", "personal_data", "legal_basis", "licence",
            "refresh", "from_at",
        ]  # fmt: skip


class KnowledgeIn(serializers.Serializer[Any]):
    """Who answers for a domain of knowledge; whoever did before is no longer named."""

    domain = serializers.CharField(max_length=120)
    person = serializers.UUIDField()
    review_on = serializers.DateField()


class KnowledgeOut(serializers.ModelSerializer[KnowledgeOwner]):
    """Who answers for a domain of knowledge."""

    person = PersonOut()

    class Meta:
        model = KnowledgeOwner
        fields = ["id", "domain", "person", "review_on", "from_at"]


class ProfileGapOut(serializers.Serializer[Any]):
    """One thing that is missing, and the page where it is put right."""

    words = serializers.CharField()
    link = serializers.CharField()


class ProfileOut(serializers.Serializer[Any]):
    """Who and what a system is for, what is in force, what is missing.

    `as_of` is the past instant that was asked for, null for now. Nothing in force is null.
    """

    as_of = serializers.DateTimeField(allow_null=True)
    slug = serializers.CharField(source="system.slug")
    name = serializers.CharField(source="system.name")
    owner = PersonOut(source="system.owner")
    deputy = PersonOut(source="system.deputy")
    reviewers = PersonOut(many=True)
    missing = ProfileGapOut(many=True)
    controls = ControlsOut(allow_null=True)
    scope = ScopeOut(allow_null=True)
    behaviour = BehaviourOut(allow_null=True)
    data_sources = DataSourceOut(many=True)
    knowledge_owners = KnowledgeOut(many=True)


def given_of(data: Mapping[str, Any], shape: type[serializers.Serializer[Any]]) -> Any:
    """Return the data as a validated shape. Raises DRF's ValidationError."""
    found = shape(data=data)
    found.is_valid(raise_exception=True)
    return found
