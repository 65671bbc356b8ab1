"""Pictures that curators upload, as rows. A picture says in words what it shows."""

import hashlib
import io
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.core.files.storage import FileSystemStorage
from django.db import models
from PIL import Image

MAX_BYTES = 2 * 1024 * 1024
MAX_PIXELS = 24_000_000
FORMATS = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp"}


def path_of(picture, _name):
    """Name a file by what is in it: no name from outside, and never two of one."""
    data = _bytes_of(picture.file)
    return f"pictures/{hashlib.sha256(data).hexdigest()[:32]}.{_measure(data).ending}"


class Measured(NamedTuple):
    """What a picture's bytes say of it."""

    ending: str
    width: int
    height: int


def _bytes_of(file):
    file.seek(0)
    data = file.read()
    file.seek(0)
    return data


def _measure(data):
    """Return what a picture's bytes say; ValidationError for what is none."""
    try:
        with Image.open(io.BytesIO(data), formats=list(FORMATS)) as image:
            found = Measured(FORMATS[image.format], *image.size)
            if found.width * found.height > MAX_PIXELS:
                raise ValidationError(
                    f"A picture must have at most {MAX_PIXELS} pixels, not "
                    f"{found.width} × {found.height}"
                )
            image.verify()
            return found
    except ValidationError:
        raise
    # Pillow's parsers raise whatever broken bytes make of them.
    except Exception:
        raise ValidationError("A picture must be a PNG, JPEG or WebP file") from None


def check_picture(file):
    """Refuse what is no picture, and what is too large to be one."""
    if file.size > MAX_BYTES:
        raise ValidationError(
            f"A picture must be at most {MAX_BYTES} bytes, not {file.size}"
        )
    if not file._committed:
        _measure(_bytes_of(file))


class ContentStorage(FileSystemStorage):
    """Keeps a file under a name made of what is in it: one file for one content."""

    def get_available_name(self, name, max_length=None):
        """Return the name itself: who has it has the same content."""
        return name

    def _save(self, name, content):
        return name if self.exists(name) else super()._save(name, content)


class Picture(models.Model):
    """A picture and the words that stand for it."""

    # No ImageField: its form opens whatever Pillow can, and that is a lot.
    file = models.FileField(
        "picture",
        upload_to=path_of,
        storage=ContentStorage,
        validators=[check_picture],
        help_text="PNG, JPEG or WebP, at most 2 MiB.",
    )
    alt = models.CharField(
        "alternative text",
        max_length=300,
        help_text="What it shows, for who cannot see it.",
    )
    credit = models.CharField(
        max_length=200, blank=True, help_text="Who made it, and its licence."
    )
    width = models.PositiveIntegerField(editable=False)
    height = models.PositiveIntegerField(editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self):
        return self.alt

    def save(self, **options):
        """Remember how large the picture is, then store both."""
        if not self.file._committed:
            _, self.width, self.height = _measure(_bytes_of(self.file))
        super().save(**options)

    @property
    def url(self):
        """Its address, as pages have it."""
        return self.file.url

    @property
    def markdown(self):
        """The Markdown that shows it."""
        words = self.alt
        for sign in "\\[]*_`<":
            words = words.replace(sign, f"\\{sign}")
        return f"![{words}]({self.url})"
