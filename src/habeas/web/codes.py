"""The languages that a form offers; their names are labels `language.X`. Countries are the core's."""

_LANGUAGES = """
    aa ab ace ae af ak am an ar arn as av ay az ba be bem bg bi bm bn bo br bs ca ce ceb ch ckb co cr
    crs cs cu cv cy da de dv dz ee el en eo es et eu fa ff fi fil fj fo fr fy ga gd gl gn gu gv ha hak
    haw he hi hmn ho hr ht hu hy hz ia id ie ig ii ik ilo io is it iu ja jv ka kab kam kg ki kj kk kl km
    kmb kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu luy lv men mg mh mi mk ml mn mr ms mt my na nan
    nb nd ne ng nl nn no nr nv ny oc oj om or os pa pap pi pl ps pt qu quc rm rn ro rom ru rw sa sc sd
    se sg sh shi si sk sl sm sn so sq sr srr ss st su sv sw ta te tem tg th ti tig tk tl tn to tr ts tt
    tw ty ug uk umb ur uz ve vi vo wa wo wuu xh yi yo yue za zap zgh zh zu
"""

LANGUAGES = tuple(_LANGUAGES.split())
"""BCP 47: every ISO 639-1 language, and others that people who are moved speak."""
