"""The agreements of the United States and of Australia, and the model text, as their sources tell them."""

from __future__ import annotations

from habeas.core.terms import ANSWERABLE

from .answers import NO_ANSWER, SILENT, Expected


def all_but(answered: str) -> str:
    """Every question but these: of texts that leave nearly everything open, the few that they answer are listed."""
    said = answered.split()
    assert set(said) <= set(ANSWERABLE)
    return " ".join(each for each in ANSWERABLE if each not in said)


EXPECTED = {
    "us-sv-2025": Expected(
        who=[
            ("convicted criminals of any nationality, even United States", "delincuentes condenados de cualquier"),
            ("A member of Tren de Aragua or MS-13", "Miembro del Tren de Aragua o de la MS-13"),
            ("stays not shown until a judgment", "queda sin acreditar hasta que una sentencia"),
        ],
        where=[("(CECOT), El Salvador", "(CECOT), El Salvador")],
        how_many=[("Up to 300 people", "Hasta 300 personas")],
        how_much=[
            ("One grant of 4,760,000.00 USD", "4 760 000,00 USD"),
            ("Over 238 people: 20,000.00 USD each", "20 000,00 USD"),
            ("Over 29,750 person-days: 160.00 USD for each", "160,00 USD"),
            ("Paid for and not used: 65.8 %", "65,8 %"),
            ("from 4,670,000.00 to 6,000,000.00 USD", "de 4 670 000,00 a 6 000 000,00 USD"),
            ("10,000,000.00 USD reported for 500 people", "10 000 000,00 USD"),
            ("54.79 USD a place and day", "54,79 USD"),
            ("The United States flew them", "Los trasladó en avión Estados Unidos"),
        ],
        until_when=[SILENT],
        who_may_not=[
            ("Not a woman: learned only at the door", "Ninguna mujer: se supo solo en la puerta"),
            ("Not a national of Nicaragua", "Ningún nacional de Nicaragua"),
        ],
        who_returns_them=[
            ("There is no clause on return", "No hay cláusula sobre el regreso"),
            ("Eight or nine women and a Nicaraguan were refused", "Ocho o nueve mujeres y un nicaragüense fueron"),
            ("an exchange of 252 people on 18 July 2025", "un canje de 252 personas el 18 de julio de 2025"),
            NO_ANSWER,
        ],
        who_watches=[
            ("no clause on monitoring, and none on torture", "No hay cláusula sobre supervisión ni sobre tortura"),
            ("counsel in asylum cases, UNRWA, abortion", "abogados en casos de asilo, la UNRWA, el aborto"),
            NO_ANSWER,
        ],
        rest=[
            ("public on 9 September 2025, by litigation", "público el 9 de septiembre de 2025, por vía judicial"),
            ("Each state named the other", "Cada Estado nombró al otro"),
            ('"pending the US decision on long-term disposition"', "«a la espera de la decisión de Estados Unidos"),
            ("had asked for up to 500", "había pedido hasta 500"),
            ("had set aside USD 15 million", "había reservado 15 millones"),
            ("names two members of MS-13; 23 were flown", "nombra a dos miembros de la MS-13; viajaron 23"),
            ("23.5 hours a day in the cell", "23,5 horas al día en la celda"),
        ],
        happened=[
            ("238 people, held from 15 March 2025 until 18 July 2025", "238 personas, recluidas desde el 15 de marzo")
        ],
        unsaid=all_but(
            """
            parties_and_signatories vehicle places_by_name places_and_cells who_may_come who_may_not fee_shape
            outside_the_fee
            """
        ),
    ),
    "us-sz-2025": Expected(
        who=[("criminal backgrounds or suspected terrorists", "antecedentes penales o sospechosos de terrorismo")],
        where=[("Matsapha maximum security prison, Eswatini", "Matsapha maximum security prison, Esuatini")],
        how_many=[("Up to 160 people", "Hasta 160 personas")],
        how_much=[
            ("One grant of 5,100,000.00 USD", "5 100 000,00 USD"),
            ("Over 15 people: 340,000.00 USD each", "340 000,00 USD"),
            ("over USD 181,000 for one man", "más de 181 000 USD por un solo hombre"),
        ],
        until_when=[("Signed on 14 May 2025", "Firmado el 14 de mayo de 2025")],
        who_may_not=[SILENT],
        who_returns_them=[("There is no clause on return", "No hay cláusula sobre el regreso"), NO_ANSWER],
        who_watches=[SILENT],
        rest=[
            ("are held with no charge", "se retiene sin cargos"),
            ("Local counsel was not let in", "No se dejó entrar a abogados locales"),
            ("the account of a disaster agency", "la cuenta de un organismo de desastres"),
            ("Public only through the press", "Público solo por la prensa"),
        ],
        happened=[
            ("two flights, of 15 July and 6 October 2025", "dos vuelos, el 15 de julio y el 6 de octubre de 2025")
        ],
        unsaid=all_but(
            """
            parties_and_signatories vehicle places_by_name places_and_cells who_may_come fee_shape outside_the_fee
            """
        ),
    ),
    "us-rw-2025": Expected(
        who=[SILENT],
        where=[SILENT],
        how_many=[SILENT],
        how_much=[
            ("One grant of 7,500,000.00 USD", "7 500 000,00 USD"),
            ("Over 7 people: 1,071,428.57 USD each", "1 071 428,57 USD"),
        ],
        until_when=[SILENT],
        who_may_not=[SILENT],
        who_returns_them=[SILENT],
        who_watches=[("Nobody follows what became of the money", "Nadie sigue qué fue del dinero"), NO_ANSWER],
        rest=[
            ("Up to 250 people", "Hasta 250 personas"),
            (
                "Made known in August 2025; the text is of June",
                "Dado a conocer en agosto de 2025; el texto es de junio",
            ),
            ("No source says how they are received", "Ninguna fuente dice cómo se las recibe"),
        ],
        happened=[("7 people; no source says from when", "7 personas; ninguna fuente dice desde cuándo")],
        unsaid=all_but("parties_and_signatories places_and_cells fee_shape"),
    ),
    "us-gt-2025": Expected(
        who=[("nationals of a third country", "nacionales de un tercer país")],
        where=[SILENT],
        how_many=[SILENT],
        how_much=[SILENT],
        until_when=[SILENT],
        who_may_not=[SILENT],
        who_returns_them=[SILENT],
        who_watches=[SILENT],
        rest=[("Nobody had been received by 18 February 2025", "Nadie había sido recibido hasta el 18 de febrero")],
        unsaid=all_but("parties_and_signatories vehicle who_may_come"),
    ),
    "us-cr-2025": Expected(
        who=[
            ("nationals of a third country", "nacionales de un tercer país"),
            ("from Asia, Eastern Europe and Africa", "de Asia, Europa del Este y África"),
        ],
        where=[("CATEM, Costa Rica", "CATEM, Costa Rica")],
        how_many=[("CATEM, Costa Rica", "CATEM, Costa Rica")],
        how_much=[("Costs are paid back against vouchers", "Los costes se")],
        until_when=[SILENT],
        who_may_not=[SILENT],
        who_returns_them=[("A stay of 30 days was planned", "Se preveía una estancia de 30 días"), NO_ANSWER],
        who_watches=[SILENT],
        rest=[
            ("200 people came, 81 of them minors", "Llegaron 200 personas, 81 de ellas menores"),
            ("200 people came, about 100 of them minors", "Llegaron 200 personas, unas 100 de ellas menores"),
            ("Sources differ", "Las fuentes"),
            ("without a decision about the person", "sin decisión sobre la persona"),
            ("15 days to decide each case and release the person", "15 días para resolver cada caso y liberar"),
            ("no counsel and no information on asylum", "abogado ni información sobre el asilo"),
        ],
        happened=[("200 people; no source says from when", "200 personas; ninguna fuente dice desde cuándo")],
        unsaid=all_but("parties_and_signatories vehicle places_by_name who_may_come law_applied fee_shape"),
    ),
    "au-nr-2012": Expected(
        who=[("People who ask for asylum", "Personas que solicitan asilo")],
        where=[SILENT],
        how_many=[SILENT],
        how_much=[
            ("That is 1,463.01 AUD a place and day", "1463,01 AUD"),  # 534,000 a year
            ("That is 11,780.82 AUD a place and day", "11 780,82 AUD"),  # 4.3 million a year
        ],
        until_when=[SILENT],
        who_may_not=[SILENT],
        who_returns_them=[SILENT],
        who_watches=[SILENT],
        rest=[
            (
                "1,193 people were on Nauru in May 2016, 107 in August 2021",
                "1193 personas en Nauru en mayo de 2016 y 107",
            ),
            ("about A$40 million a month, whatever the number", "unos 40 millones de dólares australianos al mes"),
            ("Supreme Court found the detention unconstitutional", "Tribunal Supremo declaró inconstitucional"),
            ("Memoranda of 2012 and 2013", "Memorandos de 2012 y 2013"),
        ],
        unsaid=all_but(
            """
            parties_and_signatories vehicle who_may_come law_applied health_and_its_cost empty_places fee_shape
            """
        ),
    ),
    "au-nr-2025": Expected(
        who=[("Released detainees, many of whom have served sentences", "muchas de las cuales han cumplido penas")],
        where=[SILENT],
        how_many=[SILENT],
        how_much=[
            ("408,000,000.00 AUD up front", "408 000 000,00 AUD"),
            ("70,000,000.00 AUD a year", "70 000 000,00 AUD"),
        ],
        until_when=[("Signed on 29 August 2025", "Firmado el 29 de agosto de 2025"), ("For 30 years", "30 años")],
        who_may_not=[SILENT],
        who_returns_them=[SILENT],
        who_watches=[SILENT],
        rest=[
            ("Up to 354 people. There is no least number", "Hasta 354 personas. No hay un número mínimo"),
            ("A$20 million in cash and A$388 million in a joint trust", "388 millones en un fideicomiso conjunto"),
            ("payable once the first person arrives", "se paga cuando llega la primera persona"),
            ("Being finalised", "En curso de acuerdo"),
            ("Visas of Nauru for 30 years", "Visados de Nauru por 30 años"),
            ("Released wholly blacked out, title included", "Publicado enteramente tachado, incluido el título"),
        ],
        unsaid=all_but("parties_and_signatories vehicle places_and_cells who_may_come empty_places fee_shape"),
    ),
    "us-hi-saguaro": Expected(
        who=[("Serving a sentence imposed in Hawaii", "Cumple una pena impuesta en Hawái")],
        where=[("Saguaro, at Eloy, Arizona", "Saguaro, at Eloy, Arizona")],
        how_many=[("Up to 1926 people", "Hasta 1926 personas")],
        how_much=[
            ("71.90 USD a person-day", "71,90 USD"),
            (
                "transport and monitors on top, and nobody adds it up",
                "el transporte y los supervisores, y nadie lo suma",
            ),
        ],
        until_when=[("from 1 August 2016", "1 de agosto de 2016"), ("For 3 years", "3 años")],
        who_may_not=[SILENT],
        who_returns_them=[("three months' notice", "tres meses de preaviso")],
        who_watches=[
            ("The state sends its own monitors", "El estado envía a sus propios supervisores"),
            ("No source says who investigates", "Ninguna fuente dice quién investiga"),
            NO_ANSWER,
        ],
        rest=[
            ("two to three per cent more each year", "de un dos a un tres por ciento más cada año"),
            ("the cost of sending people away understated", "subestimado el de enviar a las personas fuera"),
            ("called the earlier intergovernmental agreement a sham", "calificó de simulado el acuerdo"),
            ("since 1995", "desde 1995"),
        ],
        unsaid=all_but(
            """
            parties_and_signatories legal_basis_and_approval in_force_date vehicle places_by_name places_and_cells
            who_may_come law_applied fee_shape outside_the_fee termination_and_retaking
            """
        ),
    ),
    "us-hi-saguaro@2011-07-01": Expected(
        who=[("Serving a sentence imposed in Hawaii", "Cumple una pena impuesta en Hawái")],
        where=[("Saguaro, at Eloy, Arizona", "Saguaro, at Eloy, Arizona")],
        how_many=[("Saguaro, at Eloy, Arizona", "Saguaro, at Eloy, Arizona")],
        how_much=[("63.22 USD a person-day", "63,22 USD")],
        until_when=[SILENT],
        who_may_not=[SILENT],
        who_returns_them=[SILENT],
        who_watches=[("The state sends its own monitors", "El estado envía a sus propios supervisores")],
        unsaid=all_but(
            """
            parties_and_signatories legal_basis_and_approval vehicle places_by_name who_may_come law_applied fee_shape
            outside_the_fee
            """
        ),
    ),
    "us-hi-saguaro@2015-07-01": Expected(
        who=[("Serving a sentence imposed in Hawaii", "Cumple una pena impuesta en Hawái")],
        where=[("Saguaro, at Eloy, Arizona", "Saguaro, at Eloy, Arizona")],
        how_many=[("Saguaro, at Eloy, Arizona", "Saguaro, at Eloy, Arizona")],
        how_much=[("70.49 USD a person-day", "70,49 USD")],
        until_when=[SILENT],
        who_may_not=[SILENT],
        who_returns_them=[SILENT],
        who_watches=[("The state sends its own monitors", "El estado envía a sus propios supervisores")],
        unsaid=all_but(
            """
            parties_and_signatories legal_basis_and_approval vehicle places_by_name who_may_come law_applied fee_shape
            outside_the_fee
            """
        ),
    ),
    "us-ice-igsa": Expected(
        who=[SILENT],
        where=[SILENT],
        how_many=[SILENT],
        how_much=[
            ("with a minimum paid in any case", "con un mínimo"),
            ("54.98 USD a person-day", "54,98 USD"),
            ("20,498,578.26 USD pays for empty places", "20 498 578,26 USD"),  # 12,027 x 31 x 54.98
        ],
        until_when=[SILENT],
        who_may_not=[SILENT],
        who_returns_them=[SILENT],
        who_watches=[SILENT],
        rest=[
            ("there were 133 in fiscal year 2019", "había 133 en el ejercicio fiscal de 2019"),
            ("43 contracts with a guaranteed minimum covered more than 28,000 beds", "cubrían más de 28 000 camas"),
            ("USD 20.5 million for 12,027 unused beds a day", "20,5 millones de USD por 12 027 camas diarias"),
        ],
        happened=[("but the 12,027 paid for unused", "menos las 12 027 pagadas sin usar")],
        unsaid=all_but("parties_and_signatories legal_basis_and_approval places_and_cells fee_shape empty_places"),
    ),
    "us-icc": Expected(
        who=[("a person under sentence", "una persona condenada a una pena")],
        where=[SILENT],
        how_many=[SILENT],
        how_much=[SILENT],
        until_when=[SILENT],
        who_may_not=[SILENT],
        who_returns_them=[
            ("Release is in the sending state unless both agree otherwise", "La puesta en libertad es en el estado"),
            ("one year after notice", "un año después del aviso"),
            ("takes its inmates back at its own cost", "recoge a sus reclusos a su costa"),
            ("Nothing is said of a court's order", "Nada se dice de la orden de un tribunal"),
        ],
        who_watches=[("may inspect at reasonable times", "puede inspeccionar en horas razonables"), NO_ANSWER],
        rest=[
            ("keeps every right that he would have had at home", "conserva todos los derechos que tendría en casa"),
            ("payments for maintenance, programmes and extraordinary care", "pagos por manutención, programas"),
            ("how the inmate's work is paid", "cómo se paga el trabajo del recluso"),
            ("a record of conduct", "un registro de su conducta"),
            ("is the agent of the sending state", "es agente del estado remitente"),
        ],
        unsaid=all_but(
            """
            parties_and_signatories legal_basis_and_approval vehicle who_may_come law_applied data_shared_and_retention
            monitors_and_their_powers termination_and_retaking
            """
        ),
    ),
    "model-agreement": Expected(
        who=[
            ("Serving a final sentence of the sending state", "Cumple una pena firme del Estado remitente"),
            ("The person consents, before a court and with counsel", "La persona consiente, ante un tribunal y con"),
            ("At least six months of the sentence left", "Quedan al menos seis meses de pena"),
        ],
        where=[("Facility One, State B", "Facility One, Estado B")],
        how_many=[("Up to 120 people. 120 cells", "Hasta 120 personas. 120 celdas")],
        how_much=[
            ("100.00 XTS a person-day", "100,00 XTS"),
            ("Neither state charges the person or the family", "Ninguno de los dos Estados cobra nada a la persona"),
        ],
        until_when=[("For 5 years", "5 años")],
        who_may_not=[
            ("No order protects the person from the receiving state", "Ninguna orden protege a la persona"),
            ("No fear of ill-treatment that nobody has decided upon", "Ningún temor de malos tratos sin resolver"),
        ],
        who_returns_them=[
            ("at least 60 days before release", "al menos 60 días antes de su puesta en libertad"),
            ("whenever a court of either state orders it", "siempre que lo ordene un tribunal de cualquiera"),
            ("Either state suspends transfers at once", "Cualquiera de los dos Estados suspende los traslados"),
        ],
        who_watches=[
            ("They come unannounced, at any hour", "Llegan sin aviso, a cualquier hora"),
            ("talk in private to whom they choose", "conversan en privado con quien elijan"),
            ("to the ombudsman of either state", "al defensor del pueblo de cualquiera de los dos Estados"),
        ],
        rest=[
            (
                "Nothing is paid for a place in which nobody is held",
                "Nada se paga por una plaza en la que no hay nadie",
            ),
            ("A commitment order of a court of State B", "Una orden de ingreso de un tribunal del Estado B"),
        ],
        unsaid="",
    ),
}
