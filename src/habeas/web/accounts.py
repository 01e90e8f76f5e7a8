"""Accounts of one's own party, and the page where an invited human opens theirs."""

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from habeas.core.entries import Actor
from habeas.core.permissions import ACTS, may
from habeas.store import accounts as store_accounts
from habeas.web.shown import paged
from habeas.web.who import read_only, signed_in

PASSWORD_MOST = 200
TYPED = forms.PasswordInput(attrs={"autocomplete": "new-password"})


class NewPassword(forms.Form):
    """A password, typed twice."""

    password = forms.CharField(label=gettext_lazy("Password"), strip=False, max_length=PASSWORD_MOST, widget=TYPED)
    again = forms.CharField(
        label=gettext_lazy("The same password again"), strip=False, max_length=PASSWORD_MOST, widget=TYPED
    )

    def clean_again(self) -> str:
        again = str(self.cleaned_data["again"])
        if again != self.cleaned_data.get("password"):
            raise ValidationError(_("The two passwords differ. Type the same one twice."))
        return again


@read_only
def accounts(request: HttpRequest, actor: Actor) -> HttpResponse:
    context = {
        "accounts": paged(request, store_accounts.accounts(actor.party)),
        "may_invite": may(actor, ACTS["invite_account"], None, None) is None,
        "may_end": may(actor, ACTS["end_account"], None, None) is None,
    }
    return render(request, "web/accounts.html", context)


@require_POST
@signed_in
def invite_again(request: HttpRequest, actor: Actor) -> HttpResponse:
    """A new link for an invitation that nobody has accepted yet; the one before stops working."""
    if may(actor, ACTS["invite_account"], None, None) is not None:
        raise PermissionDenied
    account = request.POST.get("account", "")
    invitation = store_accounts.invite_again(account, actor=actor, at=timezone.now())
    if invitation is None:
        return redirect("accounts")
    return invited(request, invitation)


def invited(request: HttpRequest, invitation: store_accounts.Invitation) -> HttpResponse:
    """The link, shown this once to whoever invites."""
    address = request.build_absolute_uri(f"/invitation/?key={invitation.token}")
    context = {"address": address, "account": invitation.account, "expires_at": invitation.expires_at}
    return render(request, "web/invited.html", context)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: HttpRequest) -> HttpResponse:
    """The page that an invitation leads to. The key stands in the query, which no log keeps."""
    now, token = timezone.now(), request.GET.get("key", "")
    if store_accounts.invited(token, at=now) is None:
        return render(request, "web/invitation.html", status=404)
    form = NewPassword(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            account = store_accounts.accept(token, form.cleaned_data["password"], at=now)
            return render(request, "web/invitation.html", {"opened": account})
        except ValidationError as weak:
            form.add_error("password", weak)
    return render(request, "web/invitation.html", {"form": form})


@require_safe
def cannot_sign_in(request: HttpRequest) -> HttpResponse:
    return render(request, "web/cannot_sign_in.html")
