"""Who may log in to the demonstration: told by `scripts/welcome` and by the README."""

from __future__ import annotations

from demo.operator import STAFF

# mail, who it is
COMPANIES = [
    ("marc.delattre@residence-les-tilleuls.example", "employeur, déclaration à faire, 45 salariés"),
    ("isabelle.ferrand@plastiques-du-hurepoix.example", "employeur, déclaration en cours, 300 salariés"),
    ("vincent.lacaze@hotel-de-la-source.example", "employeur, cotisation réglée"),
    ("julie.caron@cabinet-duval-et-associes.example", "expert-comptable, deux entreprises"),
    ("karine.bonnet@residence-les-tilleuls.example", "collègue qui consulte seulement"),
]
# Who has not created his password yet: his link is in the mailbox.
NEWCOMER = "mathilde.renou@fleurs-d-arpajon.example"


def lines() -> list[str]:
    """One line a login."""
    staff = [(f"{mailbox}@guichet.example", group or "Administrateur") for mailbox, _, _, group in STAFF]
    newcomer = (NEWCOMER, "pas encore activé : son lien est dans la boîte aux lettres")
    return [f"{mail:<48} {who}" for mail, who in [*staff, *COMPANIES, newcomer]]
