import time, cProfile, pstats
from tests.faults.test_killed_sweep import *
from outbox.services.sweeps import sweep
def test_x(own_database):
    of = house()
    for _ in range(INCIDENTS): opened(of)
    steps=due_steps(); print(len(steps), Counter(Timer.objects.values_list("kind","state")))
    p=cProfile.Profile(); p.enable()
    t=time.time(); r=sweep(at=LATER); print(time.time()-t, r)
    p.disable(); pstats.Stats(p).sort_stats("cumtime").print_stats(35)
    print(Counter(Timer.objects.values_list("kind","state")), EscalationFiring.objects.count())
    t=time.time(); swept(own_database, at=LATER); print("process", time.time()-t)
