from django.urls import include, path

from membership import dossier_views, entry_views, giving_up_views, thread_views, upload_views, wizard_views
from membership.people import CONTACTS, EMPLOYEES

app_name = "membership"

adhesion = [
    path("", entry_views.start, name="start"),
    path("reprendre/", entry_views.way_back, name="way-back"),
    path("reprendre/envoye/", entry_views.way_back_sent, name="way-back-sent"),
    path("reprendre/<str:token>/", entry_views.open_link, name="open"),
    path("supprimee/", giving_up_views.deleted, name="deleted"),
    path("<uuid:pk>/", dossier_views.dossier, name="dossier"),
    path("<uuid:pk>/etape/<slug:step>/", wizard_views.step, name="step"),
    path("<uuid:pk>/etape/contacts/", include(CONTACTS.urls())),
    path("<uuid:pk>/etape/salaries/", include(EMPLOYEES.urls())),
    path("<uuid:pk>/annuaire/", wizard_views.look_up, name="look-up"),
    path("<uuid:pk>/quitter/", entry_views.left, name="left"),
    path("<uuid:pk>/deja-ouvert/", entry_views.tell_owner, name="tell-owner"),
    path("<uuid:pk>/recommencer/", giving_up_views.begin_again, name="begin-again"),
    path("<uuid:pk>/supprimer-ma-demande/", giving_up_views.delete, name="delete"),
    path("<uuid:pk>/retirer-ma-demande/", giving_up_views.withdraw, name="withdraw"),
    path("<uuid:pk>/confirmation/", dossier_views.confirmation, name="confirmation"),
    path("<uuid:pk>/reponses/", dossier_views.answers, name="answers"),
    path("<uuid:pk>/messages/", thread_views.write, name="thread"),
    path("<uuid:pk>/documents/<uuid:document_pk>/", dossier_views.document, name="document"),
    path("<uuid:pk>/pieces/", upload_views.add, name="upload-add"),
    path("<uuid:pk>/pieces.pdf", upload_views.merged, name="upload-merged"),
    path("<uuid:pk>/pieces/<uuid:upload_pk>/", upload_views.view, name="upload-view"),
    path("<uuid:pk>/pieces/<uuid:upload_pk>/apercu.png", upload_views.preview, name="upload-preview"),
    path("<uuid:pk>/pieces/<uuid:upload_pk>/retirer/", upload_views.remove, name="upload-remove"),
    path("<uuid:pk>/pieces/<uuid:upload_pk>/deplacer/", upload_views.move, name="upload-move"),
]

urlpatterns = [path("adhesion/", include(adhesion))]
