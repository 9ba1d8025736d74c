from django.urls import include, path

from space import (
    access_views,
    company_views,
    employee_views,
    entry_views,
    mandate_views,
    request_urls,
    views,
)
from space.employees import EMPLOYEES

app_name = "space"

urlpatterns = [
    path("espace/", entry_views.companies, name="companies"),
    path("espace/creer-acces/", entry_views.create_access, name="create-access"),
    path("espace/creer-acces/envoye/", entry_views.access_asked, name="access-asked"),
    path("espace/<uuid:pk>/", views.home, name="home"),
    path("espace/<uuid:pk>/prelevement/", mandate_views.current, name="mandate-current"),
    path("espace/<uuid:pk>/prelevement/nouveau/", mandate_views.new, name="mandate-new"),
    path("espace/<uuid:pk>/prelevement/<uuid:mandate>/lire/", mandate_views.read, name="mandate-read"),
    path("espace/<uuid:pk>/prelevement/<uuid:mandate>/signer/", mandate_views.sign, name="mandate-sign"),
    path("espace/<uuid:pk>/prelevement/<uuid:mandate>/code/", mandate_views.resend, name="mandate-resend"),
    path("espace/<uuid:pk>/prelevement/<uuid:mandate>/abandonner/", mandate_views.abandon, name="mandate-abandon"),
    path("espace/<uuid:pk>/prelevement/<uuid:mandate>/signe/", mandate_views.done, name="mandate-done"),
    path("espace/<uuid:pk>/prelevement/<uuid:mandate>/mandat.pdf", mandate_views.pdf, name="mandate-pdf"),
    path("espace/<uuid:pk>/prelevement/<uuid:mandate>/revoquer/", mandate_views.revoke, name="mandate-revoke"),
    path("espace/<uuid:pk>/entreprise/", company_views.company, name="company"),
    path("espace/<uuid:pk>/entreprise/modifier/", company_views.change, name="company-change"),
    path("espace/<uuid:pk>/sante/", company_views.care, name="care"),
    path("espace/<uuid:pk>/acces/", access_views.accesses, name="accesses"),
    path("espace/<uuid:pk>/acces/inviter/", access_views.invite, name="access-invite"),
    path("espace/<uuid:pk>/acces/<uuid:access_pk>/", access_views.change, name="access-change"),
    path("espace/<uuid:pk>/acces/<uuid:access_pk>/retirer/", access_views.withdraw, name="access-withdraw"),
    path("espace/<uuid:pk>/salaries/", employee_views.listing, name="employees"),
    path("espace/<uuid:pk>/salaries/<uuid:row>/fiche/", employee_views.fiche, name="employees-show"),
    path("espace/<uuid:pk>/salaries/<uuid:row>/sortie/", employee_views.leave, name="employees-leave"),
    path("espace/<uuid:pk>/salaries/<uuid:row>/reintegrer/", employee_views.bring_back, name="employees-return"),
    path("espace/<uuid:pk>/salaries/", include(EMPLOYEES.urls())),
    path("", include(request_urls.urlpatterns)),
]
