"""How Django writes dates where no page of ours does: in the lists of the admin. The rest is as in its own French."""

DATE_FORMAT = "d/m/Y"
DATETIME_FORMAT = r"d/m/Y à H\hi"
