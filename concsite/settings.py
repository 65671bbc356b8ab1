"""Settings: one flat file; everything the environment may say is read at the top."""

import os
import tempfile
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key
from psycopg.conninfo import conninfo_to_dict

from concsite.network.client_address import networks
from concsite.network.limits import Limits

BASE_DIR = Path(__file__).resolve().parent.parent

# --- environment ---------------------------------------------------------------------

DATA_DIR = Path(os.environ.get("CONCSITE_DATA", BASE_DIR / "var"))
DEBUG = os.environ.get("CONCSITE_DEBUG") == "1"
ALLOWED_HOSTS = os.environ.get("CONCSITE_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
# script/server sets it from --host. Guests may run labs only where no one else can
# reach the site.
LOOPBACK_ONLY = os.environ.get("CONCSITE_LOOPBACK_ONLY", "1") == "1"
HTTPS = os.environ.get("CONCSITE_HTTPS") == "1"
# Networks of the proxies whose word on a client's address is taken.
TRUSTED_PROXIES = networks(os.environ.get("CONCSITE_TRUSTED_PROXIES", ""))
# What clients may take; the numbers stand in concsite/network/limits.py.
NETWORK_LIMITS = Limits.parse(os.environ.get("CONCSITE_LIMITS", ""))
LOG_FORMAT = os.environ.get("CONCSITE_LOG", "text")
if LOG_FORMAT not in ("text", "json"):
    raise ImproperlyConfigured(f"CONCSITE_LOG must be text or json, not {LOG_FORMAT}")
# PostgreSQL's own words for a connection; without any it is SQLite in DATA_DIR.
DATABASE = os.environ.get("CONCSITE_DATABASE", "")
# The server that takes mail; without one no mail is sent, and pages say so.
EMAIL_HOST = os.environ.get("CONCSITE_MAIL_HOST", "")
EMAIL_PORT = int(os.environ.get("CONCSITE_MAIL_PORT", "587"))
EMAIL_HOST_USER = os.environ.get("CONCSITE_MAIL_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("CONCSITE_MAIL_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("CONCSITE_MAIL_TLS", "1") == "1"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = os.environ.get("CONCSITE_MAIL_FROM", "concsite@localhost")
# Old runs, from their end: all ticks, then one a second, then the last one.
LABS_TICKS_WHOLE_DAYS = int(os.environ.get("CONCSITE_TICKS_WHOLE_DAYS", "30"))
LABS_TICKS_THINNED_DAYS = int(os.environ.get("CONCSITE_TICKS_THINNED_DAYS", "120"))


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
    "axes",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "accounts",
    "labs",
    "models_catalog",
    "concsite",
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
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.SecondFactorMiddleware",
    # Last, as it asks: it answers a login that is refused for what went before.
    "axes.middleware.AxesMiddleware",
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
                "concsite.network.request_log.for_templates",
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
# Under script/server a longer body is refused by its address, before it is read.
DATA_UPLOAD_MAX_MEMORY_SIZE = NETWORK_LIMITS.max_admin_bytes
# The proxy that speaks HTTPS must set this header itself: docs/deployment.md.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if HTTPS else 0
# Whether that holds for other hosts below this one, and from a browser's first visit,
# is for the owner of the domain to say.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
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
AUTHENTICATION_BACKENDS = [
    # First: it refuses before any password is looked at.
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AXES_FAILURE_LIMIT = 5  # wrong passwords
# For one account from one address: nobody locks somebody else's account from outside,
# and one address, which may be a class room's, is not locked as a whole.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "registration/locked.html"
AXES_VERBOSE = False
AXES_DISABLE_ACCESS_LOG = True  # the audit log has it
# Staff must have a second factor where others can reach the site.
SECOND_FACTOR_FOR_STAFF = (
    os.environ.get("CONCSITE_SECOND_FACTOR", "0" if LOOPBACK_ONLY else "1") == "1"
)
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"

# --- what is said in trouble ---------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request": {"()": "concsite.network.request_log.RequestId"}},
    "formatters": {
        "text": {
            "()": "concsite.network.request_log.TextFormatter",
            "fmt": "{levelname} {name}: {message}",
            "style": "{",
        },
        "json": {"()": "concsite.network.request_log.JsonFormatter"},
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": LOG_FORMAT,
            "filters": ["request"],
        }
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        # Django sends errors by mail otherwise, to nobody.
        "django": {"handlers": ["stderr"], "propagate": False},
        "concsite.access": {"level": "INFO"},
        # Who did what (accounts/audit.py): not only when something is wrong.
        "concsite.audit": {"level": "INFO"},
    },
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
CATALOG_MAX_VERSIONS = 200  # of a page in its history
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
# Open sockets to runs: one for each page that watches. A class room often has one
# address, and one account is often that of a teacher with a page for each student.
LABS_MAX_SOCKETS = {"session": 30, "account": 60, "address": 500}
# No run is started with less room for its events and its server's files than this.
LABS_MIN_FREE_BYTES = int(os.environ.get("CONCSITE_MIN_FREE_MIB", "200")) * 2**20
LABS_MAX_QUEUED = 20  # runs waiting on this host, all owners together
LABS_MAX_UNFINISHED_PER_OWNER = 3  # runs waiting or under way
LABS_MAX_RUNS_PER_DAY = 200  # per owner
# Of the machine, as the plans of runs have it: for one owner, and for all the guests
# from one address, a class room, say. A day of it has 86,400.
LABS_MACHINE_S_PER_DAY = 4 * 3600
LABS_MACHINE_S_PER_DAY_AND_ADDRESS = 12 * 3600
LABS_EVIDENCE_DAYS = 30  # repeated evidence of a claim, until it is removed
