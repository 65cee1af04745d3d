//! The tables, and how a file of an older format becomes one of the current.

use rusqlite::{Connection, TransactionBehavior};

/// Marks a file as ours: "CCan" in ASCII.
const APPLICATION_ID: i32 = 0x4343_616E;

/// Brings the format `n` to `n + 1`; released ones never change. The format is kept in `user_version`.
const MIGRATIONS: [&str; 3] = [FORMAT_1, FORMAT_2, FORMAT_3];

/// Writers are told apart by a number of their own.
const FORMAT_3: &str = "ALTER TABLE canvases ADD COLUMN fence INTEGER NOT NULL DEFAULT 0;";

/// Invitations say who made them. Those from before, which did not, are gone: they live for a week.
const FORMAT_2: &str = "
DELETE FROM invitations;
ALTER TABLE invitations ADD COLUMN maker TEXT NOT NULL DEFAULT '';
";

/// Tables in which rows are small and looked up by their key have no rowid. `journal` has one on purpose: rows are
/// then appended at the end of one tree, where a commit for a thousand projects touches tens of pages and not a thousand.
const FORMAT_1: &str = "
CREATE TABLE users (
    ordinal INTEGER PRIMARY KEY, -- in the order in which they were made
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    operator INTEGER NOT NULL,
    created_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE projects (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    plugins TEXT NOT NULL, -- JSON
    save_strategy TEXT NOT NULL
) STRICT;

CREATE TABLE members (
    project INTEGER NOT NULL REFERENCES projects (key) ON DELETE CASCADE,
    user TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role TEXT NOT NULL,
    PRIMARY KEY (project, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_by_user ON members (user);

CREATE TABLE logins (
    secret BLOB PRIMARY KEY,
    user TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX logins_by_end ON logins (expires_ms);
CREATE INDEX logins_by_user ON logins (user);

CREATE TABLE invitations (
    secret BLOB PRIMARY KEY,
    project INTEGER NOT NULL REFERENCES projects (key) ON DELETE CASCADE,
    role TEXT NOT NULL,
    expires_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX invitations_by_end ON invitations (expires_ms);
CREATE INDEX invitations_by_project ON invitations (project);

CREATE TABLE canvases (
    project INTEGER PRIMARY KEY REFERENCES projects (key) ON DELETE CASCADE,
    epoch INTEGER NOT NULL DEFAULT 0,
    closed INTEGER NOT NULL DEFAULT 0, -- whether the last opener said that it was done
    checkpoint INTEGER NOT NULL DEFAULT 0 -- every transaction up to here is reflected in objects
) STRICT;

CREATE TABLE objects (
    project INTEGER NOT NULL REFERENCES projects (key) ON DELETE CASCADE,
    id TEXT NOT NULL,
    seq INTEGER NOT NULL, -- the transaction that last changed it
    record BLOB, -- a shape in JSON; null: deleted
    PRIMARY KEY (project, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX deleted_objects ON objects (project, seq) WHERE record IS NULL;

CREATE TABLE clients (
    project INTEGER NOT NULL REFERENCES projects (key) ON DELETE CASCADE,
    user TEXT NOT NULL,
    client TEXT NOT NULL,
    number INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (project, user, client)
) STRICT, WITHOUT ROWID;

CREATE TABLE journal (
    place INTEGER PRIMARY KEY,
    project INTEGER NOT NULL REFERENCES projects (key) ON DELETE CASCADE,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    lines BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX journal_by_project ON journal (project, first, last);

CREATE TABLE versions (
    project INTEGER NOT NULL REFERENCES projects (key) ON DELETE CASCADE,
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    seq INTEGER NOT NULL,
    shapes INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    snapshot BLOB NOT NULL,
    PRIMARY KEY (project, id)
) STRICT;

CREATE TABLE plugin_data (
    project INTEGER NOT NULL REFERENCES projects (key) ON DELETE CASCADE,
    plugin TEXT NOT NULL,
    key TEXT NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (project, plugin, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE plugin_usage (
    project INTEGER NOT NULL REFERENCES projects (key) ON DELETE CASCADE,
    plugin TEXT NOT NULL,
    bytes INTEGER NOT NULL, -- of keys and values, so that a quota costs no scan
    PRIMARY KEY (project, plugin)
) STRICT, WITHOUT ROWID;
";

/// Sets the connection that writes up, and migrates the file. The error is a sentence for whoever starts the server.
pub(super) fn prepare(db: &mut Connection) -> Result<(), String> {
    check_is_ours(db)?;
    set_up(db).map_err(|error| error.to_string())?;
    migrate(db).map_err(|error| format!("it cannot be brought to the current format: {error}"))
}

/// Before anything is changed: whether the file is a store of a format that this version knows.
fn check_is_ours(db: &Connection) -> Result<(), String> {
    let pragma =
        |name: &str| db.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).map_err(|error| error.to_string());
    let (marked, format, known) = (pragma("application_id")?, pragma("user_version")?, MIGRATIONS.len());
    let tables = db
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0))
        .map_err(|error| error.to_string())?;
    if tables > 0 && marked != i64::from(APPLICATION_ID) {
        return Err("it is another program's database: use another data folder".to_owned());
    }
    if !usize::try_from(format).is_ok_and(|format| format <= known) {
        return Err(format!(
            "it has format {format}, this version knows formats up to {known}: start the version that wrote it, or a later one"
        ));
    }
    Ok(())
}

fn set_up(db: &Connection) -> rusqlite::Result<()> {
    db.pragma_update(None, "journal_mode", "WAL")?;
    // One fsync a commit: what is answered survives a power failure (D1).
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "foreign_keys", true)?;
    // Savepoints copy the pages that they change to where they may be taken back from: not to a file.
    db.pragma_update(None, "temp_store", "MEMORY")?;
    // SQLite copies the log into the file every 4,000 pages: a thousand rooms write the same ones again and again, and
    // 16 MiB still recover at once. After a large checkpoint it shrinks again.
    db.pragma_update(None, "wal_autocheckpoint", 4_000)?;
    db.pragma_update(None, "journal_size_limit", 64 * 1024 * 1024)?;
    db.pragma_update(None, "cache_size", -32 * 1024)?;
    db.set_prepared_statement_cache_capacity(64);
    Ok(())
}

fn migrate(db: &mut Connection) -> rusqlite::Result<()> {
    let migration = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let format: usize = migration.pragma_query_value(None, "user_version", |row| row.get(0))?;
    for step in MIGRATIONS.iter().skip(format) {
        migration.execute_batch(step)?;
    }
    if format < MIGRATIONS.len() {
        migration.pragma_update(None, "application_id", APPLICATION_ID)?;
        migration.pragma_update(None, "user_version", MIGRATIONS.len())?;
    }
    migration.commit()
}
