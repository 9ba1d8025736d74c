from django.urls import include, path

from space import request_urls, views

app_name = "space"

urlpatterns = [
    path("espace/<uuid:pk>/", views.home, name="home"),
    path("", include(request_urls.urlpatterns)),
]
