"""Every setting of the site. Production is the default; DEBUG=1 is the one switch to develop.

The variables read here are described in .env.example and README.md.
"""

import gc
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from rlsinfo import clinic, environment, languages, logs

# Nothing that a start loads is garbage, and to look for it takes a sixth of the start: apps.SiteConfig begins to.
gc.disable()

BASE_DIR = Path(__file__).resolve().parent.parent
DEBUG = environment.boolean("DEBUG")
PORT = environment.whole_number("PORT", default=8000, lowest=1, highest=65535)
WEB_CONCURRENCY = environment.whole_number("WEB_CONCURRENCY", default=2, lowest=1, highest=64)
VAR_DIR = environment.directory("VAR_DIR", BASE_DIR / "var")
SITE_URL = environment.address("SITE_URL", f"http://127.0.0.1:{PORT}")
TEST_REQUEST_ADDRESS = environment.address("TEST_REQUEST_ADDRESS", f"http://127.0.0.1:{PORT}")
SECRET_KEY = environment.secret_key(VAR_DIR)
ENCRYPTION_KEYS = environment.encryption_keys(VAR_DIR)
BACKUP_DIR = Path(environment.text("BACKUP_DIR", str(VAR_DIR / "backups"))).absolute()
"""Made when it is first needed: a disk of backups that is away keeps nobody from asking for a call."""
ERASED_DIR = environment.directory("ERASED_DIR", VAR_DIR)
"""Of every process that erases people or removes requests the same one: where it is remembered who was erased."""
BACKUP_DAYS = environment.whole_number("BACKUP_DAYS", default=30, lowest=1, highest=3650)

# --- content and pages -------------------------------------------------------------------------
CONTENT_DIR = BASE_DIR / "content"
CLINIC = clinic.read(CONTENT_DIR / "clinic.yaml")
BUILD_DIR = BASE_DIR / "build"
"""Collected assets, and inside an image also its pages; never kept in git."""
PAGES_DIRS = (BUILD_DIR / "pages", VAR_DIR / "pages")
"""Where built pages are looked for: those of the image first, then those that `serve` and `build_pages` made here."""
PAGES_CACHE_CONTROL = "public, max-age=300, stale-while-revalidate=86400"
"""A corrected sentence reaches every reader within minutes; a cache in front may answer meanwhile."""

# --- who may ask, and over what ----------------------------------------------------------------
_site = urlsplit(SITE_URL)
SITE_IS_LOCAL = _site.hostname in {"127.0.0.1", "localhost", "::1"}
ALLOWED_HOSTS = [host.strip() for host in environment.text("ALLOWED_HOSTS").split(",") if host.strip()] or [
    f"[{_site.hostname}]" if ":" in str(_site.hostname) else str(_site.hostname),
    *(["127.0.0.1", "localhost", "[::1]"] if SITE_IS_LOCAL else []),
]
if "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS holds *, which admits forged hosts: list the site's host names instead.")
HTTPS = _site.scheme == "https"
CSRF_TRUSTED_ORIGINS = [SITE_URL]
# Two years, for all subdomains too, fit for the preload list: README.md says what that binds.
SECURE_HSTS_SECONDS = 63_072_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
# Health checks ask from inside the machine, over plain http.
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health/(ready/?)?$"]
# Not "no-referrer": over https Django checks the Referer of a form.
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
# Not Strict: a link in a mail leads to a request or takes up an invitation, and the session has to come along.
# What it is spared by Strict is spared by POST for every change, a token in every form, and no frames.
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 60 * 60
# Gone with the browser: on a shared computer nothing tells for a year that somebody opened the form.
CSRF_COOKIE_AGE = None
# Not in a cookie, where Django would put them: they may name people.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
CSRF_FAILURE_VIEW = "rlsinfo.consultations.views.csrf_failure"
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 50
DATA_UPLOAD_MAX_NUMBER_FILES = 1
TRUSTED_PROXIES = environment.whole_number("TRUSTED_PROXIES", default=0, lowest=0, highest=10)
REQUESTS_PER_CLIENT = environment.whole_number("REQUESTS_PER_CLIENT", default=60, lowest=1, highest=1_000_000)
REQUESTS_PER_HOUR = environment.whole_number("REQUESTS_PER_HOUR", default=1000, lowest=1, highest=1_000_000)
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "manifest-src": ["'self'"],
    "form-action": ["'self'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
    "object-src": ["'none'"],
    **({"upgrade-insecure-requests": []} if HTTPS else {}),
}

# --- the application ---------------------------------------------------------------------------
INSTALLED_APPS = [
    "rlsinfo.apps.ClinicAdminConfig",
    "rlsinfo.apps.SiteConfig",
    "rlsinfo.articles",
    "rlsinfo.consultations",
    "rlsinfo.readers",
    "rlsinfo.plumbing",
    "crispy_forms",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "whitenoise.runserver_nostatic",
    "rlsinfo.apps.AssetsConfig",
    "django_otp",
    "django_otp.plugins.otp_totp",
    # Below the apps whose stock pages in the admin it takes away.
    "rlsinfo.staff",
]
MIDDLEWARE = [
    # Above WhiteNoise, so that pages and assets served as files carry the headers and meet the refusals too.
    "rlsinfo.middleware.security_headers",
    # Above everything that may answer with a page, refusals included.
    "rlsinfo.spoken.language_of_the_address",
    "rlsinfo.middleware.refuse_malformed_requests",
    "rlsinfo.middleware.address_for_the_log",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # For the form and the admin; it hides lengths, so that nobody can guess at what a page holds.
    "django.middleware.gzip.GZipMiddleware",
    "rlsinfo.database_away.PatienceWithTheDatabase",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "rlsinfo.urls"
WSGI_APPLICATION = "rlsinfo.wsgi.application"
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
                "rlsinfo.context_processors.site",
            ],
        },
    },
]
# The admin's own form templates are found too when forms are rendered through the project's engine.
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"
CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "forms"

DATABASES = {"default": environment.database(VAR_DIR / "rlsinfo.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    # NIST SP 800-63B-4: a password used alone has 15 characters or more.
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 15}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "rlsinfo.staff.passwords.CommonAtHeartValidator"},
    {"NAME": "rlsinfo.staff.passwords.OwnWordsValidator"},
]
AUTHENTICATION_BACKENDS = ["rlsinfo.staff.backends.StaffBackend"]
LOGIN_URL = "admin:login"
PASSWORD_RESET_TIMEOUT = 7 * 24 * 60 * 60  # how long the link of an invitation works
OTP_TOTP_ISSUER = CLINIC.name
# Its own pauses would let a stranger lock a person out; rlsinfo.staff.throttle counts instead.
OTP_TOTP_THROTTLE_FACTOR = 0

LANGUAGE_CODE = languages.ENGLISH
LANGUAGES = [("en", "English"), (languages.SPANISH, "Español")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = CLINIC.time_zone.key
USE_TZ = True
DATETIME_FORMAT = "D, N j, Y, g:i A e"
USE_I18N = True

# --- assets ------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = BUILD_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_MIMETYPES = {".svg": "image/svg+xml; charset=utf-8"}
# No page of another site needs to read ours.
WHITENOISE_ALLOW_ALL_ORIGINS = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "rlsinfo.assets.MinifiedStaticFilesStorage"
    },
}

# --- mail --------------------------------------------------------------------------------------
_mail = environment.mail(VAR_DIR, str(_site.hostname))
globals().update(_mail)
CLINIC_ALERT_EMAIL = environment.alert_address(_mail)

# --- logs: to standard output; what a person typed is never in them --------------------------------
LOGGING = logs.configuration(debug=DEBUG)

# A comfort of `make dev`; an image does not carry it.
RELOADS = DEBUG and find_spec("django_browser_reload") is not None
if RELOADS:
    INSTALLED_APPS += ["django_browser_reload"]
    MIDDLEWARE += ["django_browser_reload.middleware.BrowserReloadMiddleware"]
