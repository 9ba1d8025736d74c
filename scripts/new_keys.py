"""Print fresh random keys as the lines of an environment file: `scripts/new_keys.py > var/demo.env`."""

import base64
import secrets

print(f"SECRET_KEY={secrets.token_urlsafe(50)}")
print(f"FIELD_KEYS={base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()}")
print(f"FIELD_HASH_KEY={secrets.token_urlsafe(32)}")
