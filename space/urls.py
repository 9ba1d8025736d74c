from django.urls import include, path

from space import employee_views, views
from space.employees import EMPLOYEES

app_name = "space"

urlpatterns = [
    path("espace/<uuid:pk>/", views.home, name="home"),
    path("espace/<uuid:pk>/salaries/", employee_views.listing, name="employees"),
    path("espace/<uuid:pk>/salaries/<uuid:row>/fiche/", employee_views.fiche, name="employees-show"),
    path("espace/<uuid:pk>/salaries/<uuid:row>/sortie/", employee_views.leave, name="employees-leave"),
    path("espace/<uuid:pk>/salaries/<uuid:row>/reintegrer/", employee_views.bring_back, name="employees-return"),
    path("espace/<uuid:pk>/salaries/", include(EMPLOYEES.urls())),
]
