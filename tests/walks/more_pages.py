"""The pages of every_page.py that gallery_more.py and gallery_written.py hold something for."""

MORE = """
people/roles/<uuid:role_id>/end/ | administrator | role_id=role
people/delegations/<uuid:delegation_id>/end/ | owner | delegation_id=delegation
people/glass/<uuid:glass_id>/ | compliance | glass_id=glass
people/glass/<uuid:glass_id>/ | auditor | glass_id=old_glass
kpis/<slug:kpi_id>/switch/ | compliance | kpi_id=kpi
kpis/<slug:kpi_id>/change/ | compliance | kpi_id=kpi
kpis/drafts/<uuid:definition_id>/ | verifier | definition_id=kpi_draft
kpis/drafts/<uuid:definition_id>/ | compliance | definition_id=kpi_draft
connectors/doors/<int:state_id>/ | engineer | state_id=door
systems/<slug:slug>/scorecard/<slug:kpi_id>/ | owner | kpi_id='accuracy
systems/<slug:slug>/measured/<uuid:computation_id>/ | engineer | computation_id=computation
systems/<slug:slug>/telemetry/<uuid:mapping_id>/end/ | engineer | mapping_id=mapping
tokens/<slug:token_key>/ | administrator | token_key=token
tokens/<slug:token_key>/ | administrator | token_key=newer_token
exchange/<uuid:import_id>/ | compliance | import_id=messy_import
exchange/<uuid:import_id>/ | compliance | import_id=applied_import
controls/frameworks/<uuid:version_id>/ | officer | version_id=framework
controls/frameworks/<uuid:version_id>/ | second | version_id=next_framework
retention/holds/<uuid:hold_id>/ | compliance | hold_id=hold
retention/holds/<uuid:hold_id>/ | auditor | hold_id=old_hold
erasures/<uuid:request_id>/ | executive | request_id=erasure
erasures/<uuid:request_id>/ | compliance | request_id=declined_erasure
ledger/verifications/ | auditor
ledger/verifications/<uuid:run_id>/ | auditor | run_id=done_verification
ledger/verifications/<uuid:run_id>/ | auditor | run_id=waiting_verification
ledger/checkpoints/<int:size>/ | auditor | size=size
law/<slug:key>/ | compliance | key='ai-act
law/<slug:key>/ | compliance | key='iso-42001
law/<slug:key>/ | compliance | key='nist-ai-rmf
law/<slug:key>/<str:provision_id>/ | compliance | key='ai-act provision_id='AIA-26.5
law/<slug:key>/<str:provision_id>/ | compliance | key='iso-42001 provision_id='ISO-A.6.2.8
systems/<slug:slug>/classification/ | verifier | slug=lender
systems/<slug:slug>/classification/<int:number>/ | owner | slug=lender number='1
systems/<slug:slug>/classification/<int:number>/ | owner | slug=lender number='2
systems/<slug:slug>/classification/<int:number>/<slug:section>/ \
    | owner | slug=lender number='2 section='system
systems/<slug:slug>/classification/<int:number>/<slug:section>/ \
    | owner | slug=lender number='2 section='uses
systems/<slug:slug>/classification/<int:number>/<slug:section>/ \
    | owner | slug=lender number='2 section='filter
systems/<slug:slug>/assessments/ | compliance | slug=lender
systems/<slug:slug>/assessments/<slug:kind>/<int:number>/ \
    | compliance | slug=lender kind='fria number='1
systems/<slug:slug>/assessments/<slug:kind>/<int:number>/ \
    | owner | slug=lender kind='fria number='2
systems/<slug:slug>/assessments/<slug:kind>/<int:number>/ \
    | compliance | slug=lender kind='system_impact number='1
systems/<slug:slug>/assessments/<slug:kind>/<int:number>/ \
    | owner | slug=lender kind='system_impact number='1
systems/<slug:slug>/assessments/<slug:kind>/<int:number>/edit/ \
    | owner | slug=lender kind='fria number='2
systems/<slug:slug>/objectives/<slug:kind>/<uuid:version_id>/approve/ \
    | deputy | kind='budget version_id=budget_draft
systems/<slug:slug>/objectives/<slug:kind>/<uuid:version_id>/approve/ \
    | deputy | kind='trend version_id=trend_draft
systems/<slug:slug>/objectives/<slug:kind>/<uuid:version_id>/approve/ \
    | owner | kind='guardrail version_id=pair_draft
systems/<slug:slug>/objectives/<slug:kind>/<uuid:version_id>/end/ \
    | owner | kind='budget version_id=budget
systems/<slug:slug>/profile/ | owner | slug=lender
systems/<slug:slug>/profile/data/<uuid:source_id>/ | owner | slug=lender source_id=source
systems/<slug:slug>/profile/controls/<int:version>/ | deputy | slug=lender version='2
systems/<slug:slug>/profile/scope/<int:version>/ | owner | slug=lender version='1
systems/<slug:slug>/profile/scope/<int:version>/ | deputy | slug=lender version='2
systems/<slug:slug>/profile/behaviour/<int:version>/ | owner | slug=lender version='1
systems/<slug:slug>/profile/behaviour/<int:version>/ | owner | slug=lender version='2
systems/<slug:slug>/profile/behaviour/<int:version>/ | deputy | slug=lender version='2
systems/<slug:slug>/life/evaluations/ | owner | slug=lender
systems/<slug:slug>/life/evaluations/<int:number>/ | owner | slug=lender number='1
systems/<slug:slug>/life/evaluations/<int:number>/ | risk | slug=lender number='2
systems/<slug:slug>/life/evaluations/runs/<uuid:run_id>/ | risk | slug=lender run_id=signed_run
systems/<slug:slug>/life/evaluations/runs/<uuid:run_id>/ \
    | engineer | slug=lender run_id=open_run
systems/<slug:slug>/life/evaluations/runs/new/ | engineer | slug=lender
systems/<slug:slug>/documents/ | owner | slug=lender
documents/<uuid:document_id>/ | deputy | document_id=document
documents/<uuid:document_id>/ | owner | document_id=contract
suppliers/<slug:slug>/ | compliance | slug=supplier
suppliers/<slug:slug>/ | auditor | slug=supplier
suppliers/<slug:slug>/notice/ | compliance | slug=supplier
suppliers/<slug:slug>/notices/<uuid:notice_id>/ | compliance | slug=supplier notice_id=notice
^concerns/(?P<number>CON-\\d{4}-\\d{4,12})/$ | compliance | number=unread_concern
^concerns/(?P<number>CON-\\d{4}-\\d{4,12})/$ | verifier | number=dismissed_concern
^concerns/(?P<number>CON-\\d{4}-\\d{4,12})/(?P<act>[a-z]+)/$ \
    | compliance | number=concern act='dismiss
"""
