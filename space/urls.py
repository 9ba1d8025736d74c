from django.urls import path

from space import views

app_name = "space"

urlpatterns = [
    path("espace/<uuid:pk>/", views.home, name="home"),
]
