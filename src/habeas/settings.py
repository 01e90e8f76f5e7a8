"""What Django must know, from a few environment variables.

| variable | meaning |
|---|---|
| `HABEAS_DATA` | folder of the keys, and of the database unless another is named; `habeas-data` here when not given |
| `HABEAS_DATABASE` | `postgresql://user:password@host:port/name`; a SQLite file in the data folder when not given |
| `HABEAS_DATABASE_OWNER` | the same database by the role that owns its tables; for `begin` and `--migrate` alone |
| `HABEAS_SECRET_KEY`, `HABEAS_SECRET_KEY_FILE` | signs the session cookies; at least 50 characters |
| `HABEAS_HOSTS` | names under which the pages are reached, separated by commas |
| `HABEAS_POLICY` | file of whose cosignatures are asked and enough (C2SP tlog-policy); everybody may read it |
| `HABEAS_DEMO` | `1`: invented people, no second factor, plain HTTP on this machine |
| `HABEAS_DEBUG` | `1`: Django's error pages; never with real people |

A value that makes no sense stops the start with one sentence. What `habeas serve` needs beyond that is asked
by `habeas.server`.
"""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

SHORTEST_SECRET_KEY = 50
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",  # one writer at a time, who waits at the start and never fails halfway
    "timeout": 20,
    # Every commit is on the disk before it is reported.
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY;",
}
# Whoever stands still in a transaction loses it, and what they held, so that others take over (a machine that sleeps).
POSTGRES_OPTIONS = {"options": "-c idle_in_transaction_session_timeout=60000"}
HERE = Path(__file__).parent


def flag(environment: Mapping[str, str], name: str) -> bool:
    """Whether a variable is 1. Raises ImproperlyConfigured unless it is 0, 1 or absent."""
    value = environment.get(name, "0")
    if value not in {"0", "1"}:
        raise ImproperlyConfigured("settings.flag", {"name": name, "given": value})
    return value == "1"


def secret_key(environment: Mapping[str, str]) -> str:
    """The key that signs cookies, given itself or in a file.

    Without one a new key is drawn for this process: good for commands and the demonstration, and refused by
    `habeas serve`, where every restart would end all sessions. Raises ImproperlyConfigured for a short one.
    """
    key, file = environment.get("HABEAS_SECRET_KEY"), environment.get("HABEAS_SECRET_KEY_FILE")
    if key and file:
        raise ImproperlyConfigured("settings.two_secret_keys", {})
    if file:
        key = _read(Path(file))
    if not key:
        return secrets.token_urlsafe(SHORTEST_SECRET_KEY)
    if len(key) < SHORTEST_SECRET_KEY:
        raise ImproperlyConfigured("settings.short_secret_key", {"least": SHORTEST_SECRET_KEY})
    return key


def hosts(environment: Mapping[str, str], *, demo: bool) -> list[str]:
    """The names under which the pages may be reached; in the demonstration only this machine's."""
    given = [name.strip() for name in environment.get("HABEAS_HOSTS", "").split(",") if name.strip()]
    return given or (["127.0.0.1", "localhost", "[::1]"] if demo else [])


def database(environment: Mapping[str, str], folder: Path, name: str = "HABEAS_DATABASE") -> dict[str, object]:
    """Where the tables are: a PostgreSQL database, or a file of SQLite. Raises ImproperlyConfigured."""
    url = urlsplit(environment.get(name, ""))
    if not url.geturl():
        return {"ENGINE": "habeas.store.engines.sqlite3", "NAME": folder / "habeas.sqlite3", "OPTIONS": SQLITE_OPTIONS}
    if url.scheme not in {"postgresql", "postgres"} or not url.path.strip("/"):
        raise ImproperlyConfigured("settings.no_database_address", {"name": name})
    return {
        "ENGINE": "habeas.store.engines.postgresql",
        "NAME": unquote(url.path[1:]),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": unquote(url.hostname or ""),
        "PORT": url.port or "",
        # What store.statements asks is prepared.
        "OPTIONS": {**POSTGRES_OPTIONS, **dict(parse_qsl(url.query)), "prepare_threshold": 0},
    }


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured("settings.secret_key_unread", {"path": str(path)}) from error


HABEAS_DATA = Path(os.environ.get("HABEAS_DATA") or "habeas-data").absolute()
HABEAS_POLICY = Path(os.environ["HABEAS_POLICY"]).absolute() if os.environ.get("HABEAS_POLICY") else None
HABEAS_DEMO = flag(os.environ, "HABEAS_DEMO")
DEBUG = flag(os.environ, "HABEAS_DEBUG")
SECRET_KEY = secret_key(os.environ)
ALLOWED_HOSTS = hosts(os.environ, demo=HABEAS_DEMO)
DATABASES = {"default": {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True, **database(os.environ, HABEAS_DATA)}}
if os.environ.get("HABEAS_DATABASE_OWNER"):
    DATABASES["owner"] = database(os.environ, HABEAS_DATA, "HABEAS_DATABASE_OWNER")
EVIDENCE_MAX_BYTES = 20_000_000

INSTALLED_APPS = [
    *(f"django.contrib.{name}" for name in ("contenttypes", "auth", "messages", "staticfiles")),
    *("allauth", "allauth.account", "allauth.mfa", "habeas.store", "habeas.web"),
]
MIDDLEWARE = [
    "habeas.web.middleware.security_headers",
    "habeas.web.middleware.HelpfulErrors",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "habeas.web.middleware.second_factor_first",
]
ROOT_URLCONF = "habeas.web.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "web" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Español")]
LOCALE_PATHS = [HERE / "locale"]
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
STATIC_ROOT = HERE / "web" / "static"  # the one CSS file comes with the package: nothing to collect
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Signing in. Nobody signs up: a party invites its own people (habeas.store.accounts).
AUTH_USER_MODEL = "store.Account"
AUTHENTICATION_BACKENDS = ["habeas.store.accounts.AsRecorded"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "habeas.store.accounts.UnlikeTheAccount", "OPTIONS": {"user_attributes": ("username",)}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
ACCOUNT_ADAPTER = "habeas.store.accounts.InvitedOnly"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
MFA_ADAPTER = "habeas.store.second_factors.SealedSecondFactor"
MFA_FORMS = {
    "activate_totp": "habeas.store.second_factors.KeyOffered",
    "authenticate": "habeas.store.second_factors.CodeGiven",
    "reauthenticate": "habeas.store.second_factors.CodeGivenAgain",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]  # signing in needs no script, so no passkey
MFA_TOTP_ISSUER = "Habeas"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"

# Cookies and transport. The demonstration speaks plain HTTP to its own machine only.
SESSION_ENGINE = "habeas.store.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not HABEAS_DEMO
SESSION_COOKIE_AGE = 12 * 60 * 60
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_AGE = None  # it goes with the window, and pages without an account set none
SECURE_HSTS_SECONDS = 0 if HABEAS_DEMO else 365 * 24 * 60 * 60
SECURE_HSTS_INCLUDE_SUBDOMAINS = not HABEAS_DEMO
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# A name must not reach the disk in clear: no message in a session row, no upload in a temporary file.
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
FILE_UPLOAD_HANDLERS = ["habeas.store.traces.MemoryOnly"]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"()": "habeas.store.traces.NoValues"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"django": {"handlers": ["console"], "level": "WARNING", "propagate": False}},
}
