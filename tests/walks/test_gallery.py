"""The gallery holds what its pictures are to show: comments, the people told, files, a pack."""

import pytest
from django.conf import settings

from incidents.models import CommentFile, CommentMention
from reports.models import Pack
from tests.walks.gallery import hang

pytestmark = pytest.mark.full


def test_the_case_pages_show_comments_with_their_files_and_a_pack_is_built(monday, files, client):
    gallery = hang()
    client.force_login(gallery.people["compliance"], backend=settings.AUTHENTICATION_BACKENDS[-1])

    page = client.get(f"/incidents/{gallery.made.validation.number}/").content.decode()
    other = client.get(f"/incidents/{gallery.made.investigating.number}/").content.decode()

    assert page.count('<article class="comment"') == 3
    assert 'class="comment__name"' in page
    assert "fallback-test.pdf" in page
    assert 'class="comment__gone"' in page
    assert "readings-week-40.csv" in other
    assert CommentMention.objects.count() >= 4
    assert CommentFile.objects.count() == 3
    pack = Pack.objects.get(pk=gallery.made.pack.pk)
    assert (pack.state, pack.failure) == (Pack.State.READY, "")
