//! A dump of the database into a copy, and a copy back into the database; each in one transaction.

use super::bigint::bigint;
use super::fault::PostgresError;
use super::{Postgres, QueryOptions, watch};
use crate::registry::store::sqlite::copies::{CopyReader, CopyWriter};
use crate::registry::store::tables::{
    BATCH, Cell, Column, ColumnKind, HAS_CONTENT, StoreRow, StoreTable, TABLES,
};
use crate::registry::store::{MAX_CHANGES, StoreError};
use std::path::Path;
use std::time::Duration;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Row};

/// For all rows.
const COPY: QueryOptions = QueryOptions { within: Duration::from_secs(3_600), again: false, alone: true };
/// New marks, by which running servers notice that changes and revocations which they have seen are gone.
const ANEW: &str = "UPDATE change SET mark = (random() * 9007199254740991)::bigint;
    UPDATE id SET mark = (random() * 9007199254740991)::bigint";
/// A change so far ahead that a server reads everything again, even if it has seen no change yet.
const AHEAD: &str = "INSERT INTO change (number, client) OVERRIDING SYSTEM VALUE
    SELECT greatest((SELECT max(number) FROM change),
        pg_sequence_last_value(pg_get_serial_sequence('change', 'number')::regclass), 0) + $1 + 1, ''";
/// All tables as of one moment, while others write.
const BEGIN_DUMP: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
/// Others read meanwhile, and writers wait.
const BEGIN_LOAD: &str = "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = '10s';
    LOCK TABLE client, use, change, id, text, history IN SHARE ROW EXCLUSIVE MODE";

impl Postgres {
    pub(super) fn dump(&self, file: &Path) -> Result<(), StoreError> {
        self.pool.ask(COPY, async |client: &Client| {
            let copy = CopyWriter::begin(file)?;
            client.batch_execute(BEGIN_DUMP).await?;
            for table in &TABLES {
                dump_table(client, table, &copy).await?;
            }
            client.batch_execute("COMMIT").await?;
            copy.end()?;
            Ok(())
        })
    }

    pub(super) fn load(&self, file: &Path, replaces: bool) -> Result<bool, StoreError> {
        let copy = CopyReader::open(file)?;
        self.pool.ask(COPY, async |client: &Client| {
            client.batch_execute(BEGIN_LOAD).await?;
            let has_content = client.query_typed_one(HAS_CONTENT, &[]).await?;
            if !replaces && has_content.try_get(0)? {
                client.batch_execute("ROLLBACK").await?;
                return Ok(false);
            }
            for table in TABLES.iter().rev() {
                client.batch_execute(&format!("DELETE FROM {}", table.name)).await?;
            }
            for table in &TABLES {
                load_table(client, table, &copy).await?;
            }
            client.batch_execute(ANEW).await?;
            client.execute_typed(AHEAD, &[(&bigint(MAX_CHANGES), Type::INT8)]).await?;
            for table in TABLES.iter().filter(|table| table.is_numbered) {
                go_on_numbering(client, table).await?;
            }
            let end = format!("NOTIFY {}; COMMIT", watch::CHANNEL);
            client.batch_execute(&end).await.map_err(PostgresError::Unsure)?;
            Ok(true)
        })
    }
}

async fn dump_table(client: &Client, table: &StoreTable, copy: &CopyWriter) -> Result<(), PostgresError> {
    let select = format!("SELECT {} FROM {}", table.postgres_columns(), table.name);
    client.batch_execute(&format!("DECLARE rows NO SCROLL CURSOR FOR {select}")).await?;
    loop {
        let rows = client.query_typed(&format!("FETCH {BATCH} FROM rows"), &[]).await?;
        let cells = rows.iter().map(|row| cells(table, row)).collect::<Result<Vec<_>, _>>()?;
        copy.add(table, &cells)?;
        if rows.len() < BATCH {
            break;
        }
    }
    Ok(client.batch_execute("CLOSE rows").await?)
}

fn cells(table: &StoreTable, row: &Row) -> Result<StoreRow, PostgresError> {
    let cell = |(at, column): (usize, &Column)| -> Result<Cell, PostgresError> {
        let cell = match column.kind {
            ColumnKind::Number => row.try_get::<_, Option<i64>>(at)?.map(Cell::Number),
            ColumnKind::Text => row.try_get::<_, Option<String>>(at)?.map(Cell::Text),
            ColumnKind::Bytes => row.try_get::<_, Option<Vec<u8>>>(at)?.map(Cell::Bytes),
            ColumnKind::Flag => row.try_get::<_, Option<bool>>(at)?.map(|flag| Cell::Number(flag.into())),
        };
        Ok(cell.unwrap_or(Cell::Null))
    };
    table.columns.iter().enumerate().map(cell).collect()
}

async fn load_table(
    client: &Client,
    table: &'static StoreTable,
    copy: &CopyReader,
) -> Result<(), PostgresError> {
    let name = table.name;
    let lists: Vec<String> = (1..=table.columns.len()).map(|number| format!("${number}")).collect();
    let insert = format!(
        "INSERT INTO {name} ({}) OVERRIDING SYSTEM VALUE SELECT * FROM unnest({})",
        table.postgres_columns(),
        lists.join(", ")
    );
    let mut rows = copy.rows(table)?;
    let mut batches = rows.batches()?;
    while let Some(rows) = batches.next()? {
        let columns: Vec<ColumnValues> = table
            .columns
            .iter()
            .enumerate()
            .map(|(at, column)| ColumnValues::of(column, at, &rows))
            .collect();
        let values: Vec<(&(dyn ToSql + Sync), Type)> = columns.iter().map(ColumnValues::parameter).collect();
        client.execute_typed(&insert, &values).await?;
    }
    Ok(())
}

/// Continues the numbers of rows after the highest so far. A running server would take a number that comes again
/// for one that it has seen.
async fn go_on_numbering(client: &Client, table: &StoreTable) -> Result<(), PostgresError> {
    let (name, sequence) = (table.name, format!("pg_get_serial_sequence('{}', 'number')", table.name));
    let last = format!(
        "SELECT setval({sequence}, greatest((SELECT max(number) FROM {name}),
            pg_sequence_last_value({sequence}::regclass), 1))"
    );
    client.query_typed(&last, &[]).await?;
    Ok(())
}

/// The values of a column, as an array.
enum ColumnValues {
    Numbers(Vec<Option<i64>>),
    Texts(Vec<Option<String>>),
    Bytes(Vec<Option<Vec<u8>>>),
    Flags(Vec<Option<bool>>),
}

impl ColumnValues {
    fn of(column: &Column, at: usize, rows: &[StoreRow]) -> Self {
        let number = |row: &StoreRow| if let Cell::Number(number) = row[at] { Some(number) } else { None };
        let text = |row: &StoreRow| if let Cell::Text(text) = &row[at] { Some(text.clone()) } else { None };
        let bytes =
            |row: &StoreRow| if let Cell::Bytes(bytes) = &row[at] { Some(bytes.clone()) } else { None };
        match column.kind {
            ColumnKind::Number => Self::Numbers(rows.iter().map(number).collect()),
            ColumnKind::Text => Self::Texts(rows.iter().map(text).collect()),
            ColumnKind::Bytes => Self::Bytes(rows.iter().map(bytes).collect()),
            ColumnKind::Flag => {
                Self::Flags(rows.iter().map(|row| number(row).map(|number| number != 0)).collect())
            }
        }
    }

    fn parameter(&self) -> (&(dyn ToSql + Sync), Type) {
        match self {
            Self::Numbers(values) => (values, Type::INT8_ARRAY),
            Self::Texts(values) => (values, Type::TEXT_ARRAY),
            Self::Bytes(values) => (values, Type::BYTEA_ARRAY),
            Self::Flags(values) => (values, Type::BOOL_ARRAY),
        }
    }
}
