"""What runs in Prefect."""

from flows import plain_endings

plain_endings.use()
