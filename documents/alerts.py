"""What the home page of the back office tells of received files, and of PDFs that could not be made."""

from datetime import timedelta

from django.utils import timezone

from core.alerts import Alert, register
from core.models import Finding
from documents.models import Document, Upload

TOLD = timedelta(days=7)  # that something was refused
LONG = timedelta(minutes=15)  # for a file to be held: the scanner is away

register(
    Alert(
        "malware",
        permission="core.view_finding",
        rows=lambda: Finding.objects.filter(found_at__gte=timezone.now() - TOLD),
        one="1 fichier malveillant refusé ces 7 derniers jours",
        many="{} fichiers malveillants refusés ces 7 derniers jours",
        url_name="admin:core_finding_changelist",
    ),
    Alert(
        "held-files",
        permission="documents.view_upload",
        rows=lambda: Upload.objects.filter(scan=Upload.Scan.HELD, created_at__lte=timezone.now() - LONG),
        one="1 fichier reçu attend l’antivirus, qui ne répond pas",
        many="{} fichiers reçus attendent l’antivirus, qui ne répond pas",
        url_name="admin:documents_upload_changelist",
    ),
    Alert(
        "failed-documents",
        permission="documents.change_document",
        rows=lambda: Document.objects.filter(state=Document.State.FAILED),
        one="1 PDF n’a pas pu être préparé",
        many="{} PDF n’ont pas pu être préparés",
        url_name="admin:documents_document_changelist",
        query="?state__exact=failed",
    ),
)
