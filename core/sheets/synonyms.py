"""Pure: the words people head their columns with, in six languages, and what the cells below must look like."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from core.results import person


class Field(StrEnum):
    """What a column of the person's sheet holds. The value is what people call it."""

    LINKEDIN = "LinkedIn URL"
    FIRST_NAME = "first name"
    LAST_NAME = "last name"
    FULL_NAME = "full name"
    COMPANY = "company"
    DOMAIN = "company domain"
    EMAIL = "e-mail"
    PHONE = "phone"


INPUTS = frozenset(Field) - {Field.PHONE}


@dataclass(frozen=True, slots=True)
class Claim:
    """What a heading says its column is. ``exact``: the whole heading is a known word, not a part of it."""

    field: Field
    exact: bool
    word: str


# The whole heading, compact (no blanks, accents, punctuation, lower case). "+" marks words that also count inside a
# longer heading; words such as "name" or "lead" mean something only alone.
_WORDS = {
    Field.LINKEDIN: """
        +linkedin +linkedinurl +linkedinprofile +linkedinlink +linkedinprofileurl +linkedinprofil +profillink +liurl
        +profileurl +personlinkedinurl linkedinid lelinkedin +lienlinkedin +profillinkedin +perfillinkedin +urllinkedin
        +enlacelinkedin +linkdolinkedin +linklinkedin +profilolinkedin +linkedincontact linkedinseite
    """,
    Field.FIRST_NAME: """
        +firstname first fname +givenname +forename +vorname +rufname +prenom +primernombre +primeironome primonome
        nomedebattesimo nombredepila
    """,
    Field.LAST_NAME: """
        +lastname last lname +surname +familyname +nachname +familienname zuname +nomdefamille +apellido +apellidos
        +sobrenome apelido ultimonome +cognome
    """,
    Field.FULL_NAME: """
        +fullname name contact contactname contactperson person personname prospect prospectname lead leadname
        ansprechpartner ansprechpartnerin kontakt kontaktname +vollstandigername +vollername +nomcomplet nom contacto
        +nomeprenom +nombrecompleto +nombreyapellidos nombre +nomecompleto nome +nomeecognome contatto nominativo
        nomprenom prenomnom vornamenachname nachnamevorname vorundnachname nometsprenom nometprenom
    """,
    Field.COMPANY: """
        +company +companyname account accountname +organisation +organization +organisationname +organizationname
        +employer business +firma +firmenname +unternehmen +unternehmensname +arbeitgeber +societe +entreprise
        +raisonsociale +nomdelentreprise +empresa +compania +nombredelaempresa +nomedaempresa +companhia +azienda
        +ragionesociale +societa currentcompany employername
    """,
    Field.DOMAIN: """
        +domain +companydomain +website +websiteurl web +homepage +webseite +internetseite +firmenwebsite +domane
        +siteweb +siteinternet +domaine +sitioweb +paginaweb +dominio +sitoweb +sitointernet site companyurl url
        +websitedaempresa +companywebsite companyweb
    """,
    Field.EMAIL: """
        +email +emailaddress mail mailaddress +workemail +businessemail +emailadresse mailadresse +courriel
        +adressemail +adresseemail +adresseelectronique +correo +correoelectronico +enderecodeemail +postaelettronica
        +indirizzoemail +direccionemail emailid
    """,
    Field.PHONE: """
        +phone +phonenumber tel +telephone +telephonenumber +mobile +mobilephone +mobilenumber +cell +cellphone direct
        +directdial +directphone +directnumber +telefon +telefonnummer +handy +handynummer mobil +mobilnummer
        +durchwahl +mobiltelefon rufnummer +telefone +lignedirecte portable +numerodetelephone +telefono +movil
        +celular +telemovel +cellulare +numeroditelefono +numerodetelefono +teldirect +numerodetelefone
    """,
}
_ALONE = {word.lstrip("+"): field for field, text in _WORDS.items() for word in text.split()}
_INSIDE = {word[1:]: field for field, text in _WORDS.items() for word in text.split() if word.startswith("+")}

# Headings that speak about a value, or about somebody else's, and not of the value itself.
_ABOUT = frozenset(
    """
    type typ status state source quelle date datum valid validity verified verification confidence score opt optin
    optout bounce bounced domain count size id owner industry branche city stadt country land address street sector
    fax extension ext call note notes comment last first hash language message checked
    """.split(),
)
_NOT_A_PERSONS = {
    Field.PHONE: frozenset("company corporate hq headquarters office switchboard zentrale firma empresa".split()),
    Field.EMAIL: frozenset("company corporate firma general generic info office empresa".split()),
    Field.LINKEDIN: frozenset("company corporate firma firmen unternehmen empresa entreprise societe azienda".split()),
}
_BESIDE = {  # "name" is a last name beside "vorname", and a full name otherwise
    "name": (Field.FIRST_NAME, Field.LAST_NAME),
    "nom": (Field.FIRST_NAME, Field.LAST_NAME),
    "nombre": (Field.LAST_NAME, Field.FIRST_NAME),
    "nome": (Field.LAST_NAME, Field.FIRST_NAME),
}
_FURTHER = re.compile(r"(?:Lusha )?(?:Phone|Email) [2-5]")
_NAME = re.compile(r"[^\d@_/\\]{2,60}")
_PHONE = re.compile(r"\+?[\d\s().\-/]+(?:\s*(?:ext\.?|x)\s*\d+)?", re.IGNORECASE)


def field_of(heading: str) -> Claim | None:
    """What a heading claims: the whole heading first, then the longest known words inside it.

    "Phone 2" and the like claim nothing: they are further numbers, not the phone.
    """
    if _FURTHER.fullmatch(heading.strip()):
        return None
    words = person.fold(re.sub(r"\(\d+\)\s*$|_c$|^\s*(?:contact|person)[._ ]", "", _split_camel(heading))).split()
    whole = "".join(words)
    if not whole:
        alone = person.fold(heading).replace(" ", "")
        return Claim(_ALONE[alone], exact=True, word=alone) if alone in _ALONE else None
    for exact in (person.fold(heading).replace(" ", ""), whole):
        if exact in _ALONE:
            return Claim(_ALONE[exact], exact=True, word=exact)
    return _inside(words)


def settle(claims: dict[int, Claim]) -> None:
    """Give "Name", "Nom", "Nombre", "Nome" their meaning, which depends on the columns beside them."""
    present = {claim.field for claim in claims.values()}
    for column, claim in claims.items():
        if claim.word in _BESIDE:
            neighbour, meaning = _BESIDE[claim.word]
            if neighbour in present and meaning not in present:
                claims[column] = Claim(meaning, claim.exact, claim.word)


def looks_right(field: Field, cell: str) -> bool:
    """Whether a filled cell looks like what its column is said to hold."""
    text = cell.strip()
    match field:
        case Field.LINKEDIN:
            return bool(person.clean_linkedin(text).url)
        case Field.EMAIL:
            return bool(person.clean_email(text))
        case Field.DOMAIN:
            return bool(person.clean_domain(text))
        case Field.PHONE:
            return bool(_PHONE.fullmatch(text)) and 6 <= sum(char.isdigit() for char in text) <= 20
        case Field.COMPANY:
            return "@" not in text and any(char.isalnum() for char in text)
        case Field.FIRST_NAME | Field.LAST_NAME | Field.FULL_NAME:
            return bool(_NAME.fullmatch(text)) and any(char.isalpha() for char in text)


def _inside(words: list[str]) -> Claim | None:
    """The longest known words in a heading; None when the rest of it says the value is about something else."""
    found: list[tuple[int, int, str]] = []
    for length in range(len(words), 0, -1):
        for start in range(len(words) - length + 1):
            word, end = "".join(words[start : start + length]), start + length
            if word in _INSIDE and not any(left <= start and end <= right for left, right, _ in found):
                found.append((start, end, word))
    for start, end, word in found:
        if {*words[:start], *words[end:]} & (_ABOUT | _NOT_A_PERSONS.get(_INSIDE[word], frozenset())):
            return None
    return Claim(_INSIDE[found[0][2]], exact=False, word=found[0][2]) if found else None


def _split_camel(heading: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", heading) if heading.isascii() else heading
