"""Passwords for tests."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class QuickHasher(PBKDF2PasswordHasher):
    """The production algorithm with few rounds: quick to make, and the deployed application can check it too."""

    iterations = 1000
