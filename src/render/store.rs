//! The results of `store`, as text and as JSON.

use super::print::write_out;
use super::stream::OutputStream;
use super::style::{Palette, escape};
use crate::clock::Timestamp;
use crate::commands::client::list::{Damaged, damage};
use crate::commands::store_command::export::Exporting;
use crate::commands::store_command::report::{StoreCopy, StoreFindings, StoreOutcome, StoreReport};
use crate::exit::Failure;
use crate::json;
use crate::registry::record::{SecretRecord, StoredClient};
use crate::registry::shared_secrets;
use serde_json::{Value, json};

/// Prints the report.
///
/// # Errors
/// Where the store fails, stdout cannot be written, or a client is damaged.
pub(super) fn print(report: StoreReport, palette: Palette) -> Result<(), Failure> {
    let json = report.json;
    match report.found {
        StoreOutcome::Exported(exporting) => export(*exporting),
        StoreOutcome::Checked(found) if json => write_out(json::line(&findings_json(&found)).as_bytes()),
        StoreOutcome::Checked(found) => write_out(findings(&found, palette).as_bytes()),
        StoreOutcome::Copied(copy) if json => write_out(json::line(&copy_json(&copy)).as_bytes()),
        StoreOutcome::Imported(count) if json => {
            write_out(json::line(&json!({ "clients": count })).as_bytes())
        }
        StoreOutcome::Copied(_) | StoreOutcome::Imported(_) => Ok(()),
    }
}

fn export(mut exporting: Exporting) -> Result<(), Failure> {
    let mut stream = OutputStream::new(None);
    let mut damaged: Vec<Damaged> = Vec::new();
    while let Some(page) = exporting.next_page()? {
        page.clients.iter().for_each(|client| stream.text(&json::line(&client_json(client))));
        damaged.extend(page.damaged);
        if stream.flush()?.is_closed() {
            return Ok(());
        }
    }
    stream.end(&[])?;
    damage(&damaged).map_or(Ok(()), Err)
}

/// The members of `client list --json`, and the hash of each secret.
fn client_json(stored: &StoredClient) -> Value {
    let time = |seconds: i64| Timestamp::from_unix(seconds).to_string();
    let secret = |secret: &SecretRecord| {
        json!({
            "number": secret.number,
            "hash": secret.hash,
            "created": time(secret.created),
            "ends": secret.ends.map(time),
        })
    };
    let kept = stored.record.kept().ok().and_then(|kept| serde_json::from_str(&kept).ok());
    let mut value: Value = kept.unwrap_or_default();
    value["created"] = json!(time(stored.record.created));
    // A secret that the client signs with has no hash. It stays in the store.
    let hashed = stored.secrets.iter().filter(|secret| !shared_secrets::is_kept(&secret.hash));
    value["secrets"] = hashed.map(secret).collect();
    value
}

fn findings(found: &StoreFindings, palette: Palette) -> String {
    let row = |faults: &[String], well: String| {
        if faults.is_empty() {
            return format!("{}  {well}\n", palette.good("ok  "));
        }
        faults.iter().map(|fault| format!("{}  {}\n", palette.bad("FAIL"), escape(fault))).collect()
    };
    let sealed = if found.sealed > 0 { format!(", {} of them sealed", found.sealed) } else { String::new() };
    [
        row(&found.damaged, format!("clients: {}, every record is whole", found.clients)),
        row(&found.unusable, format!("signing keys: {}{sealed}, every key opens", found.keys)),
    ]
    .concat()
}

fn findings_json(found: &StoreFindings) -> Value {
    json!({
        "ok": found.is_well(),
        "store": found.store,
        "store_id": found.id,
        "clients": found.clients,
        "keys": found.keys,
        "sealed_keys": found.sealed,
        "damaged": found.damaged,
        "unusable_keys": found.unusable,
    })
}

fn copy_json(copy: &StoreCopy) -> Value {
    json!({
        "done": copy.done,
        "file": copy.file,
        "bytes": copy.bytes,
        "clients": copy.clients,
        "keys": copy.keys,
        "sealed_keys": copy.sealed,
    })
}
