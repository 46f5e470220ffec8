"""An OpenID provider as a process of its own: allauth's, on SQLite in memory, on loopback.

Run as a script: prints its address on one line when it serves, and serves until it is killed.
Everybody's password there is 'at-the-provider'. What the arguments hold is JSON: people (address,
whether the provider verified it, amr) and the client.
"""

import json
import sys
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import django
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings

PASSWORD = "at-the-provider"


def _key():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def _configure(database):
    settings.configure(
        SECRET_KEY="of-the-provider-alone",
        ALLOWED_HOSTS=["127.0.0.1"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": database}},
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
            "allauth",
            "allauth.account",
            "allauth.idp.oidc",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "allauth.account.middleware.AccountMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
        AUTHENTICATION_BACKENDS=["allauth.account.auth_backends.AuthenticationBackend"],
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        ACCOUNT_LOGIN_METHODS={"email"},
        ACCOUNT_SIGNUP_FIELDS=["email*", "password1*"],
        ACCOUNT_EMAIL_VERIFICATION="none",
        ACCOUNT_RATE_LIMITS=False,
        SESSION_COOKIE_NAME="provider",
        ROOT_URLCONF="tests.config.sign_in.openid_urls",
        USE_TZ=True,
        IDP_OIDC_PRIVATE_KEY=_key(),
        IDP_OIDC_ADAPTER="tests.config.sign_in.openid_claims.Claims",
    )
    django.setup()


def _populate(given):
    from allauth.account.models import EmailAddress
    from allauth.idp.oidc.models import Client
    from django.contrib.auth import get_user_model
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    for person in given["people"]:
        user = get_user_model()(username=person["email"], email=person["email"])
        user.first_name = " ".join(person.get("amr", ["pwd"]))
        user.set_password(PASSWORD)
        user.save()
        EmailAddress.objects.create(
            user=user, email=user.email, verified=person.get("verified", True), primary=True
        )
    client = Client(
        id=given["client"],
        name="Countersign",
        scopes="openid\nprofile\nemail",
        redirect_uris=given["redirect"],
        skip_consent=True,
    )
    client.set_secret(given["secret"])
    client.save()


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, *arguments):
        pass


def serve(given):
    """Serve until killed."""
    _configure("file:provider?mode=memory&cache=shared")
    _populate(given)
    from django.core.wsgi import get_wsgi_application

    server = make_server("127.0.0.1", 0, get_wsgi_application(), _Server, _Quiet)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    serve(json.loads(sys.argv[1]))
