"""A member company with one of everything that addresses can name, made by the real verbs.

company = FullCompany()
company.value("row", "espace/<uuid:pk>/salaries/<uuid:row>/")  # the key that belongs in this address
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from accounts.models import TrustedBrowser, User
from billing import statements
from billing.models import Mandate, StatementLine
from contributions import workflow
from contributions.models import Declaration
from core.dates import today
from core.journal import Actor
from core.models import OneTimeCode, PendingRow
from core.models.subject import subject_key
from documents import files, uploads
from documents.models import Document, Upload
from membership.models import Employee
from space import attestations, changes, papers, requests
from space.company import Company
from space.models import Attestation, MemberRequest, RequestMessage, UsefulDocument
from tests.billing.statements_samples import camt, credit
from tests.factories import COMPANY, EmployeeFactory, UserFactory, give_access, pdf_file
from tests.factories_billing import BOOKKEEPER, make_invoice, pay_invoice, refund_excess
from tests.factories_contributions import CampaignFactory, DeclarationFactory
from tests.factories_requests import company_writes, make_draft, make_request, staff_writes
from tests.factories_sepa import ASKER, ask_code, in_file, make_collection, make_mandate
from tests.factories_sepa import make_draft as make_mandate_draft
from tests.factories_space import make_manager, make_member

DAY = timedelta(days=1)


def give_a_file(document: Document) -> None:
    """As if a worker had rendered it."""
    data = pdf_file().read()
    files.write(name := f"documents/{document.pk}-1.pdf", data)
    done = {"state": "ready", "file": name, "sha256": files.sha256(data), "retry_at": None}
    Document.objects.filter(pk=document.pk).update(**done, rendered_at=timezone.now())


class Changes:
    """Names of the tables whose rows are not what they were."""

    def __init__(self, rows: Callable[[], dict[str, Any]]) -> None:
        self._rows, self._before = rows, rows()
        self.found: list[str] = []

    def look(self) -> None:
        self.found += [name for name, rows in self._rows().items() if rows != self._before[name]]


class FullCompany:
    """`member`, its `owner` (all rights), its `reader` (none), and what hangs on it."""

    def __init__(self, number: int = 0) -> None:
        self.number = number  # what is said of one of two companies is not said of the other
        self.member = make_member()
        self.owner: User = make_manager(self.member, phone="+33612345678")
        self.reader: User = UserFactory()
        give_access(self.reader, self.member, "")
        self.access = give_access(UserFactory(), self.member, "employees")
        self.browser = TrustedBrowser.objects.create(
            user=self.owner, name="Firefox sous Windows", token_hash=f"{number}", expires_at=timezone.now() + 30 * DAY
        )
        self._employees()
        self._declarations()
        self._money()
        self._requests()
        self._papers()

    def _employees(self) -> None:
        site = self.member.establishment
        self.employee: Employee = EmployeeFactory(establishment=site)
        self.gone: Employee = EmployeeFactory(establishment=site, left_on=today() - 400 * DAY)
        self.to_correct = self._row_to_correct(self.member)

    def ask_code_in(self, client: Client) -> None:
        """As if the code that signs the mandate had been asked for in this browser."""
        asker = replace(ASKER, session=client.session.session_key)
        OneTimeCode.objects.about(self.mandate_draft).update(session=asker.session_hash)

    @staticmethod
    def _row_to_correct(subject: Any) -> PendingRow:
        return PendingRow.objects.create(**subject_key(subject), kind="employees", line=2, values={}, errors={})

    def _declarations(self) -> None:
        """This year's, validated, and its correction, begun."""
        self.validated: Declaration = DeclarationFactory(
            validated=True, campaign=CampaignFactory(), member=self.member, employees=2
        )
        for document in (self.validated.bordereau, self.validated.invoice.document):
            give_a_file(document)
        self.draft = workflow.correct(self.validated, by=COMPANY)
        self.declared_to_correct = self._row_to_correct(self.draft)
        paper = pdf_file("bulletin.pdf", f"bulletin {self.number}")
        self.paper = uploads.accept(self.validated, "declaration", paper)

    def _money(self) -> None:
        self.mandate = make_mandate(self.member)
        self.mandate_draft = make_mandate_draft(self.member)
        ask_code(self.mandate_draft, to=f"{self.number}@morel.example")
        days = 30 + 40 * self.number  # a day of its own: a file takes all that is planned for its day
        self.exported = make_collection(self.mandate, "120.00", days=days)
        self.file = in_file(self.exported)
        self.planned = make_collection(self.mandate, "90.00", days=days + 20)
        self.invoice = make_invoice(self.member)
        self.receipt = pay_invoice(self.invoice, "40.00")
        give_a_file(self.invoice.document)
        self.overpaid = make_invoice(self.member)
        pay_invoice(self.overpaid, self.overpaid.total + 60, allow_excess=True)
        self.excess_use = refund_excess(self.overpaid, "20.00")
        due = make_invoice(self.member)
        lines = [
            credit(f"{due.left}", due.number, payer="MOREL", ref=f"B{self.number}", day=f"{today()}"),
            credit("7.00", "subvention", payer="REGION", ref=f"C{self.number}", day=f"{today()}"),
        ]
        self.statement = statements.take_in(camt(lines), f"releve-{self.number}.xml", by=BOOKKEEPER).statement
        self.line: StatementLine = self.statement.lines.first()

    def _requests(self) -> None:
        access = self.member.accesses.get(user=self.owner)
        named = {"phone": "+33160850199"}
        changes.request_change(Company(access), named, "Nous avons déménagé.", Actor("Claire Morel", self.owner))
        self.change = self.member.change_requests.get()
        self.request = make_request(self.owner, self.member)
        staff_writes(self.request, "ask", text="De quelle facture s’agit-il ?")
        message = company_writes(self.request, self.owner)
        self.upload = uploads.accept(message, "request", pdf_file("facture.pdf", f"{self.number}"))
        self.answer = requests.draft_answer(
            self.request, message.request_id, author=self.owner, by=COMPANY, text="Merci, mais"
        )
        self.request_draft = make_draft(self.owner, self.member, subject="Un rendez-vous").request

    def _papers(self) -> None:
        self.attestation = attestations.ask(self.member, Attestation.Kind.MEMBERSHIP, by=COMPANY)
        give_a_file(self.attestation.document)
        self.useful = UsefulDocument.objects.create(title=f"Livret {self.number}")
        papers.publish(self.useful, pdf_file("livret.pdf", f"livret {self.number}"), by=COMPANY)

    # --- Changes ----------------------------------------------------------------------------------------------------

    def changes(self) -> Changes:
        """What differs from now on in the rows of the company; `look()` says when."""
        return Changes(self.rows)

    def rows(self) -> dict[str, list[dict[str, Any]]]:
        """What is kept of the company, table by table."""
        member, messages = self.member, RequestMessage.objects.filter(request__member=self.member)
        kept = {
            "employees": member.establishment.employees.all(),
            "rows to correct": PendingRow.objects.filter(pk__in=[self.to_correct.pk, self.declared_to_correct.pk]),
            "declarations": Declaration.objects.filter(member=member),
            "requests": MemberRequest.objects.filter(member=member),
            "messages": messages,
            "files": Upload.objects.filter(subject_id__in=messages.values("pk")),
            "accesses": member.accesses.all(),
            "mandates": Mandate.objects.about(member),
            "attestations": member.attestations.all(),
        }
        return {name: list(rows.order_by("pk").values()) for name, rows in kept.items()}

    # --- Addresses ----------------------------------------------------------------------------------------------------

    def value(self, name: str, route: str) -> Any:
        """What stands for `name` in this address of the space."""
        values: dict[str, Callable[[], Any]] = {
            "pk": lambda: self.member.pk,
            "mandate": lambda: (
                (self.mandate_draft if "/prelevement/" in route and _signing(route) else self.mandate).pk
            ),
            "access_pk": lambda: self.access.pk,
            "row": lambda: self._row(route).pk,
            "file_type": lambda: "xlsx",
            "declaration": lambda: (self.draft if _filling(route) else self.validated).pk,
            "step": lambda: "declarations",
            "purpose": lambda: "modifier",
            "which": lambda: "bordereau",
            "draft_pk": lambda: self.request_draft.pk,
            "request_pk": lambda: self.request.pk,
            "message_pk": lambda: self.answer.pk,
            "upload_pk": lambda: (self.paper if "/recu/" in route else self.upload).pk,
            "invoice_pk": lambda: self.invoice.pk,
            "useful_pk": lambda: self.useful.pk,
            "attestation_pk": lambda: self.attestation.pk,
            "document_pk": lambda: self.attestation.document_id,
            "kind": lambda: "adhesion",
        }
        return values[name]()

    def _row(self, route: str) -> Any:
        if "a-corriger" in route:
            return self.declared_to_correct if "cotiser" in route or "/declaration/" in route else self.to_correct
        return self.gone if route.endswith(("reintegrer/", "remettre/")) else self.employee

    def back_office_key(self, model: str, route: str) -> Any:
        """The row that an address of the back office is about; None when it is not of a company."""
        collection = self.planned if "annuler" in route else self.exported
        rows = {
            "collection": collection,
            "collectionfile": self.file,
            "invoice": self.overpaid
            if route.endswith(("reporter/", "rembourser/", "remboursement/"))
            else self.invoice,
            "excessuse": self.excess_use,
            "receipt": self.receipt,
            "statementline": self.line,
            "bankstatement": self.statement,
            "mandate": self.mandate,
            "member": self.member,
            "changerequest": self.change,
            "campaign": self.validated.campaign,
            "declaration": self.draft if any(page in route for page in _OF_A_DRAFT) else self.validated,
            "memberrequest": self.request,
            "usefuldocument": self.useful,
        }
        return rows[model].pk if model in rows else None


_OF_A_DRAFT = ("abandonner", "relancer", "/valider/", "/liste/")


def _signing(route: str) -> bool:
    return any(page in route for page in ("/lire/", "/signer/", "/code/", "/abandonner/"))


def _filling(route: str) -> bool:
    return any(page in route for page in ("/etape/", "/simulation/", "/abandonner/"))
