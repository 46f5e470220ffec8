"""Documents, suppliers, products and notices."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("registry", "0010_statements")]

    operations: list[migrations.operations.base.Operation] = []
