import uuid

import pytest
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.core.management import call_command
from django.db import connection, models
from django.test.utils import isolate_apps

from core import crypto
from core.fields import EncryptedTextField, SearchHashField
from core.management.commands.rotate_field_keys import rotate
from core.models.subject import subject_key
from membership.models import Establishment
from notifications.models import Message

IBAN = "FR7630006000011234567890189"


@pytest.fixture
def account_model(db):
    """A table with an encrypted column, made by hand: the fields are under test, not a portal's model."""
    with isolate_apps("core"):

        class Account(models.Model):
            id = models.IntegerField(primary_key=True)
            iban = EncryptedTextField(blank=True)
            iban_hash = SearchHashField(source="iban")

            class Meta:
                app_label = "core"
                db_table = "test_account"

            def __str__(self):
                return str(self.pk)

        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE test_account (id integer PRIMARY KEY, iban text, iban_hash varchar(64))")
        yield Account  # the table goes with the test's transaction


def raw_rows():
    with connection.cursor() as cursor:
        cursor.execute("SELECT iban, iban_hash FROM test_account ORDER BY id")
        return cursor.fetchall()


def as_deployed(rows):
    """Everything an attacker with the dump would read."""
    return " ".join(str(cell) for row in rows for cell in row)


@pytest.mark.fault("H5")
def test_nothing_readable_in_the_database(account_model):
    account_model.objects.create(id=1, iban=IBAN)
    account_model.objects.bulk_create([account_model(id=2, iban=IBAN), account_model(id=3, iban="")])
    stored = as_deployed(raw_rows())
    assert not any(part in stored for part in (IBAN, IBAN[4:12], IBAN[-6:]))
    first, second, empty = raw_rows()
    assert first[0] != second[0], "the same number twice must not show"
    assert empty == ("", "")
    assert [row.iban for row in account_model.objects.order_by("id")] == [IBAN, IBAN, ""]


@pytest.mark.fault("H5")
def test_found_by_its_keyed_hash_however_it_is_typed(account_model, settings):
    account_model.objects.bulk_create(
        [account_model(id=1, iban=IBAN), account_model(id=2, iban="GB33BUKB20201555555555")]
    )
    typed = crypto.search_hash("fr76 3000 6000 0112 3456 7890 189")
    assert account_model.objects.get(iban_hash=typed).pk == 1
    settings.FIELD_HASH_KEY = "another"
    assert crypto.search_hash(IBAN) != typed
    with pytest.raises(FieldError, match="SearchHashField"):
        account_model.objects.filter(iban=IBAN).exists()


@pytest.mark.fault("H5")
def test_rotation_moves_every_row_to_the_newest_key(account_model, settings):
    account_model.objects.bulk_create([account_model(id=n, iban=f"IBAN {n}") for n in range(1, 1203)])
    old, new = settings.FIELD_KEYS[0], crypto.new_key()
    settings.FIELD_KEYS = [new, old]
    fields = [account_model._meta.get_field("iban")]
    account_model.objects.filter(pk=7).update(iban="déjà sous la nouvelle clé")
    assert rotate(account_model, fields) == 1201
    assert rotate(account_model, fields) == 0
    settings.FIELD_KEYS = [new]
    assert account_model.objects.get(pk=1202).iban == "IBAN 1202"
    assert account_model.objects.get(pk=7).iban == "déjà sous la nouvelle clé"
    assert len({row.iban for row in account_model.objects.all()}) == 1202


@pytest.mark.fault("H5")
def test_the_rotation_command_reaches_every_table(db, settings, capsys):
    old, new = settings.FIELD_KEYS[0], crypto.new_key()
    message = Message.objects.create(
        channel="mail",
        to="a@b.fr",
        subject_line="x",
        content={},
        secret="jeton",
        dedupe_key="rotation",
        **subject_key(Establishment.objects.create()),
    )
    settings.FIELD_KEYS = [new, old]
    call_command("rotate_field_keys")
    assert "notifications.Message: 1 rows" in capsys.readouterr().out
    settings.FIELD_KEYS = [new]
    assert Message.objects.get(pk=message.pk).secret == "jeton"


@pytest.mark.fault("H5")
def test_a_wrong_key_fails_loudly(account_model, settings):
    account_model.objects.create(id=1, iban=IBAN)
    settings.FIELD_KEYS = [crypto.new_key()]
    with pytest.raises(crypto.WrongKey):
        account_model.objects.get(pk=1)
    settings.FIELD_KEYS = ["not a key"]
    with pytest.raises(ImproperlyConfigured):
        account_model.objects.create(id=2, iban=IBAN)
    settings.FIELD_KEYS = []
    with pytest.raises(ImproperlyConfigured):
        crypto.encrypt(IBAN)


@pytest.mark.fault("H4")
def test_a_decrypted_number_does_not_print_itself(account_model):
    account_model.objects.create(id=1, iban=IBAN)
    row = account_model.objects.get(pk=1)
    assert IBAN not in repr(row.__dict__)
    assert row.iban == IBAN


def test_new_key_command_prints_a_usable_key(capsys, settings):
    call_command("new_field_key")
    settings.FIELD_KEYS = [capsys.readouterr().out.strip()]
    secret = str(uuid.uuid4())
    assert crypto.decrypt(crypto.encrypt(secret)) == secret
