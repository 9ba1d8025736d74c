"""Where what members ask for is answered by post."""

from notifications.letters import address_of, register_address

register_address("space.memberrequest", lambda request: address_of(request.member))
