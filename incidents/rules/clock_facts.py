"""Facts that arm clocks beside the four questions, and the kinds of awareness, as data."""

from incidents.rules.command_fields import QUESTION_WORDS

FACTS: dict[str, str] = {
    "person_died": "Has a person died?",
    "irreversible_outage": "Is a disruption of critical infrastructure serious and irreversible?",
    "widespread_infringement": "Is it a widespread infringement, in several Member States?",
    "serious_incident": "Is it a serious incident in the sense of Art. 3(49)?",
    "gpai_serious_incident": "Does a general-purpose model with systemic risk stand behind it?",
    "high_risk_to_persons": "Is there a high risk to the persons whose data are concerned?",
    "acts_as_processor": "Do we process these personal data for somebody else?",
    "major_ict_incident": "Has it been classified as a major ICT-related incident?",
    "product_vulnerability": "Is a vulnerability of our product exploited, or its security hit?",
    "fix_available": "Is a fix for the vulnerability available?",
    "device_incident": "Is it a serious incident with a medical device?",
    "public_health_threat": "Does a device threaten public health?",
    "device_death": "Has a person died of a device, or got unexpectedly much worse?",
}
FACT_CHOICES = tuple(FACTS.items())
ASKED = {**QUESTION_WORDS, **FACTS}

AWARENESS: dict[str, str] = {
    "organisation": "We knew of it",
    "deployer": "The deployer knew of it",
    "provider": "The provider knew of it",
    "personal_data": "It was certain that personal data are concerned",
    "causal_link": "A causal link was likely",
    "reportability": "Facts showed that it is to be reported after all",
    "occurred": "It happened",
}
AWARENESS_CHOICES = tuple(AWARENESS.items())

COLUMN_OF = {
    "organisation": "aware_at",
    "deployer": "deployer_aware_at",
    "provider": "provider_aware_at",
    "personal_data": "personal_data_aware_at",
    "causal_link": "causal_link_likely_at",
    "reportability": "reportability_aware_at",
    "occurred": "occurred_at",
}
"""Where an incident keeps each instant; that of the detection stands from the opening."""
