"""The law and the standards as data: frameworks, provisions, milestones, what answers to what."""

from django.db import models

from ledger.governed import Recorded


class Reference(Recorded):
    """Abstract: a row of a reference file. What a later release leaves out stays, `superseded_in`.

    `file` names the reference file that holds the row, `place` its order there; `sources` are ids
    of Source; `checked` is yes, partly or no: whether the row was compared with them.
    """

    file = models.CharField(max_length=40)
    place = models.IntegerField(default=0)
    sources = models.JSONField(default=list)
    checked = models.CharField(max_length=12)
    superseded_in = models.CharField(max_length=40, blank=True)

    class Meta:
        abstract = True


class Source(Recorded):
    """A publication that reference data rest on, by the short id that rows name."""

    id = models.CharField(primary_key=True, max_length=12)
    file = models.CharField(max_length=40)
    place = models.IntegerField(default=0)
    title = models.TextField()
    kind = models.CharField(max_length=20)
    superseded_in = models.CharField(max_length=40, blank=True)

    def __str__(self) -> str:
        return f"{self.id} {self.title}"


class Framework(Reference):
    """A law, a standard or a guideline, with the edition that the rows follow."""

    id = models.SlugField(primary_key=True, max_length=40)
    name = models.CharField(max_length=120)
    edition = models.CharField(max_length=200)
    kind = models.CharField(max_length=20)
    about = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.name


class Milestone(Reference):
    """A date of the law with its status; null where there is none yet.

    A superseded one stays and names what took its place in `superseded_by`.
    """

    class Status(models.TextChoices):
        IN_FORCE = "adopted_in_force", "in force"
        APPLICABLE = "adopted_applicable", "applies"
        FUTURE = "adopted_future", "adopted, date still ahead"
        SUPERSEDED = "superseded", "was law, replaced"
        PROPOSED = "proposed_not_adopted", "only proposed, not law"
        DRAFT = "draft_guidance", "draft guidance, not binding"
        GUIDANCE = "guidance_final", "final guidance, not binding"
        PENDING = "pending", "awaited"
        OPEN = "interpretation_open", "open reading"

    id = models.CharField(primary_key=True, max_length=40)
    framework = models.ForeignKey(Framework, models.PROTECT, related_name="milestones")
    date = models.DateField(null=True)
    status = models.CharField(max_length=24, choices=Status.choices)
    what = models.TextField()
    provisions = models.JSONField(default=list)
    legal_basis = models.TextField(blank=True)
    note = models.TextField(blank=True)
    superseded_by = models.CharField(max_length=40, blank=True)

    class Meta:
        indexes = [models.Index(fields=["date"], name="milestone_date")]

    def __str__(self) -> str:
        return self.id


class Provision(Reference):
    """An article, annex point, clause or control: who owes what, when, shown by which evidence.

    `who` and `supporting` are roles of registry.rules.legal; `condition` is structured
    (registry.rules.conditions); `dates` is [{milestones: [id], when: condition, reading}], where
    `reading` is 'own' or 'at_latest'. `document` holds what else the row says. `status` is empty
    for what stands, 'deleted' for what an amendment took out.
    """

    id = models.CharField(primary_key=True, max_length=40)
    framework = models.ForeignKey(Framework, models.PROTECT, related_name="provisions")
    parent = models.CharField(max_length=40, blank=True)
    kind = models.CharField(max_length=24)
    reference = models.CharField(max_length=80)
    title = models.TextField()
    who = models.JSONField(default=list)
    supporting = models.JSONField(default=list)
    condition = models.JSONField(default=dict)
    dates = models.JSONField(default=list)
    document = models.JSONField(default=dict)
    status = models.CharField(max_length=24, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["framework", "place"], name="provision_order"),
            models.Index(fields=["parent"], name="provision_parent"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"


class CrosswalkPair(Reference):
    """What answers to what across frameworks: an alignment with its confidence, no equivalence."""

    id = models.CharField(primary_key=True, max_length=12)
    reference = models.CharField(max_length=80)
    ai_act = models.JSONField(default=list)
    iso_42001 = models.JSONField(default=list)
    nist_ai_rmf = models.JSONField(default=list)
    confidence = models.CharField(max_length=8)
    why = models.TextField()

    def __str__(self) -> str:
        return self.id


class KpiDuty(Reference):
    """A provision that a KPI answers to. `kpi` is an id of the KPI catalogue."""

    id = models.CharField(primary_key=True, max_length=100)
    kpi = models.CharField(max_length=60)
    provision = models.ForeignKey(Provision, models.PROTECT, related_name="kpi_duties")
    words = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.id


class Questionnaire(Reference):
    """A set of questions as data; a changed one is a row of its own, the newest by `slug` holds.

    `document` is {sections: [{id, title, questions: [{id, ask, kind, options, help, source,
    shows_if}]}]}.
    """

    id = models.CharField(primary_key=True, max_length=100)
    slug = models.SlugField(max_length=60)
    version = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    document = models.JSONField(default=dict)
    loaded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["slug", "version"], name="questionnaire_version"),
        ]

    def __str__(self) -> str:
        return self.id
