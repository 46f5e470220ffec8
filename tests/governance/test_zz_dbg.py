import datetime as dt, pytest
from outbox.models import Timer
from outbox.services.sweeps import sweep
from tests.governance.test_escalations import *
def test_dbg(of, incident):
    sweep(at=HALF+30*DAY)
    for t in Timer.objects.filter(subject_id=incident.pk).order_by('due_at'): print(t.key[-40:], t.due_at, t.state, t.last_error[-300:])
