"""The databases of the tests of the store."""

from tests.store.conftest import data, empty_database, empty_template, register

__all__ = ["data", "empty_database", "empty_template", "register"]
