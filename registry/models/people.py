"""People, units, roles, and the machines' accounts."""

import uuid
from datetime import timedelta
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models, transaction
from knox.models import AbstractAuthToken
from rules import permissions as rules_by_name

from ledger.context import acting_as, current_actor
from ledger.governed import Governed, GovernedQuerySet, governed_history
from ledger.rules.actors import machine
from ledger.rules.commitments import Label, Personal
from ledger.services.entries import append_entry
from outbox import clock

# The package has no types of its own.
object_rules: Any = rules_by_name
LONGEST_AUDIT = timedelta(days=366)


class WorkCalendar(Governed):
    """Working hours in an IANA zone. A change is a new version; open deadlines keep theirs.

    `hours` maps ISO weekday '1'..'7' to [['09:00', '17:00'], …]; `exceptions` maps dates to the
    intervals of that day ([] for a holiday).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=80)
    version = models.IntegerField(default=1)
    zone = models.CharField(max_length=60)
    hours = models.JSONField()
    exceptions = models.JSONField(default=dict)
    history = governed_history()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "version"], name="calendar_version"),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class Unit(Governed):
    """A part of the organisation; roles are inherited downwards."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=120, unique=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True)
    calendar = models.ForeignKey(WorkCalendar, models.PROTECT)
    history = governed_history()

    def __str__(self) -> str:
        return self.name


class AccountManager(BaseUserManager["User"]):
    """Makes users by e-mail address. Named by Django's contract for a custom user."""

    def get_queryset(self) -> GovernedQuerySet["User"]:
        """Return a QuerySet that refuses set-wise writes."""
        return GovernedQuerySet(self.model, using=self._db)

    def get_by_natural_key(self, username: str | None) -> "User":
        """Find a user by address, case-insensitively."""
        return self.get(email__iexact=username)

    def create_superuser(self, email: str, name: str, password: str | None = None) -> "User":
        """Make the first account of an installation (`manage.py createsuperuser`)."""
        actor = machine("createsuperuser", kind="command", channel="command")
        with transaction.atomic(), acting_as(actor):
            user = User(email=email, name=name, is_staff=True, is_superuser=True)
            user.set_password(password)
            user.save(force_insert=True)
            append_entry(
                verb="user.created",
                actor=actor,
                at=clock.now(),
                subject=("user", str(user.pk), Personal(name, subject=str(user.pk))),
                after={"staff": True, "superuser": True},
                reason="the first account of the installation",
                touched=[f"registry_user:{user.pk}"],
            )
        return user


class User(Governed, AbstractBaseUser, PermissionsMixin):  # type: ignore[django-manager-missing]
    """A person or a service account. Deactivated, never deleted."""

    class Kind(models.TextChoices):
        PERSON = "person"
        SERVICE = "service"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.PERSON)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    title = models.CharField(max_length=120, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="people")
    zone = models.CharField(max_length=60, default="Europe/Berlin")
    language = models.CharField(max_length=5, default="en")
    theme = models.CharField(max_length=6, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    demo = models.BooleanField(default=False)
    joined_at = models.DateTimeField(null=True)
    deactivated_at = models.DateTimeField(null=True)

    technical = frozenset({"last_login"})
    objects: ClassVar[Any] = AccountManager()
    history = governed_history(excluded_fields=["password", "last_login"])

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        indexes = [
            models.Index(fields=["is_active", "kind", "name", "id"], name="account_by_name"),
            # Whoever left, of whatever kind, stands in one list.
            models.Index(
                fields=["name", "id"],
                name="account_left_by_name",
                condition=models.Q(is_active=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save; what a package saves beside every service is told by an entry written here.

        Django and allauth save new hashes of passwords, and addresses, outside any transaction.
        """
        actor, fields = current_actor(), kwargs.get("update_fields")
        if actor is None or connection.in_atomic_block or self._is_technical(fields):
            super().save(*args, **kwargs)
            return
        with transaction.atomic():
            super().save(*args, **kwargs)
            append_entry(
                verb="user.changed",
                actor=actor,
                at=clock.now(),
                subject=("user", str(self.pk), self.on_record),
                details={"fields": sorted(fields or ["all"])},
            )

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Ask the object rules where there is one of this name: no account passes them by rank."""
        if object_rules.perm_exists(perm):
            return bool(self.is_active and object_rules.has_perm(perm, self, obj))
        return super().has_perm(perm, obj)

    def get_full_name(self) -> str:
        """The printed name."""
        return self.name

    @property
    def on_record(self) -> Label:
        """The name as the ledger takes it: a person's as a commitment, a machine's as it is."""
        if self.kind == self.Kind.SERVICE:
            return self.name
        return Personal(self.name, subject=str(self.pk))


class RoleAssignment(Governed):
    """Who holds which role, for a unit (and below) or one system, from when until when."""

    class Role(models.TextChoices):
        COMPLIANCE = "compliance", "Compliance officer"
        RISK = "risk", "Risk officer"
        SECRETARY = "secretary", "Committee secretary"
        EXECUTIVE = "executive", "Executive"
        BOARD = "board", "Board member"
        AUDITOR = "auditor", "Auditor"
        ENGINEER = "engineer", "Engineer"
        EMERGENCY = "emergency", "Emergency actor"
        ADMINISTRATOR = "administrator", "Administrator"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user = models.ForeignKey(User, models.PROTECT, related_name="roles")
    role = models.CharField(max_length=16, choices=Role.choices)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True)
    system = models.ForeignKey("registry.System", models.PROTECT, null=True, blank=True)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True, blank=True)
    granted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reason = models.TextField(blank=True)
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    history = governed_history()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(unit__isnull=False) ^ models.Q(system__isnull=False),
                name="role_for_unit_or_system",
            ),
            models.CheckConstraint(
                condition=~models.Q(role="auditor")
                | models.Q(until_at__isnull=False)
                & models.Q(until_at__lte=models.F("from_at") + LONGEST_AUDIT),
                name="auditor_has_an_end",
            ),
            models.CheckConstraint(
                condition=models.Q(until_at__isnull=True)
                | models.Q(until_at__gte=models.F("from_at")),
                name="role_ends_after_start",
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_by__isnull=True)
                | ~models.Q(confirmed_by=models.F("user")),
                name="role_confirmed_by_another",
            ),
        ]
        indexes = [models.Index(fields=["user", "role"], name="role_by_user")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}"


class Leave(Governed):
    """A time in which a person is not available."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user = models.ForeignKey(User, models.PROTECT, related_name="leaves")
    from_at = models.DateTimeField()
    until_at = models.DateTimeField()
    history = governed_history()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(until_at__gt=models.F("from_at")), name="leave_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} away"


class Delegation(Governed):
    """A person acts for another for a time; one hop, recorded on every act.

    For all that the principal is, or for one unit with those below, or for one system. One that is
    ended before it began keeps its beginning as its end: it never held.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    principal = models.ForeignKey(User, models.PROTECT, related_name="delegations_given")
    delegate = models.ForeignKey(User, models.PROTECT, related_name="delegations_held")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+")
    system = models.ForeignKey(
        "registry.System", models.PROTECT, null=True, blank=True, related_name="+"
    )
    from_at = models.DateTimeField()
    until_at = models.DateTimeField()
    reason = models.TextField()
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    history = governed_history()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(principal=models.F("delegate")), name="delegate_is_other"
            ),
            models.CheckConstraint(
                condition=models.Q(until_at__gte=models.F("from_at")), name="delegation_ends"
            ),
            models.CheckConstraint(
                condition=models.Q(unit__isnull=True) | models.Q(system__isnull=True),
                name="delegation_for_unit_or_system",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.delegate_id} for {self.principal_id}"


class ServiceToken(AbstractAuthToken):  # type: ignore[misc]
    """A token of a service account: scopes, systems, expiry; stored hashed, shown once.

    It reaches the systems that it names and no others; with none named it reaches none.
    """

    name: Any = models.CharField(max_length=80, blank=True)
    scopes: Any = ArrayField(models.CharField(max_length=40), default=list)
    systems: Any = models.ManyToManyField("registry.System", blank=True, related_name="+")
    last_used_at: Any = models.DateTimeField(null=True)
    revoked_at: Any = models.DateTimeField(null=True)
    # The token whose place this one takes; that one works until its own `overlap_until`.
    replaces: Any = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by"
    )
    overlap_until: Any = models.DateTimeField(null=True)
    warned_at: Any = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["-created", "-token_key"], name="token_newest")]

    def __str__(self) -> str:
        return f"{self.name} {self.token_key}"
