"""Who reads which address: the independent table of the access matrix (GOV-4).

Written from the specification (requirements GOV-4, workflow section 1, the pages of interface.md),
not from the product's own tables. One line an address as the resolver has it: who gets an answer to
a GET, of the people around one unit, and whether a service token of its system gets one. Everybody
else is refused: sent to sign in, 401, 403, 404, or 405 where an address only takes changes.

Audiences, of the people named in the test:
  public    anybody, also who is not signed in
  person    every signed-in person, whatever their unit; shows them nothing of another unit
  system    who sees the system: owner, deputy, and who holds any role for it, its unit or above
  case      as system, and the members of the body that hears the case
  access    who looks after access or answers for it: compliance, risk, executive, auditor,
            administrator; a stranger of the same roles gets an answer about their own unit
  within    as access, but about an object of the unit: a stranger gets none
  admin     an administrator of the unit
  top       who audits or answers for the whole organisation: by a role for the unit at its top
  keeping   who reads the rules of keeping, and the requests to erase: compliance, risk,
            executive, board, auditor, administrator
  second    compliance and risk officers
  requests  who reads authorities' requests: compliance, risk, executive, board, auditor
  controls  who reads controls: as requests, and the owner and deputy of any system; a stranger of
            the same roles gets an answer about their own systems
  controlled  as controls, of one system: a stranger gets none
  audited   who opens the auditors' room: auditor, compliance, administrator; a stranger of the
            same roles gets an answer about their own unit
  asked     as audited, and the owner and deputy of a system: the questions of auditors
  change    nobody by GET: it takes changes only
  absent    nobody: the object that the address names is not there
  account   one's own account and sign-in: never anybody else's data
  token     service tokens alone
  machine   service tokens alone, at an address outside the API
"""

PUBLIC = """
health/
design/
api/schema/
api/
concerns/new/
concerns/receipt/
"""

PERSON = """

workflow/
help/
help/<str:article>/
calendars/
calendars/<str:name>/
on-call/
drills/
api/v1/on-call/rotas
api/v1/calls/
api/v1/drills/
me/notices/
api/v1/me/notices
desk/list.csv
desk/keys/
desk/views/new/
desk/together/
me/calendar/
api/v1/desk/
api/v1/desk/views/
api/v1/desk/calendar
notifications/
api/v1/me/notifications
first-steps/
first-steps/people/
first-steps/profile/
first-steps/committee/
api/v1/first-steps
search/
api/v1/search/
oversight/
oversight/list.csv
api/v1/oversight/
coverage/
api/v1/coverage
api/v1/baselines/
api/v1/backtests/
kpis/
api/v1/kpis/
api/v1/kpi-templates/
api/v1/kpi-drafts/
answers/
api/v1/answers/
api/v1/answer-reviews/
silences/
api/v1/silences/
api/v1/canary-sets/
packs/
reports/
consequence-factors/
api/v1/reports/
api/v1/consequence-factors/
incidents/
incidents/list.csv
incidents/report/
acceptances/
acceptances/list.csv
api/v1/acceptances/
api/v1/acceptance-proposals/
connectors/
connectors/doors/
uploads/
api/v1/connectors/
api/v1/doors/
api/v1/uploads/
systems/
systems/list.csv
fleet/
fleet/list.csv
scorecards/
scorecards/list.csv
api/v1/scorecards/
figures/
figures/list.csv
api/v1/figures
api/v1/holidays
committee/
roles/
ledger/
ledger/entries.csv
ledger/entries.jsonl
ledger/exceptions/
ledger/exceptions.csv
ledger/exceptions.jsonl
law/
law/clocks/
people/setup/
people/glass/
api/v1/me
clocks/
api/v1/clocks
api/v1/incidents/
api/v1/incident-commands
api/v1/me/interests
api/v1/shared-causes
api/v1/motions/
api/v1/motions/delegated
committee/delegated/
meetings/
validation/small/
api/v1/meetings/
api/v1/small-cases
me/interests/
api/v1/watches/
api/v1/policies/
api/v1/systems/
api/v1/series/
api/v1/thresholds/
api/v1/trend-rules/
api/v1/error-budgets/
api/v1/guardrails/
api/v1/measured-standings/
api/v1/packs/
api/v1/break-glass/
api/v1/setup-exceptions/
api/v1/roles/
api/v1/ledger/entries
api/v1/ledger/exceptions
api/v1/ledger/entries.csv
api/v1/ledger/entries.jsonl
api/v1/ledger/exceptions.csv
api/v1/ledger/exceptions.jsonl
"""

SYSTEM = """
systems/<slug:slug>/oversight/
systems/<slug:slug>/oversight/days.csv
api/v1/systems/<slug:slug>/oversight
systems/<slug:slug>/stop/
systems/<slug:slug>/standing-orders/
api/v1/systems/<slug:slug>/stop
api/v1/systems/<slug:slug>/standing-orders
systems/<slug:slug>/canary/
systems/<slug:slug>/kpis/<int:series_id>/voids/
api/v1/series/<int:series_id>/voids
systems/<slug:slug>/thresholds/
first-steps/systems/<slug:slug>/kpis/
systems/<slug:slug>/drift/
systems/<slug:slug>/kpis/<int:series_id>/backtest/
systems/<slug:slug>/kpis/<int:series_id>/baseline/
api/v1/systems/<slug:slug>/drift
api/v1/systems/<slug:slug>/pauses
systems/<slug:slug>/scorecard/
api/v1/systems/<slug:slug>/scorecard
api/v1/systems/<slug:slug>/answer-slices
api/v1/systems/<slug:slug>/guardrail-proposals
api/v1/systems/<slug:slug>/profile
api/v1/systems/<slug:slug>/controls
api/v1/systems/<slug:slug>/scope
api/v1/systems/<slug:slug>/behaviour
api/v1/systems/<slug:slug>/dependencies
api/v1/systems/<slug:slug>/data-sources
api/v1/systems/<slug:slug>/knowledge-owners
api/v1/systems/<slug:slug>/mlbom
api/v1/systems/<slug:slug>/elsewhere
systems/<slug:slug>/mlbom.cdx.json
systems/<slug:slug>/elsewhere/
systems/<slug:slug>/objectives/
systems/<slug:slug>/measured/
api/v1/systems/<slug:slug>/computations/
systems/<slug:slug>/probe/
api/v1/systems/<slug:slug>/probes
systems/<slug:slug>/obligations/
systems/<slug:slug>/classification/
systems/<slug:slug>/assessments/
systems/<slug:slug>/profile/
systems/<slug:slug>/profile/controls/versions/
systems/<slug:slug>/profile/scope/versions/
systems/<slug:slug>/profile/behaviour/versions/
systems/<slug:slug>/documents/
systems/<slug:slug>/telemetry/
api/v1/systems/<slug:slug>/telemetry
api/v1/systems/<slug:slug>/metric-mappings
systems/<slug:slug>/versions/
systems/<slug:slug>/versions/<path:label>/
systems/<slug:slug>/life/
systems/<slug:slug>/life/evaluations/
api/v1/systems/<slug:slug>/
api/v1/systems/<slug:slug>/obligations
api/v1/systems/<slug:slug>/versions
api/v1/systems/<slug:slug>/versions/<path:label>/
api/v1/systems/<slug:slug>/classifications
api/v1/systems/<slug:slug>/assessments
api/v1/systems/<slug:slug>/gates
api/v1/systems/<slug:slug>/fallback-checks
api/v1/systems/<slug:slug>/evaluation-plans
api/v1/systems/<slug:slug>/evaluation-runs
api/v1/systems/<slug:slug>/documents
api/v1/systems/<slug:slug>/products
api/v1/systems/<slug:slug>/state
api/v1/series/<int:series_id>/readings
"""

CASE = """
committee/<str:number>/procedure/
api/v1/motions/<str:number>/recorded-votes
incidents/<str:number>/parts/
api/v1/incidents/<str:number>/parts
api/v1/incidents/<str:number>/family
api/v1/incidents/<str:number>/together
incidents/<str:number>/deadlines/
api/v1/incidents/<str:number>/deadlines
api/v1/incidents/<str:number>/held
systems/<slug:slug>/kpis/<int:series_id>/readings.csv
systems/<slug:slug>/kpis/<int:series_id>/
systems/<slug:slug>/scorecard.csv
systems/<slug:slug>/
incidents/<str:number>/
incidents/<str:number>/record.csv
incidents/<str:number>/comments/
api/v1/incidents/<str:number>/comments/
api/v1/incidents/<str:number>/links/
api/v1/incidents/<str:number>/people
api/v1/incidents/<str:number>/look
api/v1/incidents/<str:number>/findings-draft
incidents/<str:number>/reports/
api/v1/incidents/<str:number>/clocks
committee/<str:number>/
api/v1/incidents/<str:number>/
api/v1/incidents/<str:number>/notes
api/v1/incidents/<str:number>/tickets
api/v1/incidents/<str:number>/escalations
api/v1/incidents/<str:number>/mismatches
api/v1/motions/<str:number>/
"""

ACCESS = """
people/
people/access/
people/access.csv
people/new/
units/
units/new/
api/v1/people/
api/v1/access/
api/v1/units/
"""

WITHIN = """
people/<uuid:person_id>/
people/<uuid:person_id>/edit/
people/<uuid:person_id>/roles/
people/<uuid:person_id>/leave/
people/<uuid:person_id>/delegations/
people/roles/<uuid:role_id>/end/
units/<uuid:unit_id>/
units/<uuid:unit_id>/rename/
units/<uuid:unit_id>/move/
api/v1/people/<uuid:person_id>/
api/v1/people/<uuid:person_id>/roles
api/v1/people/<uuid:person_id>/leaves
api/v1/people/<uuid:person_id>/delegations
"""

ADMIN = """
people/<uuid:person_id>/leaving/
api/v1/people/<uuid:person_id>/leaving
"""

TOP = """
ledger/verifications/
api/v1/ledger/verifications
"""

KEEPING = """
erasures/
api/v1/erasures/
retention/
retention/preview/
api/v1/retention/
api/v1/retention/preview
"""

MACHINE = """
metrics
"""

SECOND_LINE = """
authority-requests/new/
"""

REQUESTS = """
authority-requests/
api/v1/authority-requests/
"""

CONTROLS = """
controls/
controls/readiness/
api/v1/controls/
api/v1/controls/readiness
controls/statements/
controls/frameworks/
controls/frameworks/bring/
api/v1/own-frameworks/
controls/uploads/
controls/gaps/
controls/gaps/list.csv
api/v1/control-statements/
api/v1/control-uploads/
api/v1/control-gaps/
"""

CONTROLLED = """
systems/<slug:slug>/controls/
"""

AUDITED = """
audit/
audit/sample/
api/v1/audit/room
"""

ASKED = """
audit/questions/
audit/questions/list.csv
api/v1/audit/questions
"""

CHANGE = """
audit/questions/<str:number>/<slug:act>/
api/v1/audit/questions/<str:number>/answers
api/v1/audit/questions/<str:number>/evidence
api/v1/audit/questions/<str:number>/return
api/v1/audit/questions/<str:number>/acceptance
api/v1/audit/questions/<str:number>/withdrawal
committee/<str:number>/procedure/<slug:act>/
meetings/<str:number>/<slug:act>/
minutes/<str:number>/<slug:act>/
api/v1/ballot-lists
api/v1/meetings/<str:number>/items
api/v1/meetings/<str:number>/items/<uuid:item_id>/lift
api/v1/meetings/<str:number>/items/<uuid:item_id>/note
api/v1/meetings/<str:number>/open
api/v1/meetings/<str:number>/end
api/v1/meetings/<str:number>/cancel
api/v1/meetings/<str:number>/attendance
api/v1/meetings/<str:number>/consent
api/v1/motions/<str:number>/meeting-demands
api/v1/motions/<str:number>/recorded-votes/<int:recorded_id>/countersign
api/v1/motions/<str:number>/dissents
api/v1/motions/<str:number>/recorded-decisions
api/v1/motions/<str:number>/recorded-decisions/<uuid:recorded_id>/certify
api/v1/motions/<str:number>/recorded-decisions/<uuid:recorded_id>/refuse
api/v1/minutes/<str:number>/sign
api/v1/minutes/<str:number>/addenda
api/v1/minutes/<str:number>/narratives
incidents/<str:number>/comments/<uuid:comment_id>/withdraw/
api/v1/incidents/<str:number>/comments/<uuid:comment_id>/withdrawal
incidents/<str:number>/ask/<slug:command>/
incidents/<str:number>/notes/<uuid:note_id>/release/
api/v1/incidents/<str:number>/ask/<slug:command>
api/v1/incidents/<str:number>/notes/<uuid:note_id>/release
api/v1/incidents/<str:number>/notes/<uuid:note_id>/release/agreement
authority-requests/<str:number>/<slug:act>/
authority-requests/<str:number>/withheld/<uuid:item_id>/
api/v1/authority-requests/<str:number>/answers
api/v1/authority-requests/<str:number>/evidence
api/v1/authority-requests/<str:number>/withheld
api/v1/authority-requests/<str:number>/withheld/<uuid:item_id>/approval
api/v1/authority-requests/<str:number>/ready
api/v1/authority-requests/<str:number>/back
api/v1/authority-requests/<str:number>/send
api/v1/authority-requests/<str:number>/receipt
api/v1/incidents/<str:number>/recalculation
api/v1/on-call/rotas/<uuid:unit_id>
api/v1/on-call/shifts/<uuid:shift_id>/end
api/v1/calls/<uuid:call_id>/answer
api/v1/drills/<uuid:drill_id>/end
api/v1/containments/<uuid:containment_id>/receipts
api/v1/standing-orders/<uuid:order_id>/votes
api/v1/standing-orders/<uuid:order_id>/drills
api/v1/standing-orders/<uuid:order_id>/withdrawal
api/v1/clock-rules/<slug:rule>/counsel-date
api/v1/acceptance-proposals/<str:number>/rejection
api/v1/labels
api/v1/systems/<slug:slug>/computations/<uuid:computation_id>/stop
api/v1/systems/<slug:slug>/computations/<uuid:computation_id>/resume
api/v1/silences/<uuid:mute_id>/approve
api/v1/silences/<uuid:mute_id>/refuse
api/v1/silences/<uuid:mute_id>/end
api/v1/series/<int:series_id>/retirement
api/v1/voids/<uuid:request_id>/decision
api/v1/canary-sets/<uuid:set_id>/approve
systems/<slug:slug>/kpis/<int:series_id>/retirement/
systems/<slug:slug>/canary/<uuid:set_id>/
voids/<uuid:request_id>/
api/v1/histograms
api/v1/baselines/<uuid:baseline_id>/approve
api/v1/baselines/<uuid:baseline_id>/withdraw
api/v1/systems/<slug:slug>/rule-attestations
api/v1/kpi-drafts/<uuid:definition_id>/approve
api/v1/kpi-drafts/<uuid:definition_id>/decline
api/v1/kpis/<slug:kpi_id>/switch
api/v1/answer-reviews/<uuid:review_id>/verdict
api/v1/systems/<slug:slug>/answers/<str:key>/looks
api/v1/systems/<slug:slug>/label-sets
answers/<slug:slug>/labels.jsonl
exchange/registries/<uuid:registry_id>/read
exchange/registries/<uuid:registry_id>/switch
exchange/<uuid:import_id>/settle
exchange/<uuid:import_id>/apply
exchange/<uuid:import_id>/withdraw
first-steps/samples/add
first-steps/samples/remove
first-steps/hide
api/v1/first-steps/people
api/v1/first-steps/profile
api/v1/first-steps/committee
api/v1/first-steps/systems/<slug:slug>/kpis
api/v1/samples
api/v1/samples/remove
notifications/read
notifications/<uuid:message_id>/read
notifications/<uuid:message_id>/unread
api/v1/me/notifications/read
api/v1/me/notifications/<uuid:message_id>/read
api/v1/me/notifications/<uuid:message_id>/unread
operations/messages/requeue
operations/messages/<uuid:message_id>/requeue
api/v1/messages/requeue
api/v1/messages/<uuid:message_id>/requeue
incidents/<str:number>/tickets/
api/v1/tickets/<uuid:ticket_id>/notes
me/notices/trial
api/v1/me/notices/trial
api/v1/me/language
desk/views/<uuid:view_id>/remove/
api/v1/desk/views/<uuid:view_id>
api/v1/desk/together
api/v1/desk/acknowledge
api/v1/desk/assign
api/v1/desk/close-small
api/v1/tokens/<slug:token_key>/rotate
api/v1/tokens/<slug:token_key>/revoke
api/v1/imports/<uuid:import_id>/settle
api/v1/imports/<uuid:import_id>/apply
api/v1/imports/<uuid:import_id>/withdraw
api/v1/model-registries/<uuid:registry_id>/switch
api/v1/model-registries/<uuid:registry_id>/read
api/v1/systems/<slug:slug>/scope/check
api/v1/systems/<slug:slug>/controls/<int:version>/approve
api/v1/systems/<slug:slug>/controls/<int:version>/withdraw
api/v1/systems/<slug:slug>/scope/<int:version>/approve
api/v1/systems/<slug:slug>/scope/<int:version>/withdraw
api/v1/systems/<slug:slug>/behaviour/<int:version>/approve
api/v1/systems/<slug:slug>/behaviour/<int:version>/withdraw
api/v1/systems/<slug:slug>/dependencies/<uuid:row_id>/end
api/v1/systems/<slug:slug>/data-sources/<uuid:row_id>/end
api/v1/systems/<slug:slug>/knowledge-owners/<uuid:row_id>/end
ledger/lists/
papers/<slug:kind>/
packs/<str:number>/again
incidents/<str:number>/<slug:command>/
people/access/<uuid:role_id>/confirm
people/setup/<uuid:exception_id>/confirm
people/glass/<uuid:glass_id>/end
people/leave/<uuid:leave_id>/end
people/<uuid:person_id>/invite
committee/<str:number>/<slug:act>/
theme/
language/
systems/<slug:slug>/classification/start/
systems/<slug:slug>/classification/submit/
systems/<slug:slug>/classification/confirm/
systems/<slug:slug>/classification/back/
systems/<slug:slug>/classification/reopen/
systems/<slug:slug>/classification/tier/
systems/<slug:slug>/classification/tier-agree/
systems/<slug:slug>/classification/tier-decline/
systems/<slug:slug>/profile/dependencies/<uuid:row_id>/end/
systems/<slug:slug>/profile/data/<uuid:row_id>/end/
systems/<slug:slug>/profile/knowledge/<uuid:row_id>/end/
documents/<uuid:document_id>/<slug:act>/
suppliers/<slug:slug>/<slug:act>/
api/v1/systems/<slug:slug>/classification/reopen
api/v1/systems/<slug:slug>/classifications/<int:number>/submit
api/v1/systems/<slug:slug>/classifications/<int:number>/confirm
api/v1/systems/<slug:slug>/classifications/<int:number>/send-back
api/v1/systems/<slug:slug>/tier
api/v1/systems/<slug:slug>/tier/decision
api/v1/systems/<slug:slug>/assessments/<slug:kind>/<int:number>/submit
api/v1/systems/<slug:slug>/assessments/<slug:kind>/<int:number>/approve
api/v1/systems/<slug:slug>/assessments/<slug:kind>/<int:number>/send-back
api/v1/systems/<slug:slug>/assessments/<slug:kind>/<int:number>/notify
api/v1/systems/<slug:slug>/lifecycle
api/v1/systems/<slug:slug>/versions/<path:label>/approve
api/v1/systems/<slug:slug>/versions/<path:label>/revoke
api/v1/systems/<slug:slug>/versions/<path:label>/market
api/v1/systems/<slug:slug>/evaluation-plans/<int:number>/approve
api/v1/systems/<slug:slug>/evaluation-plans/<int:number>/scenarios/<int:place>/drill
api/v1/systems/<slug:slug>/deployments
api/v1/documents/<uuid:document_id>/versions
api/v1/documents/<uuid:document_id>/versions/<int:number>/review
api/v1/documents/<uuid:document_id>/withdraw
api/v1/suppliers/<slug:supplier>/reviews
api/v1/suppliers/<slug:supplier>/products
api/v1/systems/<slug:slug>/products/<uuid:use_id>/end
api/v1/concerns/new
api/v1/concerns/receipt
api/v1/roles/<uuid:role_id>/end
api/v1/roles/<uuid:role_id>/confirm
api/v1/leaves/<uuid:leave_id>/end
api/v1/delegations/<uuid:delegation_id>/end
api/v1/break-glass/<uuid:glass_id>/end
api/v1/break-glass/<uuid:glass_id>/review
api/v1/setup-exceptions/<uuid:exception_id>/confirm
api/v1/units/<uuid:unit_id>/name
api/v1/incidents/<str:number>/commands/<slug:command>
api/v1/actions/<uuid:action_id>/receipts
api/v1/programmes/<uuid:action_id>/batches
api/v1/programmes/<uuid:action_id>/signatures
api/v1/measurements
api/v1/decisions
api/v1/heartbeats
connectors/<uuid:connector_id>/try/
connectors/<uuid:connector_id>/poll/
connectors/<uuid:connector_id>/switch/
api/v1/connectors/<uuid:connector_id>/poll
api/v1/connectors/<uuid:connector_id>/report
api/v1/connectors/<uuid:connector_id>/try
api/v1/connectors/<uuid:connector_id>/switch
uploads/<uuid:upload_id>/settle/
uploads/<uuid:upload_id>/import/
uploads/<uuid:upload_id>/withdraw/
api/v1/uploads/<uuid:upload_id>/settle
api/v1/uploads/<uuid:upload_id>/import
api/v1/uploads/<uuid:upload_id>/withdraw
api/v1/otlp/v1/traces
api/v1/otlp/v1/metrics
api/v1/alerts
api/v1/systems/<slug:slug>/metric-mappings/<uuid:mapping_id>/end
api/v1/thresholds/versions/<uuid:version_id>/approve
api/v1/trend-rules/<uuid:version_id>/approve
api/v1/trend-rules/<uuid:version_id>/end
api/v1/error-budgets/<uuid:version_id>/approve
api/v1/error-budgets/<uuid:version_id>/end
api/v1/guardrails/<uuid:version_id>/approve
api/v1/guardrails/<uuid:version_id>/end
api/v1/incident-reports
api/v1/incidents/<str:number>/motions
api/v1/incidents/<str:number>/escalations/acknowledge
incidents/<str:number>/deadlines/taken
api/v1/me/interests/<uuid:interest>/end
me/interests/<uuid:interest>/end/
committee/<str:number>/conditions/<int:condition>/<slug:act>/
committee/<str:number>/recusal-requests/<int:request_id>/
api/v1/motions/<str:number>/edits
api/v1/motions/<str:number>/closing-time
api/v1/motions/<str:number>/in-writing
api/v1/motions/<str:number>/returns
api/v1/motions/<str:number>/recusal-requests
api/v1/motions/<str:number>/recusal-requests/<int:request_id>
api/v1/motions/<str:number>/voids
api/v1/motions/<str:number>/casting
api/v1/motions/<str:number>/conditions/<int:condition>/shown
api/v1/motions/<str:number>/conditions/<int:condition>/settled
api/v1/motions/<str:number>/convene
api/v1/motions/<str:number>/withdraw
api/v1/motions/<str:number>/send-up
api/v1/motions/<str:number>/recusals
api/v1/motions/<str:number>/substitutes
api/v1/motions/<str:number>/ballots
api/v1/motions/<str:number>/close
api/v1/watches/<uuid:watch_id>/answer
api/v1/policies/<uuid:policy_id>/approve
api/v1/concerns/<str:number>/open
api/v1/concerns/<str:number>/lines
api/v1/concerns/<str:number>/dismiss
api/v1/concerns/<str:number>/dismissal
api/v1/concerns/<str:number>/case
api/v1/packs/<str:number>/again
api/v1/reports/<str:number>/draw
api/v1/reports/<str:number>/issue
api/v1/reports/<str:number>/withdraw
api/v1/consequence-factors/<uuid:factor_id>/approve
api/v1/consequence-factors/<uuid:factor_id>/withdraw
api/v1/control-statements/<uuid:statement_id>/approve
api/v1/control-statements/<uuid:statement_id>/withdraw
api/v1/control-uploads/<uuid:upload_id>/review
api/v1/control-uploads/<uuid:upload_id>/withdraw
api/v1/control-gaps/<uuid:gap_id>/close
api/v1/own-frameworks/preview
api/v1/own-frameworks/<uuid:version_id>/approve
api/v1/own-frameworks/<uuid:version_id>/refuse
api/v1/own-frameworks/<uuid:version_id>/withdraw
api/v1/retention/rules/<slug:kind>
api/v1/retention/holds
api/v1/retention/holds/<uuid:hold_id>/end
api/v1/erasures/<uuid:request_id>/confirm
api/v1/erasures/<uuid:request_id>/decline
api/v1/ledger/lists
api/v1/papers/<slug:kind>
"""

ABSENT = """
calendar/<str:secret>.ics
audit/sample.csv
api/v1/audit/sample
audit/questions/<str:number>/
api/v1/audit/questions/<str:number>
controls/statements/<uuid:statement_id>/
controls/frameworks/<uuid:version_id>/
controls/frameworks/<uuid:version_id>/framework.yaml
api/v1/own-frameworks/<uuid:version_id>
api/v1/own-frameworks/<uuid:version_id>/text
controls/statements/<uuid:statement_id>/list.csv
controls/uploads/<uuid:upload_id>/
controls/uploads/<uuid:upload_id>/file
controls/gaps/<uuid:gap_id>/
api/v1/control-statements/<uuid:statement_id>
api/v1/control-uploads/<uuid:upload_id>
api/v1/control-uploads/<uuid:upload_id>/file
api/v1/control-gaps/<uuid:gap_id>
controls/<slug:key>/
controls/<slug:key>/list.csv
controls/<slug:key>/<str:provision_id>/
api/v1/controls/<slug:key>
api/v1/controls/<slug:key>/<str:provision_id>
committee/<str:number>/procedure/document
meetings/<str:number>/
meetings/<str:number>/screen/
meetings/<str:number>/papers/
minutes/<str:number>/
minutes/<str:number>/minutes.docx
minutes/<str:number>/narratives/<int:narrative>
api/v1/meetings/<str:number>/
api/v1/minutes/<str:number>/
authority-requests/<str:number>/
api/v1/authority-requests/<str:number>/
programmes/<uuid:action_id>/
api/v1/programmes/<uuid:action_id>
drills/<uuid:drill_id>/
api/v1/drills/<uuid:drill_id>
calls/<uuid:call_id>/
standing-orders/<uuid:order_id>/
api/v1/standing-orders/<uuid:order_id>/
incidents/<str:number>/reports/<slug:template>/
incidents/<str:number>/reports/<slug:template>/<int:version>/
incidents/<str:number>/reports/<slug:template>/<int:version>/report.json
incidents/<str:number>/reports/<slug:template>/<int:version>/report.txt
api/v1/incidents/<str:number>/reports/<slug:template>
acceptances/<str:number>/
acceptances/proposals/<str:number>/
api/v1/acceptances/<str:number>/
silences/<uuid:mute_id>/
api/v1/silences/<uuid:mute_id>/
api/v1/canary-sets/<uuid:set_id>/runs
systems/<slug:slug>/kpis/<int:series_id>/baseline/<uuid:baseline_id>/<slug:act>/
systems/<slug:slug>/thresholds/new/
systems/<slug:slug>/thresholds/<uuid:version_id>/
api/v1/backtests/<uuid:backtest_id>/
kpis/<slug:kpi_id>/
kpis/<slug:kpi_id>/change/
kpis/drafts/<uuid:definition_id>/
api/v1/kpis/<slug:kpi_id>/
api/v1/kpis/<slug:kpi_id>/proposal
api/v1/kpis/<slug:kpi_id>/uses
kpis/<slug:kpi_id>/switch/
api/v1/kpis/<slug:kpi_id>/definitions
systems/<slug:slug>/scorecard/<slug:kpi_id>/
answers/<slug:slug>/<str:key>/
api/v1/systems/<slug:slug>/answers/<str:key>/
api/v1/systems/<slug:slug>/answers/<str:key>/reviews
connectors/<uuid:connector_id>/
connectors/doors/<int:state_id>/
connectors/doors/<int:state_id>/refused.csv
api/v1/doors/<int:state_id>/
api/v1/doors/<int:state_id>/refused
connectors/<uuid:connector_id>/change/
api/v1/connectors/<uuid:connector_id>/
api/v1/connectors/<uuid:connector_id>/runs
uploads/<uuid:upload_id>/
api/v1/uploads/<uuid:upload_id>/
api/v1/uploads/<uuid:upload_id>/faults
systems/<slug:slug>/telemetry/<uuid:mapping_id>/end/
tokens/<slug:token_key>/
tokens/<slug:token_key>/rotate/
tokens/<slug:token_key>/revoke/
exchange/<uuid:import_id>/
api/v1/tokens/<slug:token_key>
api/v1/imports/<uuid:import_id>
api/v1/imports/<uuid:import_id>/rows
api/v1/systems/<slug:slug>/data-sources/<uuid:row_id>
watches/<uuid:watch_id>/
packs/<str:number>/
packs/<str:number>/download
reports/<str:number>/
consequence-factors/<uuid:factor_id>/
retention/rules/<slug:kind>/
retention/holds/<uuid:hold_id>/
erasures/<uuid:request_id>/
ledger/lists/<uuid:printout_id>/
papers/made/<uuid:paper_id>/
papers/made/<uuid:paper_id>/file
api/v1/papers/made/<uuid:paper_id>
api/v1/papers/made/<uuid:paper_id>/file
ledger/lists/<uuid:printout_id>/file
people/glass/<uuid:glass_id>/
people/delegations/<uuid:delegation_id>/end/
ledger/verifications/<uuid:run_id>/
ledger/checkpoints/<int:size>/
ledger/checkpoints/<int:size>/note
ledger/checkpoints/<int:size>/<int:place>.tsr
law/<slug:key>/
law/<slug:key>/<str:provision_id>/
systems/<slug:slug>/classification/<int:number>/
systems/<slug:slug>/classification/<int:number>/<slug:section>/
systems/<slug:slug>/assessments/<slug:kind>/<int:number>/
systems/<slug:slug>/assessments/<slug:kind>/<int:number>/edit/
systems/<slug:slug>/assessments/<slug:kind>/<int:number>/submit/
systems/<slug:slug>/assessments/<slug:kind>/<int:number>/approve/
systems/<slug:slug>/assessments/<slug:kind>/<int:number>/back/
systems/<slug:slug>/assessments/<slug:kind>/<int:number>/notify/
systems/<slug:slug>/objectives/<slug:kind>/
systems/<slug:slug>/objectives/<slug:kind>/<uuid:version_id>/approve/
systems/<slug:slug>/objectives/<slug:kind>/<uuid:version_id>/end/
systems/<slug:slug>/profile/data/<uuid:source_id>/
systems/<slug:slug>/profile/controls/<int:version>/
systems/<slug:slug>/profile/controls/<int:version>/approve/
systems/<slug:slug>/profile/controls/<int:version>/withdraw/
systems/<slug:slug>/profile/scope/<int:version>/
systems/<slug:slug>/profile/scope/<int:version>/approve/
systems/<slug:slug>/profile/scope/<int:version>/withdraw/
systems/<slug:slug>/profile/behaviour/<int:version>/
systems/<slug:slug>/profile/behaviour/<int:version>/approve/
systems/<slug:slug>/profile/behaviour/<int:version>/withdraw/
systems/<slug:slug>/life/evaluations/<int:number>/
systems/<slug:slug>/life/evaluations/runs/<uuid:run_id>/
documents/<uuid:document_id>/
documents/<uuid:document_id>/versions/<int:number>/file
incidents/<str:number>/comments/files/<uuid:file_id>
api/v1/incidents/<str:number>/comments/files/<uuid:file_id>
suppliers/<slug:slug>/
suppliers/<slug:slug>/notice/
suppliers/<slug:slug>/notices/<uuid:notice_id>/
^concerns/(?P<number>CON-\\d{4}-\\d{4,12})/$
^concerns/(?P<number>CON-\\d{4}-\\d{4,12})/(?P<act>[a-z]+)/$
api/v1/law/provisions/<str:key>
api/v1/law/questionnaires/<slug:slug>
api/v1/systems/<slug:slug>/classifications/<int:number>
api/v1/systems/<slug:slug>/assessments/<slug:kind>/<int:number>
api/v1/systems/<slug:slug>/evaluation-plans/<int:number>
api/v1/systems/<slug:slug>/evaluation-runs/<uuid:run_id>
api/v1/documents/<uuid:document_id>/
api/v1/documents/<uuid:document_id>/versions/<int:number>/file
api/v1/suppliers/<slug:supplier>/
api/v1/suppliers/<slug:supplier>/notices
api/v1/suppliers/<slug:supplier>/notices/<uuid:notice_id>/
api/v1/concerns/<str:number>/
api/v1/ledger/checkpoints/<int:size>
api/v1/ledger/verifications/<uuid:run_id>
api/v1/packs/<str:number>/
api/v1/packs/<str:number>/download
api/v1/reports/<str:number>
api/v1/consequence-factors/<uuid:factor_id>
api/v1/ledger/lists/<uuid:printout_id>
api/v1/ledger/lists/<uuid:printout_id>/file
"""

# Their answer turns on more than role and unit (whose step it is, what is kept); the walk still
# holds that nobody gets an error, and that a stranger reads nothing of another unit.
OPEN = """
reports/new/
meetings/new/
on-call/<uuid:unit_id>/
api/v1/on-call/rotas/<uuid:unit_id>/shifts
operations/engine/
api/v1/engine
systems/<slug:slug>/measured/<uuid:computation_id>/
api/v1/series/<int:series_id>/improvement
kpis/new/
exchange/
exchange/organisation/
exchange/registries/
exchange/mlbom.cdx.json
tokens/
tokens/new/
operations/messages/
api/v1/messages
connectors/new/
api/v1/tokens
api/v1/imports
api/v1/model-registries
api/v1/mlbom
api/v1/organisation/exports
api/v1/units/<uuid:unit_id>/move
api/v1/calendars/<uuid:calendar_id>/holidays
api/v1/calendars/<uuid:calendar_id>/days
concerns/
people/<uuid:person_id>/edit/
incidents/<str:number>/motion/
incidents/<str:number>/notes/
systems/new/
first-steps/system/
systems/<slug:slug>/regimes/
systems/<slug:slug>/assessments/new/
systems/<slug:slug>/profile/edit/
systems/<slug:slug>/profile/dependencies/
systems/<slug:slug>/profile/data/
systems/<slug:slug>/profile/knowledge/
systems/<slug:slug>/profile/controls/
systems/<slug:slug>/profile/scope/
systems/<slug:slug>/profile/behaviour/
systems/<slug:slug>/version-draft/
systems/<slug:slug>/life/fallback/
systems/<slug:slug>/life/evaluations/new/
systems/<slug:slug>/life/evaluations/runs/new/
concerns/named/
law/updates/
law/organisation/
documents/
documents/expiring/
suppliers/
ledger/checkpoint
ledger/checkpoints/
ledger/<int:number>/
ledger/<int:number>/line.json
ledger/<int:number>/proof.tlog-proof
api/v1/law/frameworks/
api/v1/law/provisions/
api/v1/law/milestones/
api/v1/law/clock-rules/
api/v1/law/organisation
api/v1/law/updates/
api/v1/systems/<slug:slug>/classification
api/v1/systems/<slug:slug>/regimes
api/v1/systems/<slug:slug>/ran
api/v1/documents/
api/v1/documents/expiring
api/v1/suppliers/
api/v1/concerns/
api/v1/stored
api/v1/ledger/entries/<int:number>
api/v1/ledger/entries/<int:number>/proof
api/v1/ledger/checkpoints
api/v1/ledger/keys
"""

# Whole branches that packages bring: sign-in and one's own account; Django's administration, which
# shows nothing to who is no staff.
BRANCHES = {"accounts/": "account", "admin/": "admin site"}

TABLE: dict[str, str] = {}
for _audience, _lines in (
    ("public", PUBLIC),
    ("person", PERSON),
    ("system", SYSTEM),
    ("case", CASE),
    ("access", ACCESS),
    ("within", WITHIN),
    ("admin", ADMIN),
    ("top", TOP),
    ("keeping", KEEPING),
    ("change", CHANGE),
    ("absent", ABSENT),
    ("requests", REQUESTS),
    ("controls", CONTROLS),
    ("controlled", CONTROLLED),
    ("audited", AUDITED),
    ("asked", ASKED),
    ("second", SECOND_LINE),
    ("machine", MACHINE),
    ("open", OPEN),
):
    for _line in _lines.splitlines()[1:]:
        TABLE[_line] = _audience

# What a service token with every scope gets: of its own system, never of another unit's.
TOKEN = frozenset(
    {
        "api/v1/clocks",
        "api/v1/incidents/<str:number>/clocks",
        "api/v1/me",
        "api/v1/systems/",
        "api/v1/systems/<slug:slug>/",
        "api/v1/systems/<slug:slug>/versions",
        "api/v1/systems/<slug:slug>/state",
        "api/v1/systems/<slug:slug>/probes",
        "api/v1/incidents/",
        "api/v1/figures",
        "api/v1/scorecards/",
        "api/v1/incidents/<str:number>/",
        "api/v1/acceptances/",
        "api/v1/acceptance-proposals/",
        "api/v1/series/",
        "api/v1/series/<int:series_id>/readings",
        "api/v1/series/<int:series_id>/voids",
        "api/v1/silences/",
        "api/v1/drills/",
        "api/v1/canary-sets/",
        "api/v1/kpis/",
        "api/v1/kpi-templates/",
        "api/v1/systems/<slug:slug>/scorecard",
        "api/v1/ledger/entries",
        "api/v1/controls/",
        "api/v1/controls/readiness",
    }
)

# Addresses that a token must never open, whatever its scopes.
PERSONS_ONLY = frozenset(
    {
        "api/v1/kpi-drafts/",
        "api/v1/people/",
        "api/v1/access/",
        "api/v1/units/",
        "api/v1/roles/",
        "api/v1/break-glass/",
        "api/v1/setup-exceptions/",
        "api/v1/erasures/",
        "api/v1/retention/",
    }
)

EVERY = (
    "owner", "deputy", "compliance", "risk", "secretary", "executive", "board", "auditor",
    "engineer", "emergency", "administrator", "employee", "member", "group",
)  # fmt: skip
# "group" is the auditor of the unit above all: reads everything, in every unit.
SEES = frozenset(EVERY) - {"employee", "member"}
LOOKS = frozenset({"compliance", "risk", "executive", "auditor", "administrator", "group"})
OF_AUDIENCE: dict[str, frozenset[str]] = {
    "public": frozenset(EVERY),
    "person": frozenset(EVERY),
    "system": SEES,
    "case": SEES | {"member"},
    "access": LOOKS,
    "within": LOOKS,
    "admin": frozenset({"administrator"}),
    "top": frozenset({"group"}),
    "keeping": LOOKS | {"board"},
    "requests": (LOOKS | {"board"}) - {"administrator"},
    "controls": (LOOKS | {"board", "owner", "deputy"}) - {"administrator"},
    "controlled": (LOOKS | {"board", "owner", "deputy"}) - {"administrator"},
    "second": frozenset({"compliance", "risk"}),
    "audited": frozenset({"compliance", "auditor", "administrator", "group"}),
    "asked": frozenset({"compliance", "auditor", "administrator", "group", "owner", "deputy"}),
    "machine": frozenset(),
    "change": frozenset(),
    "absent": frozenset(),
}
# Audiences to which a stranger of the same role belongs too, about their own unit.
ALSO_STRANGERS = frozenset(
    {"public", "person", "access", "keeping", "requests", "controls", "second", "audited", "asked"}
)
