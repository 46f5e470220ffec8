"""Documents, suppliers, products and notices."""

import django.db.models.deletion
import simple_history.models
import uuid
from django.conf import settings
from django.db import migrations, models

from ledger.append_only import AtOnce, Grouped, append_only, watch

# What a version holds is said once; only what people decide of it changes.
CONTENT = """
CREATE FUNCTION registry_guard_document_version() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
  decided text[] := '{state,reviewed_by_id,reviewed_at,review_reason,replaced_at}';
BEGIN
  IF to_jsonb(OLD) - decided = to_jsonb(NEW) - decided THEN RETURN NEW; END IF;
  RAISE EXCEPTION 'what version % of this document holds is fixed: % is refused', OLD.number, TG_OP
    USING ERRCODE = 'check_violation', CONSTRAINT = 'document_content_fixed', TABLE = TG_TABLE_NAME;
END $$;
CREATE TRIGGER document_content_fixed BEFORE UPDATE ON registry_documentversion
  FOR EACH ROW EXECUTE FUNCTION registry_guard_document_version();
ALTER TABLE registry_documentversion ENABLE ALWAYS TRIGGER document_content_fixed;
"""
NO_CONTENT = """
DROP TRIGGER document_content_fixed ON registry_documentversion;
DROP FUNCTION registry_guard_document_version();
"""


class Migration(Grouped):

    dependencies = [("registry", "0010_statements")]

    operations = [
        AtOnce(
            [
                migrations.CreateModel(
                    name='Document',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('kind', models.CharField(choices=[('technical', 'Technical documentation'), ('instructions', 'Instructions for use'), ('impact', 'Impact assessment'), ('data_protection', 'Data protection impact assessment'), ('model_card', 'Model card or data sheet'), ('test_report', 'Test or evaluation report'), ('conformity', 'Declaration or certificate of conformity'), ('contract', 'Contract or terms'), ('policy', 'Policy or procedure'), ('training', 'Training or competence record'), ('other', 'Another document')], max_length=16)),
                        ('title', models.CharField(max_length=160)),
                        ('version', models.IntegerField(default=1)),
                        ('created_at', models.DateTimeField()),
                        ('withdrawn_at', models.DateTimeField(null=True)),
                        ('withdrawn_reason', models.TextField(blank=True)),
                        ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('reviewer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('system', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='documents', to='registry.system')),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(condition=models.Q(('withdrawn_at__isnull', True)), fields=('system', 'title'), name='document_title_once', nulls_distinct=False), models.CheckConstraint(condition=models.Q(('owner', models.F('reviewer')), _negated=True), name='document_reviewer_is_another')],
                    },
                ),
                migrations.CreateModel(
                    name='HistoricalDocument',
                    fields=[
                        ('history_request_id', models.CharField(blank=True, max_length=64)),
                        ('history_channel', models.CharField(blank=True, max_length=16)),
                        ('history_actor', models.TextField(blank=True)),
                        ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                        ('kind', models.CharField(choices=[('technical', 'Technical documentation'), ('instructions', 'Instructions for use'), ('impact', 'Impact assessment'), ('data_protection', 'Data protection impact assessment'), ('model_card', 'Model card or data sheet'), ('test_report', 'Test or evaluation report'), ('conformity', 'Declaration or certificate of conformity'), ('contract', 'Contract or terms'), ('policy', 'Policy or procedure'), ('training', 'Training or competence record'), ('other', 'Another document')], max_length=16)),
                        ('title', models.CharField(max_length=160)),
                        ('version', models.IntegerField(default=1)),
                        ('created_at', models.DateTimeField()),
                        ('withdrawn_at', models.DateTimeField(null=True)),
                        ('withdrawn_reason', models.TextField(blank=True)),
                        ('history_user_id', models.UUIDField(null=True)),
                        ('history_change_reason', models.TextField(null=True)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('owner', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('reviewer', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('system', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registry.system')),
                    ],
                    options={
                        'verbose_name': 'historical document',
                        'verbose_name_plural': 'historical documents',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='HistoricalSupplier',
                    fields=[
                        ('history_request_id', models.CharField(blank=True, max_length=64)),
                        ('history_channel', models.CharField(blank=True, max_length=16)),
                        ('history_actor', models.TextField(blank=True)),
                        ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                        ('slug', models.SlugField(max_length=80)),
                        ('name', models.CharField(db_index=True, max_length=120)),
                        ('about', models.TextField(blank=True)),
                        ('contact', models.TextField(blank=True)),
                        ('website', models.URLField(blank=True, max_length=300)),
                        ('review_on', models.DateField(null=True)),
                        ('reviewed_at', models.DateTimeField(null=True)),
                        ('review_note', models.TextField(blank=True)),
                        ('ended_at', models.DateTimeField(null=True)),
                        ('version', models.IntegerField(default=1)),
                        ('created_at', models.DateTimeField()),
                        ('history_user_id', models.UUIDField(null=True)),
                        ('history_change_reason', models.TextField(null=True)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('keeper', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('reviewed_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'verbose_name': 'historical supplier',
                        'verbose_name_plural': 'historical suppliers',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='Supplier',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('slug', models.SlugField(max_length=80, unique=True)),
                        ('name', models.CharField(max_length=120, unique=True)),
                        ('about', models.TextField(blank=True)),
                        ('contact', models.TextField(blank=True)),
                        ('website', models.URLField(blank=True, max_length=300)),
                        ('review_on', models.DateField(null=True)),
                        ('reviewed_at', models.DateTimeField(null=True)),
                        ('review_note', models.TextField(blank=True)),
                        ('ended_at', models.DateTimeField(null=True)),
                        ('version', models.IntegerField(default=1)),
                        ('created_at', models.DateTimeField()),
                        ('keeper', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('reviewed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='Product',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('name', models.CharField(max_length=120)),
                        ('kind', models.CharField(choices=[('hosted_model', 'Hosted model'), ('service', 'Service'), ('data_set', 'Data set'), ('software', 'Software')], max_length=12)),
                        ('identity', models.CharField(blank=True, max_length=200)),
                        ('ended_at', models.DateTimeField(null=True)),
                        ('created_at', models.DateTimeField()),
                        ('supplier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='products', to='registry.supplier')),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('supplier', 'name'), name='product_name_once')],
                    },
                ),
                migrations.CreateModel(
                    name='DocumentVersion',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('number', models.IntegerField()),
                        ('sha256', models.CharField(db_index=True, max_length=64)),
                        ('size', models.BigIntegerField()),
                        ('media_type', models.CharField(max_length=100)),
                        ('name', models.CharField(max_length=200)),
                        ('note', models.TextField(blank=True)),
                        ('uploaded_at', models.DateTimeField()),
                        ('valid_from', models.DateField()),
                        ('expires_on', models.DateField(null=True)),
                        ('state', models.CharField(choices=[('draft', 'Waits for its review'), ('in_force', 'Reviewed, in force'), ('refused', 'Reviewed and refused'), ('replaced', 'Replaced')], default='draft', max_length=8)),
                        ('reviewed_at', models.DateTimeField(null=True)),
                        ('review_reason', models.TextField(blank=True)),
                        ('replaced_at', models.DateTimeField(null=True)),
                        ('document', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='registry.document')),
                        ('reviewed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('uploaded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'indexes': [models.Index(condition=models.Q(('state', 'in_force')), fields=['expires_on'], name='document_expiring')],
                        'constraints': [models.UniqueConstraint(fields=('document', 'number'), name='document_version_number'), models.UniqueConstraint(condition=models.Q(('state', 'in_force')), fields=('document',), name='one_document_in_force'), models.CheckConstraint(condition=models.Q(('reviewed_by__isnull', True), models.Q(('reviewed_by', models.F('uploaded_by')), _negated=True), _connector='OR'), name='document_reviewed_by_another'), models.CheckConstraint(condition=models.Q(('expires_on__isnull', True), ('expires_on__gt', models.F('valid_from')), _connector='OR'), name='document_expires_after_start')],
                    },
                ),
                migrations.CreateModel(
                    name='HistoricalDocumentVersion',
                    fields=[
                        ('history_request_id', models.CharField(blank=True, max_length=64)),
                        ('history_channel', models.CharField(blank=True, max_length=16)),
                        ('history_actor', models.TextField(blank=True)),
                        ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                        ('number', models.IntegerField()),
                        ('sha256', models.CharField(db_index=True, max_length=64)),
                        ('size', models.BigIntegerField()),
                        ('media_type', models.CharField(max_length=100)),
                        ('name', models.CharField(max_length=200)),
                        ('note', models.TextField(blank=True)),
                        ('uploaded_at', models.DateTimeField()),
                        ('valid_from', models.DateField()),
                        ('expires_on', models.DateField(null=True)),
                        ('state', models.CharField(choices=[('draft', 'Waits for its review'), ('in_force', 'Reviewed, in force'), ('refused', 'Reviewed and refused'), ('replaced', 'Replaced')], default='draft', max_length=8)),
                        ('reviewed_at', models.DateTimeField(null=True)),
                        ('review_reason', models.TextField(blank=True)),
                        ('replaced_at', models.DateTimeField(null=True)),
                        ('history_user_id', models.UUIDField(null=True)),
                        ('history_change_reason', models.TextField(null=True)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('document', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registry.document')),
                        ('reviewed_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('uploaded_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'verbose_name': 'historical document version',
                        'verbose_name_plural': 'historical document versions',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='HistoricalProduct',
                    fields=[
                        ('history_request_id', models.CharField(blank=True, max_length=64)),
                        ('history_channel', models.CharField(blank=True, max_length=16)),
                        ('history_actor', models.TextField(blank=True)),
                        ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                        ('name', models.CharField(max_length=120)),
                        ('kind', models.CharField(choices=[('hosted_model', 'Hosted model'), ('service', 'Service'), ('data_set', 'Data set'), ('software', 'Software')], max_length=12)),
                        ('identity', models.CharField(blank=True, max_length=200)),
                        ('ended_at', models.DateTimeField(null=True)),
                        ('created_at', models.DateTimeField()),
                        ('history_user_id', models.UUIDField(null=True)),
                        ('history_change_reason', models.TextField(null=True)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('supplier', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registry.supplier')),
                    ],
                    options={
                        'verbose_name': 'historical product',
                        'verbose_name_plural': 'historical products',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='SupplierNotice',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('kind', models.CharField(choices=[('change', 'Change of the product'), ('end_of_life', 'End of life'), ('incident', 'Incident at the supplier'), ('vulnerability', 'Vulnerability'), ('terms', 'Change of terms')], max_length=13)),
                        ('title', models.CharField(max_length=160)),
                        ('text', models.TextField()),
                        ('link', models.URLField(blank=True, max_length=500)),
                        ('effective_on', models.DateField(null=True)),
                        ('received_at', models.DateTimeField()),
                        ('recorded_at', models.DateTimeField()),
                        ('received_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('recorded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('supplier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notices', to='registry.supplier')),
                    ],
                    options={
                        'abstract': False,
                    },
                ),
                migrations.CreateModel(
                    name='HistoricalProductUse',
                    fields=[
                        ('history_request_id', models.CharField(blank=True, max_length=64)),
                        ('history_channel', models.CharField(blank=True, max_length=16)),
                        ('history_actor', models.TextField(blank=True)),
                        ('id', models.UUIDField(db_index=True, default=uuid.uuid4)),
                        ('since', models.DateField()),
                        ('until', models.DateField(null=True)),
                        ('note', models.TextField(blank=True)),
                        ('recorded_at', models.DateTimeField()),
                        ('history_user_id', models.UUIDField(null=True)),
                        ('history_change_reason', models.TextField(null=True)),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField(db_index=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('recorded_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('system', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registry.system')),
                        ('product', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='registry.product')),
                    ],
                    options={
                        'verbose_name': 'historical product use',
                        'verbose_name_plural': 'historical product uses',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ),
                migrations.CreateModel(
                    name='ProductUse',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('since', models.DateField()),
                        ('until', models.DateField(null=True)),
                        ('note', models.TextField(blank=True)),
                        ('recorded_at', models.DateTimeField()),
                        ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='uses', to='registry.product')),
                        ('recorded_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('system', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='product_uses', to='registry.system')),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(condition=models.Q(('until__isnull', True)), fields=('system', 'product'), name='one_use_at_a_time'), models.CheckConstraint(condition=models.Q(('until__isnull', True), ('until__gte', models.F('since')), _connector='OR'), name='use_ends_after_start')],
                    },
                ),
                migrations.CreateModel(
                    name='NoticeProduct',
                    fields=[
                        ('id', models.BigAutoField(primary_key=True, serialize=False)),
                        ('recorded_at', models.DateTimeField()),
                        ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notices', to='registry.product')),
                        ('notice', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='about', to='registry.suppliernotice')),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('notice', 'product'), name='notice_names_product_once')],
                    },
                ),
            ]
        ),
        migrations.RunSQL(CONTENT, NO_CONTENT),
        append_only("registry_suppliernotice"),
        append_only("registry_noticeproduct"),
        watch("registry_document"),
        watch("registry_documentversion"),
        watch("registry_supplier"),
        watch("registry_product"),
        watch("registry_productuse"),
        watch("registry_suppliernotice"),
        watch("registry_noticeproduct"),
    ]
