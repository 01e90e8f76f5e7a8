"""The name of this module is Django's."""

from datetime import UTC, datetime
from typing import Any

from django.db.backends.postgresql import base
from psycopg import DataError
from psycopg.abc import Buffer
from psycopg.types.datetime import TimestamptzLoader

from habeas.store.engines import LONG_AGO, moment


class Moments(TimestamptzLoader):
    """Reads each moment; `timezone` is what Django looks for."""

    timezone = UTC

    def load(self, data: Buffer) -> datetime:
        try:
            return moment(super().load(data).replace(tzinfo=UTC))
        except DataError:
            return LONG_AGO


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        connection.adapters.register_loader("timestamptz", Moments)
        return connection
