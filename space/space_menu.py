"""The entries of the space itself (A-04)."""

from space.menu import Entry, register

register(Entry("home", "Accueil", "space:home", 10))
register(Entry("mandate", "Prélèvement SEPA", "space:mandate-current", 65, right="declares"))
