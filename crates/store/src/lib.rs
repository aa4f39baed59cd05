//! The cluster database: SQLite repositories and migrations.
