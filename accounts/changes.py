"""What a person, or staff for him, changes in what protects an account. Each change is journalled and told by mail."""

from __future__ import annotations

import re
import secrets
from base64 import b32encode
from datetime import timedelta

import segno
from django.contrib.admin.models import LogEntry
from django.db import IntegrityError, transaction
from django.utils import timezone
from django_otp import verify_token
from django_otp.plugins.otp_static.models import StaticToken

from accounts import factor, notices
from accounts.activation import ACTIVATION
from accounts.factor import Answer, Sending
from accounts.models import AppDevice, CodeDevice, RecoveryDevice, TrustedBrowser, User, normalise_email
from accounts.models.factor import RECOVERY_CODES
from accounts.passwords import RESET, void_links
from core import journal
from core.identifiers import format_phone
from core.journal import Actor
from core.models import JournalEntry

# Letters and digits that nobody confuses when copying by hand.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
FORGOTTEN = "Compte effacé"
_WAYS = re.compile(r"[^\s«»()]+@[\w.-]*\w|\+?\d(?:[\s.]?\d){8,}")  # addresses and numbers, wherever they stand
PENDING = timedelta(hours=1)  # an application to be confirmed
PURPOSES = {CodeDevice.Channel.MAIL: "changer d’adresse", CodeDevice.Channel.SMS: "confirmer votre numéro"}


# --- A new address, a new number: proved by a code sent there ---------------------------------------------------------


def ask_proof(user: User, channel: str, to: str, ip: str) -> tuple[CodeDevice, Sending]:
    """Send a code to a new address or number; nothing is changed before it is typed."""
    device = CodeDevice.objects.create(user=user, name="Code de confirmation", confirmed=False, channel=channel, to=to)
    return device, send_proof(device, ip)


def send_proof(device: CodeDevice, ip: str) -> Sending:
    """Send a code, or, to an address that is somebody's identifier already, a word to say so (B1)."""
    taken = device.channel == CodeDevice.Channel.MAIL and _taken(device.to)
    purpose = PURPOSES[CodeDevice.Channel(device.channel)]
    deliver = notices.address_taken if taken else notices.send_code
    return factor.send(device, device.channel, ip, to=device.to, purpose=purpose, deliver=deliver)


def _taken(address: str) -> bool:
    return User.objects.filter(email=normalise_email(address)).exists()


def prove(device: CodeDevice, typed: str) -> Answer:
    """The code of the new address or number: when it is right, the change is made."""
    user = device.user
    try:
        with transaction.atomic():
            if verify_token(user, device.persistent_id, factor.cleaned(device.channel, typed)):
                if device.channel == CodeDevice.Channel.MAIL:
                    _change_email(user, device.to)
                else:
                    _change_phone(user, device.to)
                return Answer.PASSED
    except IntegrityError:  # somebody took the address in between
        return Answer.EXPIRED
    device.refresh_from_db()
    if device.is_void:
        return Answer.VOID
    return Answer.EXPIRED if device.has_expired else Answer.WRONG


def _change_email(user: User, address: str) -> None:
    old, user.email = user.email, normalise_email(address)
    user.save(update_fields=["email"])
    void_links(user, RESET, ACTIVATION)  # they went to the old address
    what = f"L’adresse électronique est maintenant {user.email}."
    notices.changed(user, what, to=old)


def _change_phone(user: User, number: str) -> None:
    user.phone = number
    user.save(update_fields=["phone"])
    notices.changed(user, f"Le téléphone est maintenant le {format_phone(number)}.")


@transaction.atomic
def remove_phone(user: User) -> None:
    if user.phone:
        user.phone = ""
        user.save(update_fields=["phone"])
        notices.changed(user, "Le téléphone a été retiré.")


# --- The authenticator application and the recovery codes -------------------------------------------------------------


def new_application(user: User) -> AppDevice:
    """The application to be confirmed; the same one for an hour, so that the picture on the page stays.

    Not longer: who saw it then would own the application that is confirmed later.
    """
    pending = AppDevice.objects.filter(user=user, confirmed=False)
    pending.filter(created_at__lt=timezone.now() - PENDING).delete()
    waiting = pending.first()
    return waiting or AppDevice.objects.create(user=user, name="Application", confirmed=False)


def picture(device: AppDevice) -> str:
    """The QR code to scan, as a `data:` address."""
    code = segno.make(device.config_url, error="m", micro=False)
    return str(code.svg_data_uri(border=4, light="#fff", svgclass=None, lineclass=None, omitsize=True))


def secret(device: AppDevice) -> str:
    """What the QR code says, to be typed: in groups of four."""
    text = b32encode(device.bin_key).decode()
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


@transaction.atomic
def confirm_application(user: User, device: AppDevice, typed: str) -> list[str] | None:
    """Use the application from now on. Gives the recovery codes, to be shown this once; None for a wrong code."""
    if not verify_token(user, device.persistent_id, factor.cleaned(factor.APP, typed)):
        return None
    AppDevice.objects.filter(user=user, confirmed=True).delete()
    AppDevice.objects.filter(pk=device.pk).update(confirmed=True)
    notices.changed(user, "Une application d’authentification a été ajoutée.")
    return _new_codes(user)


@transaction.atomic
def remove_application(user: User) -> None:
    """The recovery codes go with it: without the application, the mailbox is there for everybody."""
    removed, _ = AppDevice.objects.filter(user=user).delete()
    RecoveryDevice.objects.filter(user=user).delete()
    if removed:
        notices.changed(user, "L’application d’authentification a été retirée.")


@transaction.atomic
def renew_codes(user: User) -> list[str]:
    """Ten new recovery codes; those before are worth nothing."""
    notices.changed(user, "De nouveaux codes de secours ont été créés.")
    return _new_codes(user)


def _new_codes(user: User) -> list[str]:
    RecoveryDevice.objects.filter(user=user).delete()
    device = RecoveryDevice.objects.create(user=user, name="Codes de secours")
    codes = ["".join(secrets.choice(_ALPHABET) for _ in range(10)) for _ in range(RECOVERY_CODES)]
    StaticToken.objects.bulk_create(StaticToken(device=device, token=device.hashed(code)) for code in codes)
    return [f"{code[:5]}-{code[5:]}" for code in codes]


# --- Browsers, and staff's help ---------------------------------------------------------------------------------------


@transaction.atomic
def forget_browser(user: User, pk: int) -> bool:
    """« Retirer »: the code is asked again there. Told by mail: the owner may not be the one who clicks."""
    browser = TrustedBrowser.objects.alive(user=user, pk=pk).first()
    if browser is None or not TrustedBrowser.objects.filter(pk=browser.pk).revoke():
        return False
    notices.changed(user, f"Un navigateur a été retiré : {browser}.")
    return True


@transaction.atomic
def reset_factor(user: User, by: Actor) -> None:
    """For who has lost the telephone: the next code goes by mail. Sessions that had passed the step pass it again."""
    AppDevice.objects.filter(user=user).delete()
    RecoveryDevice.objects.filter(user=user).delete()
    CodeDevice.objects.filter(user=user).delete()
    TrustedBrowser.objects.filter(user=user).revoke()
    user.phone = ""
    user.save(update_fields=["phone"])
    told = "Vos moyens de recevoir un code de connexion ont été réinitialisés : le prochain code partira par courriel."
    notices.changed(user, told, by=by)


# --- Closing an account -----------------------------------------------------------------------------------------------


@transaction.atomic
def forget(user: User) -> None:
    """Anonymise an account for good: what was done with it keeps its date, and nobody's name (H7)."""
    for devices in (CodeDevice, AppDevice, RecoveryDevice, TrustedBrowser):
        devices.objects.filter(user=user).delete()
    void_links(user, ACTIVATION)
    void_links(user, RESET)
    journal.forget(JournalEntry.objects.all(), [user.email], "adresse effacée")
    journal.rewrite(JournalEntry.objects.about(user), _WAYS, "coordonnées effacées")  # those that it had before, too
    user.email, user.phone = f"efface-{user.pk.hex}@compte.invalid", ""
    user.first_name, user.last_name, user.is_active = "", FORGOTTEN, False
    user.set_unusable_password()
    user.save()
    JournalEntry.objects.filter(actor=user).update(actor_name=FORGOTTEN)
    LogEntry.objects.filter(
        content_type__app_label="accounts", content_type__model="user", object_id=str(user.pk)
    ).update(object_repr=FORGOTTEN)
