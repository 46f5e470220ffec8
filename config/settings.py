"""Settings, from the environment. Nonsense is refused at start, with the reason."""

import sys
from pathlib import Path

import django_stubs_ext
import environ

from config.identity import REQUIRED_ROLES, check_roles, oidc_of, saml_of
from ledger.rules.refusals import Misconfigured

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / ".var"

env = environ.Env()
if "DATABASE_URL" not in env.ENVIRON:
    environ.Env.read_env(VAR_DIR / "database.env")

DEMO = env.bool("COUNTERSIGN_DEMO", default=False)
TESTING = env.bool("COUNTERSIGN_TESTING", default=False)
DEBUG = env.bool("DEBUG", default=False)
DEVELOPMENT = DEMO or TESTING or DEBUG

SECRET_KEY = env.str("SECRET_KEY", default="only-for-demo-and-tests" if DEVELOPMENT else "unset")
# Stored credentials are encrypted with these, newest first, never with SECRET_KEY.
FIELD_KEYS = env.list(
    "FIELD_KEYS",
    default=["ZGVtby1hbmQtdGVzdHMtb25seS1ub3QtYS1zZWNyZXQ="] if DEVELOPMENT else [],
)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "testserver"])
PUBLIC_URL = env.str("PUBLIC_URL", default="http://localhost:8000")
ORGANISATION = env.str(
    "ORGANISATION", default="Nordhaven Insurance (demo)" if DEMO else "Your organisation"
)

# ---------------------------------------------------------------- database
# The owner migrates, the application role serves; the latter cannot rewrite evidence.
DATABASE_ROLE = env.str(
    "DATABASE_ROLE", default="owner" if sys.argv[1:2] == ["migrate"] else "application"
)
_url = "DATABASE_URL"
if DATABASE_ROLE == "owner" and env.str("DATABASE_OWNER_URL", default=""):
    _url = "DATABASE_OWNER_URL"
DATABASES = {"default": env.db_url(_url, default="postgresql:///countersign_is_not_configured")}
if "postgresql" not in DATABASES["default"]["ENGINE"]:
    raise Misconfigured(
        f"{_url} names {DATABASES['default']['ENGINE']}; Countersign runs on PostgreSQL 15 or "
        "newer only, because its promises are constraints and locks of PostgreSQL."
    )
DATABASES["default"]["ATOMIC_REQUESTS"] = False
DATABASES["default"].setdefault("OPTIONS", {})
# Statements of the hot paths that bind their parameters on the server are prepared from the first
# time on; 'off' behind a pooler that gives every transaction another connection.
if env.bool("DATABASE_PREPARES", default=True):
    DATABASES["default"]["OPTIONS"]["prepare_threshold"] = 0
if not TESTING and sys.argv[1:2] != ["migrate"]:
    DATABASES["default"]["OPTIONS"]["pool"] = {
        "min_size": 1,
        "max_size": env.int("DATABASE_POOL", default=8),
        "timeout": 10,
    }
DATABASE_APPLICATION_ROLE = env.str("DATABASE_APPLICATION_ROLE", default="countersign_app")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# ---------------------------------------------------------------- applications
INSTALLED_APPS = [
    "config.administration.ShowingAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_fsm",
    "simple_history",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "django_htmx",
    "rules.apps.AutodiscoverRulesConfig",
    "axes",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.usersessions",
    "config.single_sign_on",
    "csp",
    "ledger",
    "outbox",
    "registry",
    "telemetry",
    "incidents",
    "governance",
    "reports",
    "config",
]

MIDDLEWARE = [
    # First of all: what it takes away, nothing after it can keep.
    "config.nameless.NamelessMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.doors.PrivateMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    # After the reader is known: who signed in has a language of their own.
    "config.languages.LanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.doors.ActorMiddleware",
    "config.doors.BreakGlassMiddleware",
    "config.second_factor.SecondFactorMiddleware",
    "config.seen.SeenMiddleware",
    "config.doors.AccountMiddleware",
    "config.doors.RefusalMiddleware",
    "config.replies.IdempotencyMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.shell.shell",
            ],
            "builtins": ["config.templatetags.languages", "config.templatetags.dates"],
        },
    },
]

# ---------------------------------------------------------------- people and sign-in
AUTH_USER_MODEL = "registry.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "rules.permissions.ObjectPermissionBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_REDIRECT_URL = "/"
LOGIN_URL = "account_login"
ACCOUNT_ADAPTER = "config.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
# Beside these, which each worker counts for itself, axes counts in the database.
ACCOUNT_RATE_LIMITS = False if TESTING else {"login_failed": "20/m/ip,10/5m/key"}
MFA_ADAPTER = "config.second_factor.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = "Countersign"
MFA_RATE_LIMITS: dict[str, str] | bool = False if TESTING else {}
# One step of 30 s to either side, for clocks of phones.
MFA_TOTP_TOLERANCE = 1
MFA_FORMS = {
    "authenticate": "config.factor_forms.SignInCodeForm",
    "reauthenticate": "config.factor_forms.ConfirmCodeForm",
    "authenticate_webauthn": "config.factor_forms.SignInKeyForm",
    "reauthenticate_webauthn": "config.factor_forms.ConfirmKeyForm",
    "login_webauthn": "config.factor_forms.PasskeyForm",
    "add_webauthn": "config.factor_forms.AddKeyForm",
    "edit_webauthn": "config.factor_forms.RenameKeyForm",
}
# Who holds one of these roles, or a seat of a committee ('voter'), reaches nothing before a second
# factor is set up. The people of the demo share a password, so nothing is required of them.
REQUIRE_SECOND_FACTOR_FOR = check_roles(
    env.list("REQUIRE_SECOND_FACTOR_FOR", default=[] if DEMO or TESTING else sorted(REQUIRED_ROLES))
)
AXES_HANDLER = "config.locks.Attempts"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 1
AXES_RESET_ON_SUCCESS = True
# Sign-ins stand in the ledger, with the address as a commitment; a second list of them is not kept.
AXES_DISABLE_ACCESS_LOG = True
AXES_LOCKOUT_CALLABLE = "config.locks.locked"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_FORM_FIELD = "login"
# allauth passes the address as `email`, which axes would not find by the form field.
AXES_USERNAME_CALLABLE = "registry.ceremony.typed_address"
AXES_ENABLED = not TESTING
# A signature asks for the password again unless the last sign-in or signature is fresher than this.
SIGNATURE_FRESH_SECONDS = env.int("SIGNATURE_FRESH_SECONDS", default=300)

# Single sign-on: OIDC_* and SAML_* (docs/sign-in.md). Nobody makes an account by it.
OIDC = oidc_of(env, plain_http=DEVELOPMENT)
SAML = saml_of(env)
SINGLE_SIGN_ON = bool(OIDC or SAML)
SOCIALACCOUNT_ADAPTER = "config.single_sign_on.adapter.SingleSignOnAdapter"
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {"APPS": [OIDC.app()] if OIDC else []},
    "saml": {"APPS": [SAML.app()] if SAML else []},
}
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_REQUESTS_TIMEOUT = 5
if SAML:
    INSTALLED_APPS.insert(INSTALLED_APPS.index("config.single_sign_on"), SAML.application)

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
_secure = env.bool("SECURE", default=not DEVELOPMENT)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = _secure
SECURE_HSTS_SECONDS = 31536000 if _secure else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _secure
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _secure else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        # The form that begins single sign-on leads on to the provider.
        "form-action": ["'self'", *(OIDC.origins if OIDC else ()), *(SAML.origins if SAML else ())],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: []
    for name in ("camera", "geolocation", "microphone", "payment", "usb", "interest-cohort")
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024 * 1024
# The largest body of an ingest request, bytes.
INGEST_MAX_BYTES = env.int("INGEST_MAX_BYTES", default=32 * 1024 * 1024)
# The largest body of OTLP, bytes, inflated too.
OTLP_MAX_BYTES = env.int("OTLP_MAX_BYTES", default=8 * 1024 * 1024)
INGEST_MAX_ROWS = env.int("INGEST_MAX_ROWS", default=100_000)
# The largest file of a document, bytes.
DOCUMENT_MAX_BYTES = env.int("DOCUMENT_MAX_BYTES", default=25 * 1024 * 1024)
# The largest evidence pack, bytes; and how long a silent worker keeps one, seconds.
PACK_MAX_BYTES = env.int("PACK_MAX_BYTES", default=1024 * 1024 * 1024)
PACK_LEASE_SECONDS = env.int("PACK_LEASE_SECONDS", default=180)
# How many packs are built at a time, all machines together; each in a process of its own that
# gives way to the others by this niceness. 0 processes: within the worker or sweep itself.
PACK_MOST_BUILDS = env.int("PACK_MOST_BUILDS", default=2)
PACK_PROCESSES = env.int("PACK_PROCESSES", default=0 if TESTING else 1)
PACK_NICENESS = env.int("PACK_NICENESS", default=10)

# ---------------------------------------------------------------- concerns
# Names that the public form offers; none by default, for strangers do not learn the register.
CONCERN_SYSTEM_NAMES = env.list("CONCERN_SYSTEM_NAMES", default=[])
# How many concerns are taken within an hour, from everybody together.
CONCERNS_PER_HOUR = env.int("CONCERNS_PER_HOUR", default=60)
# How often one source may send or ask within ten minutes; counted in memory only.
CONCERN_TRIES = env.int("CONCERN_TRIES", default=20)
# After how long an unread concern is told to executives.
CONCERN_UNREAD_HOURS = env.int("CONCERN_UNREAD_HOURS", default=24)

# ---------------------------------------------------------------- the ledger's seals
# The key, the last checkpoint and the list of all of them lie here, outside the database.
LEDGER_DIR = Path(env.str("LEDGER_DIR", default=str(VAR_DIR / "ledger")))
# The name of the log in every checkpoint; a restored backup takes a new one.
LEDGER_ORIGIN = env.str("LEDGER_ORIGIN", default="countersign.localhost/ledger")
LEDGER_SEAL_SECONDS = env.int("LEDGER_SEAL_SECONDS", default=60)
# How long a process keeps what the rail and the reading room say of the seals, seconds.
LEDGER_GLANCE_SECONDS = env.int("LEDGER_GLANCE_SECONDS", default=0 if TESTING else 5)
# Time-stamping authorities (RFC 3161), and the file with the certificates they answer under.
LEDGER_TSA_URLS = env.list("LEDGER_TSA_URLS", default=[])
LEDGER_TSA_CA = env.str("LEDGER_TSA_CA", default="")
LEDGER_ANCHOR_SECONDS = env.int("LEDGER_ANCHOR_SECONDS", default=3600)
# Authorities on these hosts may be asked without TLS: a stamp carries its own signature.
LEDGER_TSA_PLAIN_HOSTS = env.list("LEDGER_TSA_PLAIN_HOSTS", default=[])
# Who may read /ledger/checkpoint: 'anyone', 'signed-in' or 'nobody'.
LEDGER_CHECKPOINT_FOR = env.str("LEDGER_CHECKPOINT_FOR", default="signed-in")
if LEDGER_CHECKPOINT_FOR not in ("anyone", "signed-in", "nobody"):
    raise Misconfigured("LEDGER_CHECKPOINT_FOR is 'anyone', 'signed-in' or 'nobody'.")

# ---------------------------------------------------------------- language and time
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["config.formats"]
LANGUAGE_COOKIE_AGE = 31536000
LANGUAGE_COOKIE_SECURE = SESSION_COOKIE_SECURE
LANGUAGE_COOKIE_SAMESITE = "Lax"
# Where the organisation sits: statutory dates begin at its local midnight.
SEAT_ZONE = env.str("SEAT_ZONE", default="Europe/Berlin")
# A reading that ends later than this beyond the database clock is quarantined, seconds.
CLOCK_SKEW_SECONDS = env.int("CLOCK_SKEW_SECONDS", default=300)
CLOCK_OFFSET_SECONDS = env.float("CLOCK_OFFSET_SECONDS", default=0.0)
if CLOCK_OFFSET_SECONDS and not TESTING:
    raise Misconfigured("CLOCK_OFFSET_SECONDS is for tests only (COUNTERSIGN_TESTING=1).")

# ---------------------------------------------------------------- files
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
if DEVELOPMENT:
    # Files are served from their source; the folder is there so that nobody warns of its absence.
    STATIC_ROOT.mkdir(parents=True, exist_ok=True)
# The pictures of the help lie with its articles.
STATICFILES_DIRS = [BASE_DIR / "static", ("help", BASE_DIR / "docs" / "pictures")]
WHITENOISE_USE_FINDERS = DEVELOPMENT
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEVELOPMENT
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
MEDIA_ROOT = Path(env.str("FILES_DIR", default=str(VAR_DIR / "files")))

# ---------------------------------------------------------------- API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "registry.access.TokenAuthentication",
        "registry.access.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["registry.access.json_body.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "config.problems.handle",
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.UserRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"user": env.str("API_RATE", default="6000/min")},
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Countersign",
    "DESCRIPTION": "Accountability for AI systems: measurements in, decisions with proof out.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "MotionKind": "governance.models.committee.MotionAction.Kind",
        "BallotVote": "governance.models.committee.Ballot.Vote",
        "RecusalRequestState": "governance.models.votes_aside.RecusalRequest.State",
        "ContainmentKind": "incidents.models.containment.Containment.Kind",
        "EvidenceLinkKind": "incidents.models.comments.EvidenceLink.Kind",
        "DeskPage": "reports.models.desk.DeskView.Page",
        "DeskAct": "reports.api.desk_shapes.ACTS",
        "ContainmentState": "incidents.models.containment.Containment.State",
        "InterimState": "incidents.models.containment.InterimMeasure.State",
        "OrderRule": "governance.models.orders.StandingOrder.Rule",
        "AssessmentStanding": "registry.api.two_person_shapes.ASSESSMENT_STANDINGS",
        "AttendanceStanding": "governance.models.meetings.Attendance.Standing",
        "MeetingState": "governance.models.meetings.Meeting.State",
        "MinutesState": "governance.models.meetings.Minutes.State",
        "RecordedDecisionState": "governance.models.meetings.RecordedDecision.State",
        "RecordedDecisionOutcome": "governance.models.meetings.RecordedDecision.Outcome",
        "ToldKind": "registry.api.notices.KIND_CHOICES",
        "ConnectorKind": "telemetry.models.connectors.Connector.Kind",
        "AcceptanceProposalState": "incidents.models.acceptances.AcceptanceProposal.State",
        "FireDrillState": "governance.models.drills.Drill.State",
        "UploadKind": "telemetry.models.connectors.Upload.Kind",
        "UploadState": "telemetry.models.connectors.Upload.State",
        "StatementState": "registry.models.statements.Statement.State",
        "DependencyKind": "registry.models.statements.Dependency.Kind",
        "DataSourceKind": "registry.models.statements.DataSource.Kind",
        "AnswerVerdict": "telemetry.models.answers.AnswerReview.Verdict",
        "GlassVerdict": "registry.models.access.BreakGlass.Verdict",
        "ImportState": "registry.models.exchange.Import.State",
        "OrganisationExportState": "registry.models.exchange.OrganisationExport.State",
        "ElsewhereKind": "registry.models.exchange.RecordedElsewhere.Kind",
        "ImportRowKind": "registry.models.exchange.ImportRow.Kind",
        "PackState": "reports.models.Pack.State",
        "PrintoutState": "reports.models.Printout.State",
        "SharedCauseKind": "governance.rules.shared_causes.ORDER",
        "BoardReportKind": "reports.api.board_shapes.KIND_CHOICES",
        "BoardReportState": "reports.models.Report.State",
        "ConsequenceDirection": "reports.api.board_shapes.DIRECTION_CHOICES",
        "IncidentState": "incidents.models.incident.Incident.State",
        "IncidentKind": "incidents.models.incident.Incident.Kind",
        "Severity": "incidents.models.incident.Incident.Severity",
        "Answer": "incidents.models.answers.Questions.ANSWERS",
        "ReportKind": "incidents.models.clocks.ReportDraft.Kind",
        "RequestEvidenceKind": "governance.models.requests.RequestEvidence.Kind",
        "ProgrammeState": "incidents.models.programmes.RemediationProgramme.State",
        "ActionState": "incidents.models.actions.Action.State",
        "MotionState": "governance.models.committee.Decision.State",
        "BaselineMethod": "telemetry.models.baselines.Baseline.Method",
        "BaselineState": "telemetry.models.baselines.Baseline.State",
        "BacktestState": "governance.models.backtests.Backtest.State",
        "ThresholdDirection": "governance.rules.stated.DIRECTIONS",
        "ThresholdMode": "governance.models.thresholds.ThresholdVersion.Mode",
        "WatchState": "governance.models.thresholds.Watch.State",
        "VersionState": "registry.models.systems.SystemVersion.State",
        "EvaluationPlanState": "registry.models.evaluations.EvaluationPlan.State",
        "EvaluationOutcome": "registry.models.evaluations.EvaluationRun.Outcome",
        "SystemKind": "registry.models.systems.System.Kind",
        "RiskTier": "registry.models.systems.System.Tier",
        "ClassificationState": "registry.models.classification.Classification.State",
        "TierChangeState": "registry.models.classification.TierChange.State",
        "AssessmentState": "registry.models.assessments.ImpactAssessment.State",
        "AssessmentKind": "registry.models.assessments.ImpactAssessment.Kind",
        "UserKind": "registry.models.people.User.Kind",
        "ClockState": "incidents.models.clocks.RegulatoryClock.State",
        "DocumentState": "registry.models.documents.DocumentVersion.State",
        "DocumentKind": "registry.models.documents.Document.Kind",
        "ProductKind": "registry.models.suppliers.Product.Kind",
        "NoticeKind": "registry.models.suppliers.SupplierNotice.Kind",
        "ConcernState": "registry.models.concerns.Concern.State",
        "ConcernHarm": "registry.models.concerns.Concern.Harm",
        "DecisionSpans": "governance.models.doors.OtlpDoor.Decisions",
        "AlertStatus": "governance.models.doors.AlertNotice.Status",
        "TelemetryDoor": "governance.models.doors.Arrival.Door",
        "MeasuredKind": "governance.models.measured.MeasuredStanding.Kind",
        "ThresholdState": "governance.models.thresholds.ThresholdVersion.State",
        "MilestoneStatus": "registry.models.provisions.Milestone.Status",
    },
}
# Where the description is kept, by the state of the code it describes.
API_DESCRIPTION_DIR = Path(env.str("API_DESCRIPTION_DIR", default=str(VAR_DIR / "openapi")))
REST_KNOX = {"TOKEN_TTL": None, "AUTO_REFRESH": False}
KNOX_TOKEN_MODEL = "registry.ServiceToken"  # noqa: S105  a model, no secret

# ---------------------------------------------------------------- history, states
SIMPLE_HISTORY_ENABLED = True
SIMPLE_HISTORY_HISTORY_CHANGE_REASON_USE_TEXT_FIELD = True

# ---------------------------------------------------------------- mail and webhooks
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="countersign@localhost")
if DEMO and not TESTING:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = VAR_DIR / "mail"
# A mail server that hangs must not outlast the lease of what is being sent.
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=10)
PAGERDUTY_EVENTS_URL = env.str(
    "PAGERDUTY_EVENTS_URL", default="https://events.pagerduty.com/v2/enqueue"
)
# Hosts that a webhook may reach though they resolve to a private address.
WEBHOOK_PRIVATE_HOSTS = env.list(
    "WEBHOOK_PRIVATE_HOSTS", default=["127.0.0.1", "localhost"] if DEVELOPMENT else []
)
DEMO_DIR = Path(env.str("DEMO_DIR", default=str(VAR_DIR / "demo")))
SWEEP_SECONDS = env.int("SWEEP_SECONDS", default=30)
# Told by the watchdog that all is well; whoever expects it raises the alarm when it stays away.
WATCHDOG_HEARTBEAT_URL = env.str("WATCHDOG_HEARTBEAT_URL", default="")

# ---------------------------------------------------------------- Celery: hints and heavy work only
_broker = env.str("CELERY_BROKER_URL", default="filesystem://localhost")
CELERY_BROKER_URL = _broker
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "countersign"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_TIMEOUT = 1
# A request that cannot reach the broker goes on at once: the sweep finds what it wrote.
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {
    "max_retries": 0,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
}
if _broker.startswith("redis"):
    CELERY_BROKER_TRANSPORT_OPTIONS |= {"socket_connect_timeout": 1, "socket_timeout": 5}
if _broker.startswith("filesystem"):
    _folder = env.str("BROKER_DIR", default=str(VAR_DIR / "broker"))
    Path(_folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS |= {
        "data_folder_in": _folder,
        "data_folder_out": _folder,
        "control_folder": f"{_folder}-control",
        "polling_interval": 0.2,
    }
# Tests drive the sweep themselves; a nudge there goes nowhere unless a test asks for it.
NUDGE_ENABLED = env.bool("NUDGE_ENABLED", default=not TESTING)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="WARNING")},
}
SILENCED_SYSTEM_CHECKS = ["axes.W003"]
