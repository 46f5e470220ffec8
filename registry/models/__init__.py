"""Things and people: units, roles, systems, versions, deployments, signatures."""

from registry.models.access import BreakGlass, SetupException
from registry.models.assessments import ImpactAssessment
from registry.models.classification import Classification, TierChange
from registry.models.concerns import Concern, ConcernMessage
from registry.models.documents import Document, DocumentVersion
from registry.models.evaluations import (
    EvaluationPlan,
    EvaluationRun,
    FailureScenario,
    FallbackCheck,
)
from registry.models.exchange import (
    Import,
    ImportRow,
    ModelRegistry,
    OrganisationExport,
    RecordedElsewhere,
)
from registry.models.law import ClockRule, ReferenceRelease
from registry.models.notices import NoticePreference
from registry.models.people import (
    Delegation,
    Leave,
    RoleAssignment,
    ServiceToken,
    Unit,
    User,
    WorkCalendar,
)
from registry.models.provisions import (
    CrosswalkPair,
    Framework,
    KpiDuty,
    Milestone,
    Provision,
    Questionnaire,
    Source,
)
from registry.models.regimes import OrganisationProfile, SystemRegimes
from registry.models.retention import ErasureRequest, LegalHold, RetentionRule
from registry.models.signatures import Signature
from registry.models.statements import (
    BehaviourPolicy,
    DataSource,
    DeclaredScope,
    Dependency,
    KnowledgeOwner,
    OperatingControls,
    SystemReviewer,
)
from registry.models.suppliers import (
    NoticeProduct,
    Product,
    ProductUse,
    Supplier,
    SupplierNotice,
)
from registry.models.systems import Deployment, LifecycleChange, System, SystemVersion

__all__ = [
    "BehaviourPolicy",
    "BreakGlass",
    "Classification",
    "ClockRule",
    "Concern",
    "ConcernMessage",
    "CrosswalkPair",
    "DataSource",
    "DeclaredScope",
    "Delegation",
    "Dependency",
    "Deployment",
    "Document",
    "DocumentVersion",
    "ErasureRequest",
    "EvaluationPlan",
    "EvaluationRun",
    "FailureScenario",
    "FallbackCheck",
    "Framework",
    "ImpactAssessment",
    "Import",
    "ImportRow",
    "KnowledgeOwner",
    "KpiDuty",
    "Leave",
    "LegalHold",
    "LifecycleChange",
    "Milestone",
    "ModelRegistry",
    "NoticePreference",
    "NoticeProduct",
    "OperatingControls",
    "OrganisationExport",
    "OrganisationProfile",
    "Product",
    "ProductUse",
    "Provision",
    "Questionnaire",
    "RecordedElsewhere",
    "ReferenceRelease",
    "RetentionRule",
    "RoleAssignment",
    "ServiceToken",
    "SetupException",
    "Signature",
    "Source",
    "Supplier",
    "SupplierNotice",
    "System",
    "SystemRegimes",
    "SystemReviewer",
    "SystemVersion",
    "TierChange",
    "Unit",
    "User",
    "WorkCalendar",
]
