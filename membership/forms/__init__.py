"""What an employer types in the pre-membership wizard."""

from membership.forms.addresses import AddressesForm
from membership.forms.people import ContactForm, EmployeeForm, check_employee
from membership.forms.steps import EligibilityForm, EstablishmentForm, FinalForm

__all__ = [
    "AddressesForm",
    "ContactForm",
    "EligibilityForm",
    "EmployeeForm",
    "EstablishmentForm",
    "FinalForm",
    "check_employee",
]
