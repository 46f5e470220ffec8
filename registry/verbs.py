"""What may happen to things and people."""

from ledger import verbs

VERBS = {
    "user.created": "created the account of",
    "user.changed": "changed the account of",
    "user.deactivated": "deactivated",
    "user.signed_in": "signed in",
    "user.signed_out": "signed out",
    "user.sign_in_failed": "failed to sign in",
    "user.password_changed": "changed the password of",
    "user.password_reset": "set a new password by mail for",
    "user.address_changed": "changed the address of",
    "user.second_factor_added": "added a second factor for",
    "user.second_factor_removed": "removed a second factor of",
    "user.recovery_codes_made": "made recovery codes for",
    "sheet.downloaded": "downloaded from",
    "token.used": "opened the API with the token",
    "unit.created": "created the unit",
    "calendar.created": "created the calendar",
    "role.granted": "granted the role",
    "role.ended": "ended the role",
    "leave.recorded": "recorded the leave of",
    "delegation.recorded": "recorded the delegation",
    "token.issued": "issued the token",
    "token.revoked": "revoked the token",
    "token.refused": "used a token that was refused",
    "system.registered": "registered",
    "system.changed": "changed",
    "system.classified": "classified",
    "system.handed_over": "handed over",
    "system.assess": "assessed",
    "system.approve": "approved",
    "system.start_pilot": "started the pilot of",
    "system.go_live": "put into production",
    "system.suspend": "suspended",
    "system.resume": "resumed",
    "system.retire": "retired",
    "version.registered": "registered the version",
    "version.approved": "approved the version",
    "version.revoked": "revoked the version",
    "deployment.made_live": "made live",
    "deployment.suspended": "suspended the deployment of",
    "deployment.resumed": "resumed the deployment of",
    "record.signed": "signed",
    "reference.loaded": "loaded the reference data",
    "retention.rule_set": "changed how long to keep",
    "legal_hold.set": "set a legal hold on",
    "legal_hold.ended": "ended the legal hold on",
    "person.erasure_asked": "asked to erase",
    "person.erasure_declined": "declined to erase",
    "person.erased": "erased",
}

# What auditors list apart, by group.
EXCEPTIONS = {
    "user.sign_in_failed": "sign_in",
    "token.refused": "sign_in",
    "person.erased": "erasure",
}


def register_verbs() -> None:
    """Register every verb of this floor once."""
    for name, words in VERBS.items():
        group = EXCEPTIONS.get(name, "")
        verbs.register(name, words, exception=bool(group), group=group)
