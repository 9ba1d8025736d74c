from django.urls import path

from accounts import login_views, security_views, views

app_name = "accounts"
ACTIVATION, RESET = {"kind": views.ACTIVATION}, {"kind": views.RESET}

urlpatterns = [
    path("connexion/", login_views.log_in, name="login"),
    path("connexion/code/", login_views.second_step, name="factor"),
    path("connexion/code/envoi/", login_views.send_code, name="factor-send"),
    path("deconnexion/", login_views.log_out, name="logout"),
    path("deconnexion/faite/", login_views.logged_out, name="logged-out"),
    path("connexion/oubli/", views.forgotten, name="forgotten"),
    path("connexion/oubli/envoye/", views.forgotten_sent, name="forgotten-sent"),
    path("connexion/nouveau/<str:token>/", views.open_link, RESET, name="open-reset"),
    path("connexion/mot-de-passe/", views.choose, RESET, name="reset"),
    path("connexion/mot-de-passe/nouveau-lien/", views.new_link, RESET, name="reset-new-link"),
    path("connexion/mot-de-passe/fait/", views.done, RESET, name="reset-done"),
    path("compte/activer/<str:token>/", views.open_link, ACTIVATION, name="open-activation"),
    path("compte/activation/", views.choose, ACTIVATION, name="activate"),
    path("compte/activation/nouveau-lien/", views.new_link, ACTIVATION, name="new-link"),
    path("compte/activation/faite/", views.done, ACTIVATION, name="activated"),
    path("compte/securite/", security_views.security, name="security"),
    path("compte/securite/confirmer/", security_views.confirm, name="confirm"),
    path("compte/securite/mot-de-passe/", security_views.password, name="change-password"),
    path("compte/securite/adresse/", security_views.email, name="change-email"),
    path("compte/securite/telephone/", security_views.phone, name="change-phone"),
    path("compte/securite/telephone/retirer/", security_views.remove_phone, name="remove-phone"),
    path("compte/securite/code/", security_views.prove, name="prove"),
    path("compte/securite/code/envoi/", security_views.prove_again, name="prove-again"),
    path("compte/securite/application/", security_views.application, name="application"),
    path("compte/securite/application/retirer/", security_views.remove_application, name="remove-application"),
    path("compte/securite/codes-de-secours/", security_views.recovery, name="recovery"),
    path("compte/securite/mes-donnees/", security_views.my_data, name="my-data"),
    path("compte/securite/navigateurs/<int:pk>/retirer/", security_views.forget_browser, name="forget-browser"),
]
