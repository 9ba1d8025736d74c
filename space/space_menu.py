"""The entries of the space itself (A-04)."""

from space.menu import Entry, register

register(Entry("home", "Accueil", "space:home", 10))
register(Entry("employees", "Mes salariés", "space:employees", 30))
