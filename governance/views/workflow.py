"""The page of the workflow."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from governance.selectors.pages.workflow import workflow_page


@login_required
@require_GET
def workflow(request: HttpRequest) -> HttpResponse:
    """Show the states of an incident and every command, from the table that is executed."""
    return render(request, "governance/workflow.html", workflow_page())
