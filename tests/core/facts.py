"""The facts of somebody whom no rule of `se-ee-2025` bars: what each says, and on which kind of paper."""

from __future__ import annotations

LAWFUL: dict[str, tuple[str, str]] = {
    "nationalities": ("NOR", "passport"),
    "born_on": ("1988-02-29", "passport"),
    "sex": ("male", "passport"),
    "languages_understood": ("nb,sv,pl,sr,es,lt,ar,sq", "interview_record"),
    "citizenship_asserted_of": ("none", "interview_record"),
    "child_asserted": ("false", "interview_record"),
    "fear_asserted": ("false", "interview_record"),
    "protection_orders_against": ("none", "court_search"),
    "asylum_claim_pending": ("false", "asylum_register_search"),
    "risk_in_receiving_state": ("no_substantial_grounds", "risk_assessment"),
    "risk_to_life_in_receiving_state": ("no_substantial_grounds", "risk_assessment"),
    "disappearance_risk_in_receiving_state": ("no_substantial_grounds", "risk_assessment"),
    "country_information_on": ("2026-08-20", "risk_assessment"),
    "assurances_relied_on": ("false", "risk_assessment"),
    "onward_transfer_excluded": ("true", "binding_undertaking"),
    "sentence_imposed_by": ("SWE", "judgment"),
    "sentence_final": ("true", "judgment"),
    "sentence_ends_on": ("2031-05-01", "sentence_calculation"),
    "convicted_by_final_judgment": ("true", "judgment"),
    "convicted_offences": ("other", "judgment"),
    "security_class": ("2", "classification_decision"),
    "needs_extensive_care": ("false", "medical_certificate"),
    "needs_psychiatric_care": ("false", "medical_certificate"),
    "fit_to_travel_until": ("2031-01-01", "medical_certificate"),
}
