"""Where a declaration's company is written to by post."""

from notifications.letters import address_of, register_address

register_address("contributions.declaration", lambda declaration: address_of(declaration.member))
