from django.urls import path

from demo import gallery

urlpatterns = [
    path("galerie/", gallery.gallery, name="gallery"),
    path("galerie/pages/<slug:name>/", gallery.gallery_page, name="gallery-page"),
]
