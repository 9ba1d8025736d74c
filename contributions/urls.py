from django.urls import include, path

from contributions import employee_views, views, wizard_views
from contributions.people import DECLARED

app_name = "contributions"

declaration = [
    path("", views.declaration, name="declaration"),
    path("etape/", wizard_views.step, name="resume"),
    path("etape/<slug:step>/", wizard_views.step, name="step"),
    path("etape/salaries/", include(DECLARED.urls())),
    path("etape/salaries/choisir/<slug:purpose>/", employee_views.choose, name="choose"),
    path("etape/salaries/<uuid:row>/remettre/", employee_views.bring_back, name="employees-bring-back"),
    path("etape/salaries/<uuid:row>/sortie/", employee_views.leave, name="employees-leave"),
    path("simulation/", wizard_views.simulate, name="simulate"),
    path("confirmation/", views.confirmation, name="confirmation"),
    path("corriger/", views.correct, name="correct"),
    path("corriger/abandonner/", views.give_up, name="give-up"),
    path("salaries.xlsx", views.employees, name="employees-file"),
    path("<slug:which>.pdf", views.document, name="document"),
]

urlpatterns = [
    path("espace/<uuid:pk>/cotiser/", views.home, name="home"),
    path("espace/<uuid:pk>/cotiser/commencer/", views.start, name="start"),
    path("espace/<uuid:pk>/cotiser/<uuid:declaration>/", include(declaration)),
]
