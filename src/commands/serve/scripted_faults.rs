//! `[[fault]]` of a script.

use super::config::as_json;
use crate::commands::configuration::Table;
use crate::commands::configuration::schema::{Key, Kind, SectionForm, TomlSection};
use crate::testbench::fault::{BODIES, FaultEffect, FaultRule, KEY_SETS};
use crate::testbench::flaw::Flaw;
use crate::testbench::target::TestTarget;
use serde_json::{Map, Value};
use std::time::Duration;

const fn key(name: &'static str, kind: Kind, example: &'static str) -> Key {
    Key { name, kind, example }
}

/// The most that counts take.
const MOST: usize = 1_000_000;
const LONGEST: Duration = Duration::from_secs(600);

pub(super) const FAULT: TomlSection = TomlSection {
    name: "fault",
    form: SectionForm::List,
    keys: &[
        key("on", Kind::Word, "\"token\""),
        key("client", Kind::Text, "\"app\""),
        key("skip", Kind::Count, "1"),
        key("times", Kind::Count, "3"),
        key("status", Kind::Count, "503"),
        key("error", Kind::Text, "\"temporarily_unavailable\""),
        key("retry_after", Kind::Count, "3"),
        key("redirect", Kind::Url, "\"http://127.0.0.1:1/\""),
        key("nonce", Kind::Flag, "true"),
        key("set", Kind::Table, "{ expires_in = -1 }"),
        key("omit", Kind::List, "[\"expires_in\"]"),
        key("token", Kind::Word, "\"expired\""),
        key("claims", Kind::Table, "{ aud = \"other\" }"),
        key("keys", Kind::Word, "\"empty\""),
        key("body", Kind::Word, "\"html\""),
        key("raw", Kind::Text, "\"{\""),
        key("content_type", Kind::Text, "\"text/plain\""),
        key("delay", Kind::Length, "\"2s\""),
        key("drip", Kind::Length, "\"100ms\""),
        key("close_after", Kind::Count, "0"),
        key("reset_after", Kind::Count, "0"),
    ],
    meant: &[(&["endpoint", "path"], "on"), (&["count", "repeat"], "times"), (&["code"], "status")],
};

/// Reads one section.
pub(super) fn of(table: Table<'_>) -> FaultRule {
    table.require("on");
    let length = |name| table.length(name, Duration::ZERO..=LONGEST);
    let millis = |name| length(name).map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
    let count = |name| table.count(name, 0..=MOST).and_then(|count| u32::try_from(count).ok());
    let members = |name| table.value(name, |value| as_json(value)).map(object).unwrap_or_default();
    let status = table.count("status", 200..=599);
    let fault = FaultEffect {
        token: table.word("token", &Flaw::ALL.map(Flaw::name)),
        claims: members("claims"),
        set: members("set"),
        omit: table.list("omit").unwrap_or_default(),
        keys: table.word("keys", &KEY_SETS),
        nonce: table.flag("nonce").unwrap_or_default(),
        status: status.and_then(|status| u16::try_from(status).ok()),
        error: table.text("error"),
        retry_after: count("retry_after").map(u64::from),
        redirect: table.text("redirect"),
        body: table.word("body", &BODIES),
        raw: table.text("raw"),
        content_type: table.text("content_type"),
        delay: millis("delay"),
        drip: millis("drip"),
        close_after: count("close_after"),
        reset_after: count("reset_after"),
    };
    let on = table.word("on", &TestTarget::ALL.map(TestTarget::name)).unwrap_or_default();
    let (client, skip, times) = (table.text("client"), count("skip").unwrap_or(0), count("times"));
    drop(table.finish());
    FaultRule { on, client, skip, times, fault }
}

fn object(value: Value) -> Map<String, Value> {
    if let Value::Object(members) = value { members } else { Map::new() }
}
