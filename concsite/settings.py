"""Settings: one flat file; everything the environment may say is read at the top."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from django.core.management.utils import get_random_secret_key
from psycopg.conninfo import conninfo_to_dict

BASE_DIR = Path(__file__).resolve().parent.parent

# --- environment ---------------------------------------------------------------------

DATA_DIR = Path(os.environ.get("CONCSITE_DATA", BASE_DIR / "var"))
DEBUG = os.environ.get("CONCSITE_DEBUG") == "1"
ALLOWED_HOSTS = os.environ.get("CONCSITE_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
# script/server sets it from --host. Guests may run labs only where no one else can
# reach the site.
LOOPBACK_ONLY = os.environ.get("CONCSITE_LOOPBACK_ONLY", "1") == "1"
HTTPS = os.environ.get("CONCSITE_HTTPS") == "1"
# PostgreSQL's own words for a connection; without any it is SQLite in DATA_DIR.
DATABASE = os.environ.get("CONCSITE_DATABASE", "")


def _secret_key() -> str:
    """Return the key from the environment, or the one kept in the data directory."""
    if key := os.environ.get("CONCSITE_SECRET_KEY"):
        return key
    path = DATA_DIR / "secret-key"
    if not path.exists():
        DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Whole or not at all, and the first of two processes decides for both.
        with tempfile.NamedTemporaryFile("w", dir=DATA_DIR) as file:
            file.write(get_random_secret_key())
            file.flush()
            with suppress(FileExistsError):
                os.link(file.name, path)
    return path.read_text()


SECRET_KEY = _secret_key()

# --- applications --------------------------------------------------------------------

INSTALLED_APPS = [
    "daphne",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
    "channels",
    "simple_history",
    "labs",
    "models_catalog",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Before sessions: what everybody is shown alike needs none of what follows.
    "models_catalog.cache.whole_page.WholePages",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
]

ROOT_URLCONF = "concsite.urls"
ASGI_APPLICATION = "concsite.asgi.application"
WSGI_APPLICATION = "concsite.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}

# --- data ----------------------------------------------------------------------------

_SQLITE = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": DATA_DIR / "db.sqlite3",
    "OPTIONS": {
        # A read-modify-write under a plain BEGIN loses updates; IMMEDIATE does not.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    },
    # With an in-memory test database Daphne's threads would each see their own.
    "TEST": {"NAME": DATA_DIR / "test.sqlite3"},
}


def postgresql(words: str) -> dict:
    """Return the settings for `host=... dbname=... user=...` or `service=...`."""
    given = conninfo_to_dict(words)
    named = {"dbname": "NAME", "user": "USER", "host": "HOST", "port": "PORT"}
    named["password"] = "PASSWORD"
    settings = {named[word]: given.pop(word) for word in named.keys() & given.keys()}
    return {"ENGINE": "django.db.backends.postgresql", "OPTIONS": given, **settings}


DATABASES = {"default": postgresql(DATABASE) if DATABASE else _SQLITE}

# What is made of the catalog's rows, for as long as they stay as they are. The default
# of 300 entries is less than the catalog has pages.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "TIMEOUT": 24 * 60 * 60,
        "OPTIONS": {"MAX_ENTRIES": 1500},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- security ------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "connect-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
# A page that is too long is refused in words, not by closing the door.
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024
# The proxy that speaks HTTPS must set this header itself: docs/deployment.md.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if HTTPS else 0
X_FRAME_OPTIONS = "DENY"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"

# --- what is said in trouble ---------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    # Django sends errors by mail otherwise, and this site has no mail server.
    "loggers": {"django": {"handlers": ["stderr"], "propagate": False}},
}

# --- static files and language -------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "concsite.storage.ModuleManifestStorage"},
}
# Pictures that curators upload: concsite/media.py serves them.
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA_DIR / "media"
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True

# --- catalog -------------------------------------------------------------------------

CATALOG_CONTENT_DIR = BASE_DIR / "models_catalog" / "content"
# A server's catalog page stands in its plug-in's folder; the catalog app reads it
# without importing labs.
CATALOG_SERVER_PAGES = BASE_DIR / "labs" / "servers"
# Pictures of pages for other sites' previews, made when first asked for.
CATALOG_CARDS_DIR = DATA_DIR / "cards"
# Addresses outside the catalog that its pages may link to: a scenario is a file.
CATALOG_LINK_TARGETS = [
    "/labs/",
    "/runs/",
    *(
        f"/labs/{path.stem.replace('_', '-')}/"
        for path in sorted((BASE_DIR / "labs/scenarios").glob("[!_]*.py"))
    ),
]

# --- labs ----------------------------------------------------------------------------

LABS_GUESTS = LOOPBACK_ONLY
LABS_MIN_LEVEL = "degraded" if LOOPBACK_ONLY else "strict"
LABS_DEFAULT_SERVER = "apache-prefork"  # in a form, until a visitor picks another
LABS_CLIENT_FRAME_MAX_BYTES = 4096  # to a run's socket; its page sends less
LABS_MAX_QUEUED = 20  # runs waiting on this host, all owners together
LABS_MAX_UNFINISHED_PER_OWNER = 3  # runs waiting or under way
LABS_MAX_RUNS_PER_DAY = 200  # per owner
