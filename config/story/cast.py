"""The demo's people: invented, marked as such, each with one thing to do."""

from dataclasses import dataclass

PASSWORD = "countersign demo"  # noqa: S105  printed on the sign-in page of the demo
DOMAIN = "nordhaven.example"


@dataclass(frozen=True, slots=True)
class Persona:
    """A person of the demo: sign-in address, title, roles for the whole organisation.

    Who works in the unit `below` holds them for that unit alone.
    """

    key: str
    name: str
    title: str
    roles: tuple[str, ...] = ()
    shows: str = ""
    below: bool = False

    @property
    def email(self) -> str:
        """The address to sign in with."""
        return f"{self.key}@{DOMAIN}"


CAST = (
    Persona("jonas", "Jonas Weber", "Model owner, Claims approval", shows="investigates"),
    Persona("claire", "Claire Dubois", "Model owner, Claims-form reader", shows="connects"),
    Persona("omar", "Omar Said", "Model owner, Support assistant", shows="measures"),
    Persona("greta", "Greta Nowak", "Model owner, Paying agent"),
    Persona("priya", "Priya Raman", "Head of claims automation", ("emergency",)),
    Persona("piet", "Piet Jansen", "Data platform engineer"),
    Persona("maren", "Maren Vogt", "Compliance officer", ("compliance",), "validates"),
    Persona("lena", "Lena Hartmann", "Compliance officer, deputy", ("compliance",), "verifies"),
    Persona("tomasz", "Tomasz Zieliński", "Risk officer", ("risk",), "validates for risk"),
    Persona("ines", "Dr. Ines Albrecht", "Committee chair, medicine and ethics", shows="votes"),
    Persona("sofia", "Sofia Lindqvist", "Data science lead", shows="votes, or is recused"),
    Persona("amara", "Prof. Amara Okafor", "Committee member, external", shows="votes"),
    Persona("karim", "Dr. Karim Haddad", "Committee substitute, medicine"),
    Persona("henrik", "Dr. Henrik Aas", "Committee substitute, data science", shows="substitutes"),
    Persona("yuki", "Dr. Yuki Tanaka", "Committee substitute, external"),
    Persona("ruth", "Ruth Keller", "Committee secretary", ("secretary",), "convenes"),
    Persona("elena", "Elena Petrović", "Managing director", ("executive",), "is told when late"),
    Persona("bernd", "Bernd Falk", "Chair of the board", ("board",)),
    Persona("nils", "Nils Bergström", "Auditor, external", ("auditor",), "downloads the pack"),
    Persona("arjun", "Arjun Mehta", "Machine learning engineer", ("engineer",), "sends readings"),
    Persona("nora", "Nora Lind", "Administrator", ("administrator",)),
    Persona("viktor", "Viktor Blum", "Model owner, Letter sorter", below=True),
    Persona("hanne", "Hanne Krüger", "Head of legal protection cases", below=True),
    Persona(
        "paula",
        "Paula Richter",
        "Administrator, Legal Protection",
        ("administrator",),
        "sees one unit",
        below=True,
    ),
)


def persona(key: str) -> Persona:
    """Return a persona by key. Raises StopIteration for none."""
    return next(person for person in CAST if person.key == key)
