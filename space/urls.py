from django.urls import path

from space import mandate_views, views

app_name = "space"

urlpatterns = [
    path("espace/<uuid:pk>/", views.home, name="home"),
    path("espace/<uuid:pk>/prelevement/", mandate_views.current, name="mandate-current"),
    path("espace/<uuid:pk>/prelevement/nouveau/", mandate_views.new, name="mandate-new"),
    path("espace/<uuid:pk>/prelevement/<uuid:mandate>/lire/", mandate_views.read, name="mandate-read"),
    path("espace/<uuid:pk>/prelevement/<uuid:mandate>/signer/", mandate_views.sign, name="mandate-sign"),
    path("espace/<uuid:pk>/prelevement/<uuid:mandate>/code/", mandate_views.resend, name="mandate-resend"),
    path("espace/<uuid:pk>/prelevement/<uuid:mandate>/signe/", mandate_views.done, name="mandate-done"),
    path("espace/<uuid:pk>/prelevement/<uuid:mandate>/mandat.pdf", mandate_views.pdf, name="mandate-pdf"),
    path("espace/<uuid:pk>/prelevement/<uuid:mandate>/revoquer/", mandate_views.revoke, name="mandate-revoke"),
]
