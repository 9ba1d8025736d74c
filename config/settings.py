"""Settings: one file, every choice read from the environment (`.env.example` lists them all).

With an empty environment and `GUICHET_DEMO=1` this is the demonstration: SQLite, files on disk, a file-system
broker, mails kept in a mailbox page. `DATABASE_URL`, `BROKER_URL`, `CACHE_URL`, `STORAGE_URL`, `EMAIL_URL` and
`SMS_URL` each replace one of these, without a line of code.
"""

import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION: str = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]["version"]

env = environ.FileAwareEnv()
env.read_env(env.path("ENV_FILE", default=str(BASE_DIR / ".env")))

VAR_DIR = Path(env("VAR_DIR", default=str(BASE_DIR / "var")))
VAR_DIR.mkdir(parents=True, exist_ok=True)

# --- What this instance is ------------------------------------------------------------------------------------------

DEMO = env.bool("GUICHET_DEMO", default=False)
DEBUG = env.bool("DEBUG", default=False)
SITE_URL = env("SITE_URL", default="http://127.0.0.1:8000").rstrip("/")
_site = urlsplit(SITE_URL)
HTTPS = _site.scheme == "https"
if not (DEMO or DEBUG or HTTPS):
    raise ImproperlyConfigured("SITE_URL must be https:// outside the demonstration (GUICHET_DEMO=1).")

SECRET_KEY = env("SECRET_KEY", default="demonstration-only-" + "0" * 40 if DEMO else "")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
# Keys that encrypt personal numbers at rest, newest first (`manage.py new_field_key` makes one). See core/crypto.py.
FIELD_KEYS = env.list("FIELD_KEYS", default=["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="] if DEMO else [])
FIELD_HASH_KEY = env("FIELD_HASH_KEY", default="demonstration-only" if DEMO else "")
if not (SECRET_KEY and FIELD_KEYS and FIELD_HASH_KEY):
    raise ImproperlyConfigured("SECRET_KEY, FIELD_KEYS and FIELD_HASH_KEY must be set outside the demonstration.")
if DEMO and HTTPS and SECRET_KEY.startswith("demonstration-only"):
    # GUICHET_DEMO left on where people come: they would be protected by keys that everybody can read above.
    raise ImproperlyConfigured("Over https:// even a demonstration needs SECRET_KEY, FIELD_KEYS and FIELD_HASH_KEY.")
if DEMO and HTTPS and not env.bool("GUICHET_DEMO_PUBLIC", default=False):
    # Its mailbox is open to all: whoever asks for a new password, the superuser's too, reads link and code there.
    raise ImproperlyConfigured(
        "GUICHET_DEMO=1 shows every mail and SMS to whoever comes to /boite/. For a real service set it to 0; for a "
        "demonstration that anybody may do anything with, set GUICHET_DEMO_PUBLIC=1."
    )

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[_site.hostname] + (["127.0.0.1", "localhost"] if DEMO else []))
CSRF_TRUSTED_ORIGINS = [SITE_URL]
# How many proxies of ours stand before the application: that many entries of X-Forwarded-For are believed, no more.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
if TRUSTED_PROXIES and HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- Applications ---------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "config.apps.GuichetAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "csp",
    "django_htmx",
    "django_otp",
    "django_otp.plugins.otp_static",
    "django_otp.plugins.otp_totp",
    "core",
    "documents",
    "notifications",
    "accounts",
    "billing",
    "membership",
    "space",
    "contributions",
]
if DEMO:
    INSTALLED_APPS.append("demo")

MIDDLEWARE = [
    "core.middleware.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "core.access.AccessMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = True

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
                "core.brand.context",
            ],
            "builtins": ["core.templatetags.guichet"],
        },
    }
]
FORM_RENDERER = "core.forms.GuichetRenderer"

# --- Data -----------------------------------------------------------------------------------------------------------

DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'guichet.sqlite3'}")}
_db = DATABASES["default"]
# Kept between requests, SQLite too: to open a file, read its schema and fill a cache again cost a third of a page.
_db["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
if _db["ENGINE"].endswith("sqlite3"):
    # IMMEDIATE takes the write lock at the start of a transaction, so writers wait for each other instead of failing.
    _db["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }
else:
    _db["CONN_HEALTH_CHECKS"] = True
    _db.setdefault("OPTIONS", {}).setdefault("connect_timeout", 3)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"

BROKER_URL = env("BROKER_URL", default=f"filesystem://{VAR_DIR / 'broker'}")
CACHE_URL = env(
    "CACHE_URL", default=BROKER_URL if BROKER_URL.startswith("redis") else f"filecache://{VAR_DIR / 'cache'}"
)
CACHES = {"default": env.cache_url_config(CACHE_URL)}
if CACHE_URL.startswith("redis"):
    # A cache that hangs must not freeze a page that only counts tries.
    CACHES["default"].setdefault("OPTIONS", {}).update(socket_timeout=1, socket_connect_timeout=1)
elif CACHE_URL.startswith("filecache"):
    # Past its default of 300, who makes many entries would push out those that count tries.
    CACHES["default"].setdefault("OPTIONS", {}).setdefault("MAX_ENTRIES", 10_000)

# Files: a folder (default), or `s3://KEY:SECRET@HOST/BUCKET` for any S3-compatible store.
STORAGE_URL = env("STORAGE_URL", default="")
MEDIA_ROOT = VAR_DIR / "files"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
if not env.bool("STATIC_MANIFEST", default=True):  # tests inside one process have nothing collected
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
if STORAGE_URL:
    _s3 = urlsplit(STORAGE_URL)
    STORAGES["default"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "access_key": _s3.username,
            "secret_key": _s3.password,
            "endpoint_url": f"https://{_s3.hostname}" + (f":{_s3.port}" if _s3.port else ""),
            "bucket_name": _s3.path.strip("/"),
            "default_acl": "private",
            "file_overwrite": False,
        },
    }
FILE_UPLOAD_PERMISSIONS = 0o600
UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_BYTES", default=10 * 1024 * 1024)  # one file
UPLOAD_MAX_FILES = env.int("UPLOAD_MAX_FILES", default=30)  # per dossier
FILE_UPLOAD_HANDLERS = ["documents.handlers.CappedTemporaryFileUploadHandler"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
# Of one request: well above what a dossier takes, so that the page says in its own words which files are too many.
DATA_UPLOAD_MAX_NUMBER_FILES = max(200, 4 * UPLOAD_MAX_FILES)

STATIC_URL = "/static/"
STATIC_ROOT = Path(env("STATIC_ROOT", default=str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static"]

# --- Language and time ----------------------------------------------------------------------------------------------

LANGUAGE_CODE = "fr"
TIME_ZONE = "Europe/Paris"
USE_TZ = True
FORMAT_MODULE_PATH = "config.formats"  # « 01/12/2026 » in the admin: Django's own has « 1 décembre »

# --- Logging in -----------------------------------------------------------------------------------------------------

AUTHENTICATION_BACKENDS = ["accounts.backends.AccountBackend"]
LOGIN_URL = "accounts:login"
FACTOR_URL = "accounts:factor"  # the second step (core.access)
LOGIN_REDIRECT_URL = "home"
# Wrong codes are counted by accounts.factor, for all kinds of codes alike.
OTP_TOTP_THROTTLE_FACTOR = OTP_STATIC_THROTTLE_FACTOR = 0
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "accounts.validators.CharacterClassesValidator"},
    {"NAME": "accounts.validators.NotAboutOneselfValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# --- What the browser is told ---------------------------------------------------------------------------------------

_prefix = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME = f"{_prefix}session"
CSRF_COOKIE_NAME = f"{_prefix}csrf"
ACCESS_COOKIE_NAME = f"{_prefix}acces"
TRUST_COOKIE_NAME = f"{_prefix}navigateur"
OWNER_COOKIE_NAME = f"{_prefix}compte"
KEPT_COOKIE_NAME = f"{_prefix}saisie"
MESSAGES_COOKIE_NAME = f"{_prefix}messages"
MESSAGE_STORAGE = "core.flash.FlashStorage"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 3600
CSRF_FAILURE_VIEW = "core.views.csrf_failure"
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^sante/"]  # the load balancer asks over plain HTTP
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
    }
}

# --- Mails, SMS, the directory of companies -------------------------------------------------------------------------

SERVER_EMAIL = DEFAULT_FROM_EMAIL = env("EMAIL_FROM", default="Santé Travail Val d’Orge <noreply@guichet.example>")
EMAIL_URL = env("EMAIL_URL", default="")  # smtp://user:password@host:25, smtps://…, smtp+tls://…
if EMAIL_URL:
    vars().update(env.email_url_config(EMAIL_URL))
elif DEMO:
    EMAIL_BACKEND = "demo.mailbox.MailboxBackend"
else:
    raise ImproperlyConfigured("EMAIL_URL must be set outside the demonstration (GUICHET_DEMO=1).")
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=20)
# How long a worker may hold a message before the sweep takes it back: longer than all its time-outs together.
OUTBOX_LEASE_SECONDS = env.int("OUTBOX_LEASE_SECONDS", default=300)
SMS_URL = env("SMS_URL", default="")  # an HTTP webhook that takes {"to", "text", "id"} as JSON; empty: no SMS is sent
SMS_TOKEN = env("SMS_TOKEN", default="")  # sent as `Authorization: Bearer …`
# A service in the shape of « API Recherche d'entreprises », asked to prefill the first steps. Empty: nobody is asked.
DIRECTORY_URL = env("DIRECTORY_URL", default="")

# --- The virus scanner ----------------------------------------------------------------------------------------------

SCANNER_URL = env("SCANNER_URL", default="")  # clamd://host:3310 or clamd:///run/clamav/clamd.ctl; empty: none
_scanner = urlsplit(SCANNER_URL)
if SCANNER_URL and (_scanner.scheme != "clamd" or not (_scanner.hostname or _scanner.path.strip("/"))):
    raise ImproperlyConfigured("SCANNER_URL must be like clamd://host:3310 or clamd:///run/clamav/clamd.ctl.")

# --- Jobs -----------------------------------------------------------------------------------------------------------

CELERY_BROKER_URL = BROKER_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_PUBLISH_RETRY = False  # the sweep does what a lost nudge would have done
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    "outbox": {"task": "notifications.tasks.sweep", "schedule": env.float("OUTBOX_SWEEP_SECONDS", default=60.0)},
    "documents": {"task": "documents.tasks.render_pending", "schedule": 60.0},
    "held": {"task": "documents.tasks.scan_held", "schedule": 60.0},
    "deadlines": {"task": "core.tasks.run_deadlines", "schedule": env.float("DEADLINES_SECONDS", default=600.0)},
}
if BROKER_URL.startswith("filesystem"):
    _broker = Path(urlsplit(BROKER_URL).path)
    for _name in ("queue", "processed", "control"):
        (_broker / _name).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_URL = "filesystem://"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_broker / "queue"),
        "data_folder_out": str(_broker / "queue"),
        "processed_folder": str(_broker / "processed"),
        "control_folder": str(_broker / "control"),
        "store_processed": False,
        "polling_interval": 0.2,
    }
else:
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "socket_timeout": 1,
        "socket_connect_timeout": 1,
        "visibility_timeout": 600,
        "unacked_restore_throttle": 1,
    }

# --- The operator: brand, people to call, money --------------------------------------------------------------------
# Everything that names the operator is configuration. The defaults are those of the demonstration.

OPERATOR = {
    "name": env("OPERATOR_NAME", default="Santé Travail Val d’Orge"),
    "legal_form": env(
        "OPERATOR_LEGAL_FORM",
        default="Association loi 1901, service de prévention et de santé au travail interentreprises",
    ),
    "address": env.list("OPERATOR_ADDRESS", default=["12 rue des Tilleuls", "91220 Brétigny-sur-Orge"]),
    "siren": env("OPERATOR_SIREN", default="009122003"),
    "vat_number": env("OPERATOR_VAT_NUMBER", default="FR90009122003"),
    "team": env("OPERATOR_TEAM", default="Service Adhérents"),
    "phone": env("OPERATOR_PHONE", default="+33123456789"),
    "email": env("OPERATOR_EMAIL", default="adherents@guichet.example"),
    # Days are 1 (Monday) to 7; several spans a day are separated by a comma.
    "hours": env("OPERATOR_HOURS", default="1-5 09:00-12:00,14:00-17:00"),
    # Whose account members pay into is never guessed (core.brand.check_operator).
    "iban": env("OPERATOR_IBAN", default="FR7630006000011234567890189" if DEMO else ""),
    "bic": env("OPERATOR_BIC", default="AGRIFRPP" if DEMO else ""),
    # « Identifiant créancier SEPA », given by the Banque de France.
    "ics": env("OPERATOR_ICS", default="FR53ZZZ999999"),
    "accent": env("OPERATOR_ACCENT", default="#0e5a62"),
    "logo": env("OPERATOR_LOGO", default="brand/logo.svg"),
    "publisher": env("OPERATOR_PUBLISHER", default="La direction de Santé Travail Val d’Orge"),
    "host": env("OPERATOR_HOST", default="Démonstration : cette copie tourne sur l’ordinateur qui l’affiche."),
    "privacy_contact": env("OPERATOR_PRIVACY_CONTACT", default="dpo@guichet.example"),
    # What invoices say (art. L. 441-9 of the Code de commerce): the rate of late penalties, what paying early brings.
    "late_penalty": env("OPERATOR_LATE_PENALTY", default="trois fois le taux d’intérêt légal"),
    "discount_terms": env("OPERATOR_DISCOUNT_TERMS", default="Pas d’escompte en cas de paiement anticipé."),
}

# Direct debits: days between the announcement and the debit; the format that the bank takes (pain.008.001.02 or .08).
PRENOTIFICATION_DAYS = env.int("PRENOTIFICATION_DAYS", default=14)
SEPA_SCHEMA = env("SEPA_SCHEMA", default="pain.008.001.08")
OTP_TOTP_ISSUER = OPERATOR["name"]  # what an authenticator application calls this site

# --- Logs: one JSON line an event, routes instead of paths, no personal data -----------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "core.logs.JsonFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        **{noisy: {"level": "WARNING"} for noisy in ("weasyprint", "fontTools", "pikepdf", "PIL", "httpx")},
    },
}
LOGGING_CONFIG = "logging.config.dictConfig"
