"""The form of every page: Markdown with a preview, and a guard against overwriting."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.templatetags.static import static
from django.urls import reverse

from models_catalog.admin import conflict
from models_catalog.models import Picture

_STYLES = ("base", "components", "notes")


class MarkdownWidget(forms.Textarea):
    """A text area, which a script gives a preview, buttons and a picker of pictures."""

    class Media:
        js = [forms.Script("js/admin-markdown.js", type="module")]

    def __init__(self, attrs=None):
        super().__init__({"class": "vLargeTextField", "rows": 30, **(attrs or {})})

    def get_context(self, name, value, attrs):
        """Tell the script where to ask, and how readers' pages look."""
        context = super().get_context(name, value, attrs)
        styles = [static(f"css/{sheet}.css") for sheet in _STYLES]
        context["widget"]["attrs"] |= {
            "data-markdown": reverse("curating:markdown"),
            "data-pictures": reverse("curating:pictures"),
            "data-styles": " ".join(styles),
        }
        return context


class PageForm(forms.ModelForm):
    """Refuses to save over what somebody else has saved since the form was opened."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    # The admin sets these: what is edited below it, and whether it is a preview.
    inlines = ()
    is_preview = False
    conflict = None

    class Meta:
        widgets = {"body": MarkdownWidget}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk and not self.is_bound:
            self.initial["seen"] = conflict.digest_of(self.instance, self.inlines)

    def clean(self):
        """Compare what was seen with what is there; both stay, and nothing is saved."""
        cleaned = super().clean() or self.cleaned_data
        for name, value in cleaned.items():
            if isinstance(value, str):  # a browser ends lines as a mail does
                cleaned[name] = value.replace("\r\n", "\n")
        if self.instance.pk and not self.is_preview:
            self._check_seen()
        return cleaned

    def _check_seen(self):
        # Locked until the end of the transaction that the admin saves in.
        row = type(self.instance).objects.select_for_update().get(pk=self.instance.pk)
        now = conflict.digest_of(row, self.inlines)
        if self.cleaned_data.get("seen") == now:
            return
        self.conflict = conflict.conflict_of(self, row)
        # Whoever saves after having seen both versions means it.
        self.data = self.data.copy()
        self.data[self.add_prefix("seen")] = now
        raise ValidationError(
            "Somebody else has saved this page since you opened it. Nothing of yours "
            "is saved yet, and nothing of theirs is lost: both are shown above",
            code="conflict",
        )


class PictureForm(forms.ModelForm):
    """A picture and the words that stand for it, which it cannot be without."""

    class Meta:
        model = Picture
        fields = ("file", "alt", "credit")
        widgets = {
            "file": forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"})
        }

    def clean_alt(self):
        """Refuse words that say nothing: a file's name is no description."""
        words = self.cleaned_data["alt"].strip()
        if re.fullmatch(r"\S+\.(png|jpe?g|webp)", words, re.IGNORECASE):
            raise ValidationError(
                "Say what the picture shows, not how its file is named"
            )
        return words
