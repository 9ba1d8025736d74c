"""Where the news of a debit go by post: to whom its invoice was made out. Invoices and mandates say so themselves."""

from notifications.letters import address_of, register_address

register_address("billing.collection", lambda collection: address_of(collection.invoice))
