from django.urls import path

from accounts import views

app_name = "accounts"

urlpatterns = [
    path("activer/<str:token>/", views.open_activation, name="open-activation"),
    path("activation/", views.activate, name="activate"),
    path("activation/nouveau-lien/", views.new_link, name="new-link"),
    path("activation/faite/", views.activated, name="activated"),
]
