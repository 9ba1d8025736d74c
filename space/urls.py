from django.urls import include, path

from space import access_views, company_views, entry_views, request_urls, views

app_name = "space"

urlpatterns = [
    path("espace/", entry_views.companies, name="companies"),
    path("espace/creer-acces/", entry_views.create_access, name="create-access"),
    path("espace/creer-acces/envoye/", entry_views.access_asked, name="access-asked"),
    path("espace/<uuid:pk>/", views.home, name="home"),
    path("espace/<uuid:pk>/entreprise/", company_views.company, name="company"),
    path("espace/<uuid:pk>/entreprise/modifier/", company_views.change, name="company-change"),
    path("espace/<uuid:pk>/sante/", company_views.care, name="care"),
    path("espace/<uuid:pk>/acces/", access_views.accesses, name="accesses"),
    path("espace/<uuid:pk>/acces/inviter/", access_views.invite, name="access-invite"),
    path("espace/<uuid:pk>/acces/<uuid:access_pk>/", access_views.change, name="access-change"),
    path("espace/<uuid:pk>/acces/<uuid:access_pk>/retirer/", access_views.withdraw, name="access-withdraw"),
    path("", include(request_urls.urlpatterns)),
]
