"""The agreements of European states, as their sources tell them."""

from __future__ import annotations

from .answers import NO_ANSWER, Expected

EXPECTED = {
    "be-nl-2009": Expected(
        who=[("Serving a sentence imposed in Belgium", "Cumple una pena impuesta en Bélgica")],
        where=[("Tilburg, Netherlands", "Tilburg, Países Bajos")],
        how_many=[("Up to 500 people", "Hasta 500 personas")],
        how_much=[
            ("30,000,000.00 EUR a year for 500 places", "30 000 000,00 EUR al año por 500 plazas"),
            ("Transport is charged to Belgium on top", "El transporte se carga a Bélgica aparte"),
            ("Medical costs are charged to Belgium on top", "Los gastos médicos se cargan a Bélgica aparte"),
        ],
        until_when=[
            ("Signed on 31 October 2009", "Firmado el 31 de octubre de 2009"),
            ("Ends on 31 December 2016", "Termina el 31 de diciembre de 2016"),
            ("For 3 years", "Por 3 años"),
        ],
        who_may_not=[
            ("above the security level of the prison", "superior al nivel de seguridad de la prisión"),
            ("Not a resident of the Netherlands", "No residente en los Países Bajos"),
            ("declared an undesirable alien in the Netherlands", "extranjero indeseable en los Países Bajos"),
        ],
        who_returns_them=[("360 people went back to Belgium", "360 personas volvieron a Bélgica")],
        who_watches=[
            (
                "The European Committee for the Prevention of Torture visited in 2011",
                "El Comité Europeo para la Prevención de la Tortura hizo una visita en 2011",
            ),
            NO_ANSWER,
        ],
        rest=[
            ("At least 500 places; about 650 later", "Al menos 500 plazas; unas 650 más tarde"),
            ("an annex of Wortel under a Belgian director", "un anexo de Wortel con un director belga"),
            ("The staff are Dutch", "El personal es neerlandés"),
        ],
        unsaid="""
            in_force_date who_decides_and_who_may_refuse documents_for_each_person consent_and_hearing notice_period
            responsibility_at_each_moment regime deaths_and_who_investigates escapes complaints_to_both_states
            consular_access monitors_and_their_powers data_shared_and_retention invoices_and_time_to_contest claw_back
            day_count return_before_release return_on_order refusal_on_arrival suspension dispute competent_authorities
            title_in_law_of_place individual_decision time_to_contest ill_treatment_and_who_investigates
            independent_monitor
            """,
    )
}
