"""Single sign-on by OpenID Connect, on allauth's provider, with what that leaves to the site."""
