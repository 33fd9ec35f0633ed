//! Copies of a store as one file, which is a store itself: of this engine, and of others row by row.

use super::schema::{PATIENCE, SchemaError, migrate};
use super::writer::WriteError;
use crate::registry::store::tables::{
    BATCH, Cell, Column, ColumnKind, HAS_CONTENT, StoreRow, StoreTable, TABLES,
};
use crate::registry::store::{MAX_CHANGES, StoreError};
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, OpenFlags, Rows, Statement, ToSql, params_from_iter};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// New marks, by which running servers notice that changes and revocations which they have seen are gone.
const ANEW: &str = "UPDATE main.change SET mark = random(); UPDATE main.id SET mark = random()";
/// A change so far ahead that a server reads everything again, even if it has seen no change yet.
const AHEAD: &str = "INSERT INTO main.change (number, client, mark)
    SELECT coalesce((SELECT seq FROM main.sqlite_sequence WHERE name = 'change'), 0) + ?1 + 1, '', random()";

/// Copies a store into an empty file, as of the moment when it begins. Others read and write meanwhile.
pub(super) fn copy_into(store: &Path, file: &Path) -> Result<(), StoreError> {
    let connection = Connection::open_with_flags(store, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.busy_timeout(PATIENCE)?;
    connection.execute("VACUUM INTO ?1", [PathText(file)])?;
    Ok(())
}

/// Replaces the content of a store with that of a copy. Returns false, and changes nothing, if the store has
/// content and `replaces` is not set.
pub(super) fn take_over(
    connection: &mut Connection,
    file: &Path,
    replaces: bool,
) -> Result<bool, WriteError> {
    connection.execute("ATTACH ?1 AS copy", [PathText(file)])?;
    let done = take_over_attached(connection, replaces);
    let _ = connection.execute("DETACH copy", []);
    done
}

fn take_over_attached(connection: &mut Connection, replaces: bool) -> Result<bool, WriteError> {
    // Not immediate: that would lock the copy for writing, too.
    let transaction = connection.transaction()?;
    // A write comes first, because a read would make a later write fail if another process writes between.
    transaction.execute("DELETE FROM main.use WHERE 0", [])?;
    if !replaces && transaction.query_row(HAS_CONTENT, [], |row| row.get(0))? {
        return Ok(false);
    }
    for table in TABLES.iter().rev() {
        transaction.execute(&format!("DELETE FROM main.{}", table.name), [])?;
    }
    for table in &TABLES {
        let (name, columns) = (table.name, table.sqlite_columns());
        let copy = format!("INSERT INTO main.{name} ({columns}) SELECT {columns} FROM copy.{name}");
        transaction.execute(&copy, [])?;
    }
    transaction.execute_batch(ANEW)?;
    let ahead = i64::try_from(MAX_CHANGES).unwrap_or(i64::MAX);
    transaction.execute(AHEAD, [ahead])?;
    transaction.commit()?;
    Ok(true)
}

/// A new copy, which is filled row by row.
pub(in crate::registry::store) struct CopyWriter(Connection);

impl CopyWriter {
    /// Makes the tables in an empty file.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub(in crate::registry::store) fn begin(file: &Path) -> Result<Self, StoreError> {
        let made = || -> Result<Connection, SchemaError> {
            let mut connection = Connection::open(file)?;
            // The caller syncs the whole file. A copy that did not get ready is deleted.
            connection.pragma_update(None, "journal_mode", "OFF")?;
            connection.pragma_update(None, "synchronous", "OFF")?;
            migrate(&mut connection)?;
            connection.execute_batch("BEGIN")?;
            Ok(connection)
        };
        made().map(Self).map_err(|error| StoreError::from(error).at(&file.display()))
    }

    /// # Errors
    /// If the file cannot be written.
    pub(in crate::registry::store) fn add(
        &self,
        table: &StoreTable,
        rows: &[StoreRow],
    ) -> Result<(), StoreError> {
        let places = vec!["?"; table.columns.len()].join(", ");
        let insert = format!("INSERT INTO {} ({}) VALUES ({places})", table.name, table.sqlite_columns());
        let mut insert = self.0.prepare_cached(&insert)?;
        for row in rows {
            insert.execute(params_from_iter(row))?;
        }
        Ok(())
    }

    /// # Errors
    /// If the file cannot be written.
    pub(in crate::registry::store) fn end(self) -> Result<(), StoreError> {
        Ok(self.0.execute_batch("COMMIT")?)
    }
}

/// A copy, whose rows are read in batches.
pub(in crate::registry::store) struct CopyReader(Connection);

impl CopyReader {
    /// # Errors
    /// If the file cannot be read.
    pub(in crate::registry::store) fn open(file: &Path) -> Result<Self, StoreError> {
        Ok(Self(Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?))
    }

    /// # Errors
    /// If the file cannot be read.
    pub(in crate::registry::store) fn rows(
        &self,
        table: &'static StoreTable,
    ) -> Result<CopiedRows<'_>, StoreError> {
        let select = format!("SELECT {} FROM {}", table.sqlite_columns(), table.name);
        Ok(CopiedRows { table, statement: self.0.prepare(&select)? })
    }
}

/// The rows of a table.
pub(in crate::registry::store) struct CopiedRows<'a> {
    table: &'static StoreTable,
    statement: Statement<'a>,
}

impl CopiedRows<'_> {
    /// # Errors
    /// If the file cannot be read.
    pub(in crate::registry::store) fn batches(&mut self) -> Result<CopiedBatches<'_>, StoreError> {
        Ok(CopiedBatches { table: self.table, rows: self.statement.query([])? })
    }
}

pub(in crate::registry::store) struct CopiedBatches<'a> {
    table: &'static StoreTable,
    rows: Rows<'a>,
}

impl CopiedBatches<'_> {
    /// The next rows; `None` after the last.
    ///
    /// # Errors
    /// If the file cannot be read, or a value has a wrong type.
    pub(in crate::registry::store) fn next(&mut self) -> Result<Option<Vec<StoreRow>>, StoreError> {
        let mut batch = Vec::new();
        while batch.len() < BATCH {
            let Some(row) = self.rows.next()? else { break };
            let cells = self.table.columns.iter().enumerate();
            let cells = cells.map(|(at, column)| cell(self.table, column, row.get_ref(at)?));
            batch.push(cells.collect::<Result<StoreRow, StoreError>>()?);
        }
        Ok(Some(batch).filter(|batch| !batch.is_empty()))
    }
}

fn cell(table: &StoreTable, column: &Column, value: ValueRef<'_>) -> Result<Cell, StoreError> {
    match (column.kind, value) {
        (_, ValueRef::Null) => Ok(Cell::Null),
        (ColumnKind::Number | ColumnKind::Flag, ValueRef::Integer(number)) => Ok(Cell::Number(number)),
        (ColumnKind::Text, ValueRef::Text(bytes)) => {
            String::from_utf8(bytes.to_vec()).map(Cell::Text).map_err(|_| table.misfit(column))
        }
        (ColumnKind::Bytes, ValueRef::Blob(bytes)) => Ok(Cell::Bytes(bytes.to_vec())),
        _ => Err(table.misfit(column)),
    }
}

impl ToSql for Cell {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => ToSqlOutput::Owned(Value::Null),
            Self::Number(number) => ToSqlOutput::Owned(Value::Integer(*number)),
            Self::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Self::Bytes(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
        })
    }
}

/// A path as SQLite takes it, which need not be UTF-8.
struct PathText<'a>(&'a Path);

impl ToSql for PathText<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Text(self.0.as_os_str().as_bytes())))
    }
}
