from django.urls import path

from demo import gallery, views

urlpatterns = [
    path("boite/", views.mailbox_list, name="mailbox"),
    path("boite/<str:name>/", views.mailbox_detail, name="mailbox-detail"),
    path("boite/<str:name>/html/", views.mailbox_html, name="mailbox-html"),
    path("boite/<str:name>/piece/<int:number>/", views.mailbox_piece, name="mailbox-piece"),
    path("galerie/", gallery.gallery, name="gallery"),
    path("galerie/pages/<slug:name>/", gallery.gallery_page, name="gallery-page"),
]
