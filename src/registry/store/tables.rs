//! The tables that every database engine has, for copies from one store to another. Both engines migrate them
//! to the same shape; only some names of columns differ.

use super::StoreError;

/// A value of a row.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Cell {
    Null,
    Number(i64),
    Text(String),
    Bytes(Vec<u8>),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ColumnKind {
    Number,
    Text,
    Bytes,
    /// A number in SQLite, a boolean in PostgreSQL.
    Flag,
}

pub(super) struct Column {
    pub(super) sqlite: &'static str,
    pub(super) postgres: &'static str,
    pub(super) kind: ColumnKind,
}

pub(super) struct StoreTable {
    pub(super) name: &'static str,
    pub(super) columns: &'static [Column],
    /// Whether the engine numbers its rows.
    pub(super) is_numbered: bool,
}

pub(super) type StoreRow = Vec<Cell>;

/// Rows that are read and written at a time.
pub(super) const BATCH: usize = 1_000;

/// A table comes after those that it refers to.
pub(super) const TABLES: [StoreTable; 6] = [
    StoreTable {
        name: "client",
        columns: &[
            text("id"),
            text("record"),
            text("secrets"),
            bytes("digest"),
            flag("exchange"),
            flag("secret_jwt"),
            flag("certificate"),
            flag("federated"),
        ],
        is_numbered: false,
    },
    StoreTable {
        name: "use",
        columns: &[
            text("client"),
            number("number"),
            Column { postgres: "moment", ..number("at") },
            Column { postgres: "place", ..text("address") },
        ],
        is_numbered: false,
    },
    StoreTable {
        name: "change",
        columns: &[number("number"), text("client"), number("mark")],
        is_numbered: true,
    },
    StoreTable {
        name: "id",
        columns: &[
            number("number"),
            number("kind"),
            bytes("digest"),
            text("owner"),
            number("until"),
            number("mark"),
        ],
        is_numbered: true,
    },
    StoreTable {
        name: "text",
        columns: &[text("name"), number("version"), text("text"), bytes("digest")],
        is_numbered: false,
    },
    StoreTable {
        name: "history",
        columns: &[
            number("number"),
            Column { postgres: "moment", ..number("at") },
            text("client"),
            text("how"),
            text("author"),
            text("detail"),
        ],
        is_numbered: true,
    },
];

/// The text of the signing keys, by which a store counts as used.
pub(super) const HAS_CONTENT: &str = "SELECT EXISTS (SELECT 1 FROM client)
    OR EXISTS (SELECT 1 FROM text WHERE name = 'signing_keys')";

impl StoreTable {
    pub(super) fn sqlite_columns(&self) -> String {
        self.columns.iter().map(|column| column.sqlite).collect::<Vec<_>>().join(", ")
    }

    pub(super) fn postgres_columns(&self) -> String {
        self.columns.iter().map(|column| column.postgres).collect::<Vec<_>>().join(", ")
    }

    /// The error for a row that does not fit.
    pub(super) fn misfit(&self, column: &Column) -> StoreError {
        let (table, column) = (self.name, column.sqlite);
        StoreError::Damaged(format!("a row of the table {table} has a wrong type of value in {column}"))
    }
}

const fn column(name: &'static str, kind: ColumnKind) -> Column {
    Column { sqlite: name, postgres: name, kind }
}

const fn text(name: &'static str) -> Column {
    column(name, ColumnKind::Text)
}

const fn number(name: &'static str) -> Column {
    column(name, ColumnKind::Number)
}

const fn bytes(name: &'static str) -> Column {
    column(name, ColumnKind::Bytes)
}

const fn flag(name: &'static str) -> Column {
    column(name, ColumnKind::Flag)
}
