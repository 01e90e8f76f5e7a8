"""The agreements of European states, as their sources tell them."""

from __future__ import annotations

from .answers import NO_ANSWER, SILENT, Expected

EXPECTED = {
    "be-nl-2009@2010-02-05": Expected(
        who=[("Serving a sentence imposed in Belgium", "Cumple una pena impuesta en Bélgica")],
        where=[("Tilburg, Netherlands", "Tilburg, Países Bajos")],
        how_many=[("Up to 500 people", "Hasta 500 personas")],
        how_much=[
            ("30,000,000.00 EUR a year for 500 places", "30 000 000,00 EUR al año por 500 plazas"),
            ("Transport is charged to Belgium on top", "El transporte se carga a Bélgica aparte"),
            ("Medical costs are charged to Belgium on top", "Los gastos médicos se cargan a Bélgica aparte"),
        ],
        until_when=[("Signed on 31 October 2009", "Firmado el 31 de octubre de 2009"), ("For 3 years", "Por 3 años")],
        who_may_not=[
            ("above the security level of the prison", "superior al nivel de seguridad de la prisión"),
            ("Not a resident of the Netherlands", "No residente en los Países Bajos"),
            ("declared an undesirable alien in the Netherlands", "extranjero indeseable en los Países Bajos"),
        ],
        who_returns_them=[
            ("one more or one fewer as places are needed", "uno más o uno menos según hagan falta plazas"),
            NO_ANSWER,
        ],
        who_watches=[
            (
                "The European Committee for the Prevention of Torture visited in 2011",
                "El Comité Europeo para la Prevención de la Tortura hizo una visita en 2011",
            ),
            NO_ANSWER,
        ],
        rest=[
            ("At least 500 places", "Al menos 500 plazas"),
            ("6.7 million euros a year dearer", "6,7 millones de euros al año más caro"),
            ("an annex of Wortel under a Belgian director", "un anexo de Wortel con un director belga"),
            ("The staff are Dutch", "El personal es neerlandés"),
        ],
        happened=[("35 people, from 2 February 2010 on", "35 personas")],
        unsaid="""
            in_force_date who_decides_and_who_may_refuse documents_for_each_person consent_and_hearing notice_period
            responsibility_at_each_moment regime deaths_and_who_investigates escapes complaints_to_both_states
            consular_access monitors_and_their_powers data_shared_and_retention invoices_and_time_to_contest claw_back
            day_count return_before_release return_on_order refusal_on_arrival suspension termination_and_retaking dispute competent_authorities
            title_in_law_of_place individual_decision time_to_contest ill_treatment_and_who_investigates
            independent_monitor
            """,
    ),
    "be-nl-2009": Expected(
        who=[("Serving a sentence imposed in Belgium", "Cumple una pena impuesta en Bélgica")],
        where=[("Tilburg, Netherlands", "Tilburg, Países Bajos")],
        how_many=[("Up to 650 people", "Hasta 650 personas")],
        how_much=[
            ("43,000,000.00 EUR a year for 650 places", "43 000 000,00 EUR al año por 650 plazas"),
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
        who_returns_them=[
            ("Extended from year to year, with 1 July as the day of notice", "con el 1 de julio como día de aviso"),
            ("360 people went back to Belgium", "360 personas volvieron a Bélgica"),
        ],
        who_watches=[
            (
                "The European Committee for the Prevention of Torture visited in 2011",
                "El Comité Europeo para la Prevención de la Tortura hizo una visita en 2011",
            ),
            NO_ANSWER,
        ],
        rest=[
            ("About 650 places", "Unas 650 plazas"),
            ("an annex of Wortel under a Belgian director", "un anexo de Wortel con un director belga"),
            ("The staff are Dutch", "El personal es neerlandés"),
        ],
        happened=[("360 people", "360 personas"), ("went back to Belgium at the end", "volvieron a Bélgica al final")],
        unsaid="""
            in_force_date who_decides_and_who_may_refuse documents_for_each_person consent_and_hearing notice_period
            responsibility_at_each_moment regime deaths_and_who_investigates escapes complaints_to_both_states
            consular_access monitors_and_their_powers data_shared_and_retention invoices_and_time_to_contest claw_back
            day_count return_before_release return_on_order refusal_on_arrival suspension dispute competent_authorities
            title_in_law_of_place individual_decision time_to_contest ill_treatment_and_who_investigates
            independent_monitor
            """,
    ),
    "no-nl-2015": Expected(
        who=[
            ("Norwegian sentence by a final, enforceable decision", "pena noruega por decisión firme y ejecutable"),
            ("Men only", "Solo hombres"),
            ("Adults only", "Solo adultos"),
            ("article 1]", "article 1]"),
        ],
        where=[("Norgerhaven, Veenhuizen, Netherlands", "Norgerhaven, Veenhuizen, Países Bajos")],
        how_many=[("Up to 242 people", "Hasta 242 personas")],
        how_much=[
            ("25,500,000.00 EUR a year for 242 places", "25 500 000,00 EUR al año por 242 plazas"),
            ("25,000,000.00 EUR reported for 242 people and years: 3", "25 000 000,00 EUR"),
            ("100,000.00 GBP reported for 1 people", "100 000,00 GBP"),
            ("from 94.34 to 288.69 EUR", "de 94,34 a 288,69 EUR"),
        ],
        until_when=[
            ("Signed on 2 March 2015", "Firmado el 2 de marzo de 2015"),
            ("In force from 1 September 2015", "En vigor desde el 1 de septiembre de 2015"),
            ("Ends on 31 August 2018", "Termina el 31 de agosto de 2018"),
            ("For 3 years", "Por 3 años"),
        ],
        who_may_not=[("No juveniles and no women", "Ni menores de edad ni mujeres")],
        who_returns_them=[
            ("Return before release: 62 days", "62 días"),
            ("renewed from year to year", "renovable de año en año"),
        ],
        who_watches=[
            ("visited in September 2016 and found that the arrangement breached Norway's duties", "septiembre de 2016"),
            ("Deaths: The Dutch police alone may investigate", "Solo la policía neerlandesa puede investigar"),
            ("everyone was put in body cuffs", "a todos se les ponían esposas corporales"),
            ("How decisions are appealed was unclear", "No estaba claro cómo se recurren las decisiones"),
            NO_ANSWER,
        ],
        rest=[
            ("an annex of Ullersmo under a Norwegian governor", "un anexo de Ullersmo con un director noruego"),
            ("Of 936 people sent until 15 February 2018, 568 had applied themselves", "568 lo habían solicitado"),
            ("Tractatenblad 2015, 37", "Tractatenblad 2015, 37"),
            ("Family pay for their own travel", "La familia paga su propio viaje"),
        ],
        happened=[
            ("936 people, from 1 September 2015 on", "936 personas"),
            ("until 15 February 2018", "hasta el 15 de febrero"),
        ],
        unsaid="""
            legal_basis_and_approval who_decides_and_who_may_refuse documents_for_each_person notice_period
            responsibility_at_each_moment regime health_and_its_cost escapes complaints_to_both_states consular_access
            monitors_and_their_powers data_shared_and_retention fee_shape outside_the_fee invoices_and_time_to_contest
            claw_back day_count return_on_order refusal_on_arrival suspension dispute competent_authorities
            title_in_law_of_place individual_decision time_to_contest independent_monitor
            """,
    ),
    "dk-xk-2022": Expected(
        who=[
            ("Serving a sentence imposed in Denmark", "Cumple una pena impuesta en Dinamarca"),
            ("A national of a third country", "Nacional de un tercer país"),
            ("With an order of deportation from Denmark", "Con orden de expulsión de Dinamarca"),
        ],
        where=[("Gjilan (Pasjak), Kosovo", "Gjilan (Pasjak), Kosovo")],
        how_many=[("Up to 300 people", "Hasta 300 personas")],
        how_much=[
            ("Rent alone: 50,000.00 EUR a place and year", "50 000,00 EUR por plaza y año"),
            ("Rent and aid: 70,000.00 EUR a place and year", "70 000,00 EUR por plaza y año"),
            ("1,500,000,000.00 DKK", "1 500 000 000,00 DKK"),
            ("Denmark renovates the prison", "Dinamarca renueva la prisión"),
        ],
        until_when=[
            ("Signed on 26 April 2022", "Firmado el 26 de abril de 2022"),
            ("For 10 years", "Por 10 años"),
            ("Another source: For 5 years", "Por 5 años"),
            ("Sources differ: this settles nothing", "esto no resuelve nada"),
        ],
        who_may_not=[
            ("Not convicted of terrorism", "No condenado por terrorismo"),
            ("Not convicted of war crimes", "No condenado por crímenes de guerra"),
            (
                "No mental illness that needs care outside the prison",
                "Sin enfermedad mental que requiera atención fuera",
            ),
            ("No terminal illness", "Sin enfermedad terminal"),
            ("Not serving a life sentence", "No cumple cadena perpetua"),
        ],
        who_returns_them=[
            ("deported from Kosovo at the end of the sentence", "expulsadas desde Kosovo al terminar la pena"),
            NO_ANSWER,
        ],
        who_watches=[("can visit there only by agreement", "solo puede visitarlo por acuerdo"), NO_ANSWER],
        rest=[
            ("300 places, in single and shared cells", "300 plazas, en celdas individuales y compartidas"),
            ("on 23 May 2024 it passed with 86 to 7", "el 23 de mayo de 2024 se aprobó por 86 contra 7"),
            ("210 million in ten years", "210 millones en diez años"),
            ("now for April 2027", "ahora para abril de 2027"),
            ("A Danish head of the prison beside a head of administration from Kosovo", "Un director danés junto a"),
        ],
        unsaid="""
            in_force_date who_decides_and_who_may_refuse documents_for_each_person consent_and_hearing notice_period
            responsibility_at_each_moment regime health_and_its_cost deaths_and_who_investigates escapes
            complaints_to_both_states consular_access monitors_and_their_powers data_shared_and_retention
            invoices_and_time_to_contest claw_back day_count return_before_release return_on_order refusal_on_arrival
            suspension termination_and_retaking dispute competent_authorities title_in_law_of_place individual_decision
            time_to_contest ill_treatment_and_who_investigates independent_monitor
            """,
    ),
    "se-ee-2025": Expected(
        who=[
            ("Men only", "Solo hombres"),
            ("Aged 18 or more", "Mayor de edad: 18 años o más"),
            ("Placed in security class 2", "Clasificado en la clase de seguridad 2"),
        ],
        where=[("Tartu Prison, Estonia", "Tartu Prison, Estonia")],
        how_many=[("Up to 600 people. 400 cells", "Hasta 600 personas. 400 celdas")],
        how_much=[
            ("30,600,000.00 EUR a year, whoever is there", "30 600 000,00 EUR al año"),
            ("While places are being filled: 22,950,000.00 EUR, 75.0 %", "22 950 000,00 EUR"),
            ("Each person beyond 300: 8,500.00 EUR a month", "8500,00 EUR al mes"),
            ("Transport is paid on top", "El transporte se paga aparte"),
        ],
        until_when=[("Signed on 18 June 2025", "Firmado el 18 de junio de 2025"), ("For 5 years", "Por 5 años")],
        who_may_not=[
            ("Not a national of Estonia", "No tiene la nacionalidad estonia"),
            ("No large need of care", "Sin gran necesidad de cuidados"),
            ("No large need of psychiatric care", "Sin gran necesidad de atención psiquiátrica"),
            ("Not convicted of terrorism", "No condenado por terrorismo"),
            ("against national security", "contra la seguridad nacional"),
            ("Not convicted of serious organised crime", "No condenado por delincuencia organizada grave"),
        ],
        who_returns_them=[
            ("Return before release: 31 days", "31 días"),
            ("Estonia may send a person back", "Estonia puede devolver a una persona"),
            ("up to eight more", "hasta ocho más"),
        ],
        who_watches=[
            ("Sweden's monitors lose their powers", "Los supervisores suecos pierden sus poderes"),
            ("the UN Committee against Torture is lost", "el Comité de la ONU contra la Tortura"),
            NO_ANSWER,
        ],
        rest=[
            ("a prison of 933 places", "una prisión de 933 plazas"),
            ("in the second half of 2026", "en la segunda mitad de 2026"),
            ("Estonia vets each file and may send a person back", "Estonia examina cada expediente"),
            ("Estonian law, with agreed exceptions", "Derecho estonio, con excepciones acordadas"),
        ],
        unsaid="""
            in_force_date documents_for_each_person notice_period responsibility_at_each_moment
            deaths_and_who_investigates escapes complaints_to_both_states consular_access monitors_and_their_powers
            data_shared_and_retention invoices_and_time_to_contest claw_back day_count return_on_order suspension
            termination_and_retaking dispute competent_authorities title_in_law_of_place time_to_contest
            ill_treatment_and_who_investigates independent_monitor
            """,
    ),
    "it-al-2023": Expected(
        who=[("Men only", "Solo hombres"), ("Taken from the sea", "Recogido en el mar")],
        where=[("Shengjin, Gjader, Albania", "Shengjin, Gjader, Albania")],
        how_many=[("Up to 3000 people", "Hasta 3000 personas")],
        how_much=[
            ("Costs are paid back against vouchers", "justificante"),
            ("600,000,000.00 EUR", "600 000 000,00 EUR"),
            ("800,000,000.00 EUR", "800 000 000,00 EUR"),
            ("Building cost 74.2 million euros: 153,000 a place", "74,2 millones de euros: 153 000 por plaza"),
        ],
        until_when=[("Signed on 6 November 2023", "Firmado el 6 de noviembre de 2023"), ("For 5 years", "Por 5 años")],
        who_may_not=[
            ("Not a minor", "No es menor de edad"),
            ("Not a pregnant woman", "No es mujer embarazada"),
            ("Not a vulnerable person", "No es persona vulnerable"),
        ],
        who_returns_them=[
            ("Italy moves the person out of Albania at once, at its own cost", "Italia saca a la persona de Albania"),
            ("about 70 per cent of those brought were sent back", "cerca del 70 por ciento"),
            ("Five years, and five more", "Cinco años, y cinco más"),
        ],
        who_watches=[SILENT],
        rest=[
            ("No more than 3,000 people at once", "No más de 3000 personas a la vez"),
            ("about 400 were built by March 2025", "unas 400 estaban construidas en marzo de 2025"),
            ("76.57 or 108.04 euros", "76,57 o 108,04 euros"),
            ("jurisdiction is Italy's alone", "la jurisdicción es exclusivamente de Italia"),
        ],
        happened=[
            ("20 people", "20 personas"),
            ("five days of use that cost 114,000 euros each", "114 000 euros cada uno"),
        ],
        unsaid="""
            legal_basis_and_approval in_force_date who_decides_and_who_may_refuse documents_for_each_person
            consent_and_hearing notice_period responsibility_at_each_moment regime deaths_and_who_investigates escapes
            complaints_to_both_states consular_access monitors_and_their_powers data_shared_and_retention
            invoices_and_time_to_contest empty_places claw_back day_count return_on_order refusal_on_arrival suspension
            termination_and_retaking dispute publication competent_authorities title_in_law_of_place individual_decision
            time_to_contest ill_treatment_and_who_investigates independent_monitor
            """,
    ),
}
