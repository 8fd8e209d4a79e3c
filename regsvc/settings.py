"""Django's settings: made from the environment and from the role's row in `roles.py`, and from nothing else."""

import os
from pathlib import Path
from typing import Any

from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

from regsvc import env, logs, refusals, roles
from regsvc.postgres import connection

ROOT = Path(__file__).resolve().parent.parent
read = env.Reader(os.environ)

# Who this process is ------------------------------------------------------------------------------------------------
DEVELOPMENT = read.flag("REGSVC_DEVELOPMENT", "no")
ROLE_NAME = read.choice("REGSVC_ROLE", tuple(roles.ROLES))
ROLE = roles.ROLES.get(ROLE_NAME, roles.Role())
if ROLE_NAME == "all" and not DEVELOPMENT:
    read.faults.append("REGSVC_ROLE: `all` is for development only")
if ROLE_NAME == "migrate":
    ROLE_KEYS: tuple[str, ...] = ()
else:
    ROLE_KEYS = ROLE.keys
TRUST_CLEARTEXT = read.choice("REGSVC_TRUST_CLEARTEXT", ("off", "loopback"), "off")
LOCAL = DEVELOPMENT or TRUST_CLEARTEXT == "loopback"  # nothing of it may be reached from another machine

# Stores -------------------------------------------------------------------------------------------------------------
URL_NAMES = {"default": "DATABASE_URL", "keystore": "KEYSTORE_DATABASE_URL", "activation": "ACTIVATION_DATABASE_URL"}
# How long a store may be silent. Visitors wait seconds, `lower` up to three for a mail's lock; a worker's statement takes longer.
SILENCE = {"public": 4, "activation": 4, "console": 15, "operator": 15}.get(ROLE_NAME, 300)
POOL = {
    "min_size": 1,
    "max_size": 8,
    "timeout": 3,
    "reconnect_timeout": 2,  # then a caller makes it try anew: its own pauses double, and would outlast the outage by far
    "connection_class": connection.bounded(SILENCE),
}
LINK = {"connect_timeout": 3, "tcp_user_timeout": 10_000, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
# A storm on one key must not hold every thread, and the few statements of an activation are worth being planned once.
STORE_OPTIONS = {"activation": {"options": "-c lock_timeout=2s", "server_side_binding": True, "prepare_threshold": 2}}
DATABASES: dict[str, dict[str, Any]] = {"default": {}}
for alias, url_name in URL_NAMES.items():
    if alias in ROLE.databases:
        found: dict[str, Any] = read.parsed(url_name, None, env.database, "postgresql://login:password@host:port/name") or {}
        if found and found["USER"] != roles.login(ROLE_NAME):
            read.faults.append(f"{url_name}: log in as {roles.login(ROLE_NAME)}, the login of the role {ROLE_NAME}")
        DATABASES[alias] = found | {
            "ENGINE": "regsvc.postgres",
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": {"pool": POOL, "application_name": f"regsvc-{ROLE_NAME}"} | LINK | STORE_OPTIONS.get(alias, {}),
        }
    elif url_name in os.environ or f"{url_name}_FILE" in os.environ:
        read.faults.append(f"{url_name}: the role {ROLE_NAME or '?'} must not reach this database: remove the setting")
places = {URL_NAMES[alias]: store for alias, store in DATABASES.items() if "HOST" in store}
read.faults += refusals.shared_servers(places, by_database=DEVELOPMENT)
DATABASE_ROUTERS = ["regsvc.router.StoreRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

KEY_DIRECTORY = read.parsed("REGSVC_KEYS", None if ROLE.keys else "", refusals.key_directory, "a directory") or Path()

# Web ----------------------------------------------------------------------------------------------------------------
WEB = ROLE.urls is not None
REQUESTS_LOGGED = ROLE_NAME not in {"activation", "operator"}  # no log may hold the time of an activation
STAFF_PAGES = ROLE_NAME in {"operator", "console", "all", "migrate"}
if WEB:
    SECRET_KEY = read.parsed("REGSVC_SECRET_KEY", None, refusals.secret, "random characters") or ""
else:
    SECRET_KEY = read.text("REGSVC_SECRET_KEY", "workers-sign-nothing")
ALLOWED_HOSTS = read.parsed("REGSVC_HOSTS", None if WEB else "", refusals.hosts, "host names") or []
ROOT_URLCONF = ROLE.urls or "regsvc.urls.none"
SITES = ("REGSVC_PUBLIC_URL", "REGSVC_ACTIVATION_URL", "REGSVC_CONSOLE_URL")
sites = {name: read.parsed(name, None, refusals.site(local=LOCAL), "https:// and a host name") or "" for name in SITES}
PUBLIC_URL, ACTIVATION_URL, CONSOLE_URL = sites.values()
read.faults += refusals.shared_sites(sites, by_port=LOCAL)
CSRF_TRUSTED_ORIGINS = [CONSOLE_URL] if CONSOLE_URL.startswith("https://") else []  # TLS ends at a proxy
SECURE = PUBLIC_URL.startswith("https://")
PROXIES = read.parsed("REGSVC_PROXIES", "", refusals.networks, "addresses") or refusals.Networks()
POSTS_PER_MINUTE = read.number("REGSVC_POSTS_PER_MINUTE", "60", least=1)

# Who speaks ---------------------------------------------------------------------------------------------------------
SENDER_NAME = read.parsed("REGSVC_SENDER_NAME", None, refusals.line, "a name") or ""
SENDER_ADDRESS = read.parsed("REGSVC_SENDER_ADDRESS", None, refusals.sender, "a mail address") or ""
POSTAL_ADDRESS = read.text("REGSVC_POSTAL_ADDRESS")
PRIVACY_CONTACT = read.parsed("REGSVC_PRIVACY_CONTACT", None, refusals.mail_address, "a mail address") or ""
PHONE_NUMBERS = read.words("REGSVC_PHONE_NUMBERS", "")
DEFAULT_FROM_EMAIL = SENDER_ADDRESS

# Rules of the house -------------------------------------------------------------------------------------------------
COUNTRIES = "`always`, or `none:US,CA` with the codes of countries that exist (ISO 3166-1)"
BATCH_WAIT = read.parsed("REGSVC_BATCH_WAIT", "60 s", env.duration, "seconds such as `60 s`, or `day`") or 60
CONFIRM_WITHOUT = read.parsed("REGSVC_CONFIRM", "always", env.confirmation, COUNTRIES) or frozenset()
CONFIRM_DAYS = read.number("REGSVC_CONFIRM_DAYS", "14", least=1)
RETAIN_WITHOUT_OPT_IN = read.number("REGSVC_RETAIN_WITHOUT_OPT_IN", "24", least=1)
RETAIN_INACTIVE = read.number("REGSVC_RETAIN_INACTIVE", "36", least=1)
REVEAL_MINUTES = read.number("REGSVC_REVEAL_MINUTES", "10", least=1)
REVEALS_PER_HOUR = read.number("REGSVC_REVEALS_PER_HOUR", "60", least=1)

# Mail ---------------------------------------------------------------------------------------------------------------
MAILS = bool({"mail", "service"} & set(ROLE.queues))
smtp: dict[str, Any] = read.parsed("REGSVC_SMTP_URL", None if MAILS else "smtp://localhost", env.smtp, "smtp://host:port") or {}
EMAIL_HOST = smtp.get("EMAIL_HOST", "")
EMAIL_PORT = smtp.get("EMAIL_PORT", 25)
EMAIL_HOST_USER = smtp.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = smtp.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = smtp.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = smtp.get("EMAIL_USE_SSL", False)

# Celery: evidence for each value stands in docs/architecture.md --------------------------------------------------------
BROKER_URL = read.text("REDIS_URL", None if ROLE.broker else "")
if not ROLE.broker and ("REDIS_URL" in os.environ or "REDIS_URL_FILE" in os.environ):
    read.faults.append(f"REDIS_URL: the role {ROLE_NAME or '?'} must not know the broker: remove the setting")
read.refuse_unknown("REGSVC_", besides=env.READ_ELSEWHERE)
read.stop_on_faults()

# Applications -------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "regsvc.apps.RegsvcConfig",
    "privacy",
    "keystore",
    "catalogue",
    "accounts",
    "activation",
    "intake",
    "registration",
    *(["accounts.apps.ConsoleConfig"] if STAFF_PAGES else []),
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
]
AUTH_USER_MODEL = "accounts.Staff"
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    *(["regsvc.logs.RequestLog"] if REQUESTS_LOGGED else []),
    "csp.middleware.CSPMiddleware",
    *(["django.contrib.sessions.middleware.SessionMiddleware"] if STAFF_PAGES else []),
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    *(
        ["django.contrib.auth.middleware.AuthenticationMiddleware", "django.contrib.messages.middleware.MessageMiddleware"]
        if STAFF_PAGES
        else []
    ),
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "regsvc.context_processors.speaker",
                *(
                    ["django.contrib.auth.context_processors.auth", "django.contrib.messages.context_processors.messages"]
                    if STAFF_PAGES
                    else []
                ),
            ]
        },
    }
]
WSGI_APPLICATION = "regsvc.wsgi.application"

# Languages ----------------------------------------------------------------------------------------------------------
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("de", _("German"))]
LANGUAGE_COOKIE_NAME = "regsvc_language"

# Static files -------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = ROOT / ".local" / "static"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

# Hardening ----------------------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "style-src": [SELF],
        "script-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
if STAFF_PAGES:
    CSRF_FAILURE_VIEW = "accounts.console.csrf_failure"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = False  # the vendor's other hosts are not ours to bind
SECURE_SSL_REDIRECT = False  # a redirect would have leaked already: intake answers `https-required`
SESSION_COOKIE_SECURE = SECURE
CSRF_COOKIE_SECURE = SECURE
SESSION_ENGINE = "accounts.operator_sessions" if ROLE_NAME == "operator" else "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 8 * 3600
SESSION_COOKIE_HTTPONLY = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "accounts.passwords.NotCommon"},
    {"NAME": "accounts.passwords.NotNumeric"},
    {"NAME": "accounts.passwords.Varied"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "/console/login/"
LOGIN_REDIRECT_URL = "/console/"
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # see SECURE_HSTS_INCLUDE_SUBDOMAINS
    "security.W008",  # see SECURE_SSL_REDIRECT
    "security.W021",  # preloading binds subdomains too
]

# API ----------------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "intake.negotiation.AlwaysJson",
    "EXCEPTION_HANDLER": "regsvc.problems.handler",
    "UNAUTHENTICATED_USER": None,
}

# Logs and tasks -----------------------------------------------------------------------------------------------------
LOGGING_CONFIG = None
logs.configure(ROLE_NAME)
