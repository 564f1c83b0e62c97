"""What Alembic finds: every step from an empty database to the present schema."""
