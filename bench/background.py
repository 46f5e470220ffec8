"""The other design, for comparison: a reading is put on a queue, and a worker takes it in."""

import importlib
import os
import uuid

from celery import Celery

TASK = "bench.take_in"
POLLED_SECONDS = 0.01


def application(folder: str) -> Celery:
    """Return a Celery application on a broker in a folder."""
    app = Celery("bench", broker="filesystem://localhost/")
    app.conf.broker_transport_options = {
        "data_folder_in": folder,
        "data_folder_out": folder,
        "control_folder": f"{folder}/control",
        "polling_interval": POLLED_SECONDS,
    }
    app.conf.task_ignore_result = True
    app.conf.task_default_queue = "bench"
    return app


def take_in(body: str) -> None:
    """Take measurements in, as the request does in our design."""
    intake = importlib.import_module("governance.services.intake")
    parsing = importlib.import_module("telemetry.rules.parsing")
    rows = importlib.import_module("telemetry.rules.rows")
    context = importlib.import_module("ledger.context")
    actors = importlib.import_module("ledger.rules.actors")
    models = importlib.import_module("registry.models")
    clock = importlib.import_module("outbox.clock")
    actor = actors.Actor(kind="token", id=str(uuid.uuid4()), name="bench")
    with context.acting_as(actor):
        intake.take_in_measurements(
            delivery=parsing.parse_json(
                body.encode(), key="measurements", row=rows.MeasurementRow, most_rows=1000
            ),
            reach=models.System.objects.all(),
            actor=actor,
            at=clock.now(),
        )


def main() -> None:
    """Work until stopped."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    importlib.import_module("django").setup()
    app = application(os.environ["BROKER_DIR"])
    app.task(name=TASK)(take_in)
    app.worker_main(
        ["worker", "--pool", "solo", "--loglevel", "ERROR", "--without-gossip",
         "--without-mingle", "--without-heartbeat"]
    )  # fmt: skip


if __name__ == "__main__":
    main()
