"""Where a dossier and a member are written to by post."""

from notifications.letters import register_address

register_address("membership.application", lambda dossier: dossier.establishment.postal_lines())
register_address("membership.member", lambda member: member.establishment.postal_lines())
