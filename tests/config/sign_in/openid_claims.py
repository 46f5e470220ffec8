"""What the provider of the tests says beside the usual: when it asked whom, and by what."""

from allauth.idp.oidc.adapter import DefaultOIDCAdapter


class Claims(DefaultOIDCAdapter):
    """Adds `auth_time` and `amr`."""

    def get_claims(self, purpose, user, client, scopes, email=None, **kwargs):
        claims = super().get_claims(purpose, user, client, scopes, email=email, **kwargs)
        asked = {"auth_time": int(user.last_login.timestamp()), "amr": user.first_name.split()}
        return claims | asked
