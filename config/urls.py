from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from core import health, legal
from core import views as core_views
from membership import entry_views
from notifications import callbacks

urlpatterns = [
    path("", entry_views.home, name="home"),
    path("", include("membership.urls")),
    path("admin/", admin.site.urls),
    path("", include("accounts.urls")),
    path("", include("space.urls")),
    path("", include("contributions.urls")),
    path("rappel/", callbacks.ask, name="callback"),
    path("rappel/note/", callbacks.asked, name="callback-asked"),
    path("mentions-legales/", legal.notice, name="legal-notice"),
    path("donnees-personnelles/", legal.privacy, name="legal-privacy"),
    path("accessibilite/", legal.accessibility, name="legal-accessibility"),
    path("communes/", core_views.communes, name="communes"),
    path("brand.css", core_views.brand_css, name="brand-css"),
    path("sante/vivant/", health.alive, name="health-alive"),
    path("sante/pret/", health.ready, name="health-ready"),
]
if settings.DEMO:
    urlpatterns.append(path("", include("demo.urls")))

handler400 = "core.views.bad_request"
handler403 = "core.views.forbidden"
handler404 = "core.views.not_found"
handler500 = "core.views.server_error"
