"""The audit log in the admin, which is read and nothing else; accounts and groups."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin
from django.contrib.auth import admin as auth_admin
from django.contrib.auth import get_user_model
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group

from accounts import audit, second_factor
from accounts.models import AuditEntry
from models_catalog.files.plain_text import fault_in


class PlainNames:
    """A form whose names are held to what every other text is held to."""

    def clean(self):
        """Refuse control characters and overrides of the direction of writing."""
        cleaned = super().clean()
        for name, value in list(self.cleaned_data.items()):
            if found := fault_in(value, one_line=True):
                self.add_error(name, found)
        return cleaned


class NewAccountForm(PlainNames, AdminUserCreationForm):
    pass


class AccountForm(PlainNames, UserChangeForm):
    pass


class GroupForm(PlainNames, forms.ModelForm):
    pass


class AccountAdmin(auth_admin.UserAdmin):
    form, add_form = AccountForm, NewAccountForm
    actions = ("take_second_factor",)

    @admin.action(
        description="Take the second factor away: its owner has lost it",
        permissions=["change"],
    )
    def take_second_factor(self, request, users):
        """Let these accounts set up a new one when they log in next."""
        for user in users:
            second_factor.remove(user)
            audit.record("second factor taken away", user.get_username())


class GroupAdmin(auth_admin.GroupAdmin):
    form = GroupForm


# Their rows have the secrets of second factors, and addresses that nothing sends to.
admin.site.unregister((Authenticator, EmailAddress))
for kind, by in ((get_user_model(), AccountAdmin), (Group, GroupAdmin)):
    admin.site.unregister(kind)
    admin.site.register(kind, by)


@admin.register(AuditEntry)
class AuditEntryAdmin(admin.ModelAdmin):
    list_display = ("at", "action", "who", "address", "subject")
    list_filter = ("action",)
    search_fields = ("who", "address", "subject")
    date_hierarchy = "at"

    def has_add_permission(self, request):
        """Entries are made by what they tell of."""
        return False

    def has_change_permission(self, request, obj=None):
        """Nobody changes what was recorded."""
        return False

    def has_delete_permission(self, request, obj=None):
        """Nobody takes away what was recorded."""
        return False
