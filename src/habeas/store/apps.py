"""How Django knows this app."""

from django.apps import AppConfig


class StoreConfig(AppConfig):
    """The tables of Habeas."""

    name = "habeas.store"
    label = "store"
    default_auto_field = "django.db.models.BigAutoField"
