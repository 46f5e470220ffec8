"""The administration pages of Django: they show a few technical tables and change nothing.

Records change by their services alone, whoever asks: a superuser is not above the rules. So what
other packages register is left out, sign-in and passwords go the way of everybody else, and what is
shown has no form.
"""

from collections.abc import Iterable
from typing import Any, NoReturn

from django.contrib.admin import AdminSite, ModelAdmin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from ledger.governed import BypassRefused

# Failed and locked sign-ins: what somebody looks at who helps a person in.
SHOWN = frozenset({"axes.AccessAttempt", "axes.AccessFailureLog", "axes.AccessLog"})
WORDS = "The administration pages change nothing: records change by the services of the product."


class ReadOnly(ModelAdmin[Model]):
    """Shows rows to who may see them; every way to change one is closed, with words."""

    actions = None
    inlines = ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody changes."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody deletes."""
        return False

    def save_model(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse, whatever way led here."""
        raise BypassRefused(WORDS)

    def delete_model(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse, whatever way led here."""
        raise BypassRefused(WORDS)

    def delete_queryset(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse, whatever way led here."""
        raise BypassRefused(WORDS)


class Site(AdminSite):
    """Shows what is named here; `config.administration` makes it Django's own."""

    site_header = site_title = "Countersign, technical tables"

    def register(
        self,
        model_or_iterable: type[Model] | Iterable[type[Model]],
        admin_class: type[ModelAdmin[Any]] | None = None,
        **options: Any,
    ) -> None:
        """Take what may be shown, without any form, and leave out the rest."""
        one = model_or_iterable
        for model in [one] if isinstance(one, type) else one:
            if model._meta.label in SHOWN:
                super().register(model, _read_only(admin_class))

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Sign in where everybody does: with a second factor, and on record."""
        asked = {"next": request.GET.get("next") or reverse("admin:index")}
        return redirect(f"{reverse('account_login')}?{urlencode(asked)}")

    def logout(  # type: ignore[override]  # the stubs know of templates only
        self, request: HttpRequest, extra_context: Any = None
    ) -> HttpResponse:
        """Sign out where everybody does."""
        return redirect("account_logout")

    def password_change(  # type: ignore[override]  # likewise
        self, request: HttpRequest, extra_context: Any = None
    ) -> HttpResponse:
        """Change the password where everybody does."""
        return redirect("account_change_password")


def _read_only(admin_class: type[ModelAdmin[Any]] | None) -> type[ModelAdmin[Any]]:
    named = admin_class or ModelAdmin
    return type(f"ReadOnly{named.__name__}", (ReadOnly, named), {})
