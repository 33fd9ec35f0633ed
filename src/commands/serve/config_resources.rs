//! `[[resource]]` and `[[guard]]` of heist.toml as typed.

use crate::commands::configuration::{Places, Table};
use crate::exit::Failure;
use toml::de::DeValue;

/// `[[resource]]`
#[derive(Debug, Default)]
pub struct ResourceEntry {
    pub id: String,
    pub name: Option<String>,
    pub scopes: Option<Vec<String>>,
    pub accept: Option<Vec<String>>,
    pub places: Places,
}

impl ResourceEntry {
    pub(super) fn of(table: Table<'_>) -> Self {
        table.require("id");
        Self {
            id: table.text("id").unwrap_or_default(),
            name: table.text("name"),
            scopes: table.list("scopes"),
            accept: table.list("accept"),
            places: table.finish(),
        }
    }

    /// Adds the resource's id and the line of the key to a failure.
    pub(super) fn failing(&self, key: &str, failure: Failure) -> Failure {
        let what = format!("resource {:?}: {}", self.id, failure.what);
        self.places.failing(key, Failure { what, ..failure })
    }
}

/// `[[guard]]`
#[derive(Debug, Default)]
pub struct GuardEntry {
    pub name: String,
    pub resource: Option<String>,
    pub routes: Option<Vec<RouteEntry>>,
    pub accept: Option<Vec<String>>,
    pub issuer: Option<String>,
    pub places: Places,
}

/// A table of `routes`.
#[derive(Debug, Default)]
pub struct RouteEntry {
    pub method: Option<String>,
    pub path: Option<String>,
    pub scopes: Option<Vec<String>>,
    /// The first key that routes do not have.
    pub unknown: Option<String>,
}

const ROUTE_KEYS: [&str; 3] = ["method", "path", "scopes"];

impl GuardEntry {
    pub(super) fn of(table: Table<'_>) -> Self {
        table.require("name");
        Self {
            name: table.text("name").unwrap_or_default(),
            resource: table.text("resource"),
            routes: table.value("routes", routes),
            accept: table.list("accept"),
            issuer: table.text("issuer"),
            places: table.finish(),
        }
    }

    /// Adds the guard's name and the line of the key to a failure.
    pub(super) fn failing(&self, key: &str, failure: Failure) -> Failure {
        let what = format!("guard {:?}: {}", self.name, failure.what);
        self.places.failing(key, Failure { what, ..failure })
    }
}

fn routes(value: &DeValue<'_>) -> Option<Vec<RouteEntry>> {
    value.as_array()?.iter().map(|item| route(item.get_ref())).collect()
}

fn route(value: &DeValue<'_>) -> Option<RouteEntry> {
    let table = value.as_table()?;
    let member =
        |name: &str| table.iter().find(|(key, _)| key.get_ref() == name).map(|(_, value)| value.get_ref());
    let text = |name: &str| member(name).map(|value| value.as_str().map(str::to_owned));
    let texts = |value: &DeValue<'_>| {
        value.as_array()?.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect()
    };
    let unknown = table.keys().map(|key| key.get_ref()).find(|key| !ROUTE_KEYS.contains(&key.as_ref()));
    Some(RouteEntry {
        // A member of another type makes the whole list one of another type.
        method: text("method").map_or(Some(None), |found| found.map(Some))?,
        path: text("path").map_or(Some(None), |found| found.map(Some))?,
        scopes: member("scopes").map(texts).map_or(Some(None), |found: Option<_>| found.map(Some))?,
        unknown: unknown.map(ToString::to_string),
    })
}
