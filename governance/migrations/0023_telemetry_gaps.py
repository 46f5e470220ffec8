from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("governance", "0022_requests")]

    operations: list[object] = []
