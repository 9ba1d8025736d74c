from contributions.models.campaign import Campaign, ReminderWave
from contributions.models.declaration import Arrival, Declaration, DeclarationQuerySet, DeclaredEmployee

__all__ = ["Arrival", "Campaign", "Declaration", "DeclarationQuerySet", "DeclaredEmployee", "ReminderWave"]
