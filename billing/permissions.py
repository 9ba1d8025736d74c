"""What the back office may do with money. The groups that hold these stand in `membership.permissions`."""

HANDLE_MONEY = "billing.handle_money"  # record, cancel and match payments
