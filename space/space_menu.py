"""What the space itself adds to its menu and to Accueil (A-04, A-05)."""

from space.menu import Entry, QuickAction, register

register(
    Entry("home", "Accueil", "space:home", 10),
    Entry("company", "Mon entreprise", "space:company", 20),
    Entry("employees", "Mes salariés", "space:employees", 30),
    # 40 Cotiser, 50 Mes demandes, 60 Mes documents
    Entry("mandate", "Prélèvement SEPA", "space:mandate-current", 65, right="declares"),
    Entry("care", "Rendez-vous et centre médical", "space:care", 70),
    Entry("accesses", "Accès", "space:accesses", 80, right="manages"),
    QuickAction(10, "Ajouter des salariés", "space:employees-add", right="employees"),
    # 20 Déclarer mes cotisations
    QuickAction(30, "Envoyer une demande", "space:request-new"),
    QuickAction(40, "Demander une attestation", "space:attestations"),
)
