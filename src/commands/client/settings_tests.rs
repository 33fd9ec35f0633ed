//! Every key of `[[client]]` in heist.toml is a setting of clients in the store, too: a member of their record,
//! and so of an import (a test of its members compares the two), and a flag of `client add` and `client set`.

use crate::cli::reference::configuration::CLIENT;
use crate::cli::{AddArgs, SetArgs};
use crate::registry::record::ClientRecord;
use clap::Args;
use std::collections::BTreeSet;

/// The keys that say where the server reads a secret. A store has its hash; it is made, or comes from stdin.
const SECRETS: [&str; 3] = ["secret_env", "secret_file", "secret_hash"];
/// Keys with another name as a member.
const MEMBERS: [(&str, &str); 1] = [("dpop", "dpop_required")];
/// Members with another name as a flag, as what they have more than one of is given one by one.
const FLAGS: [(&str, &str); 4] = [
    ("scopes", "scope"),
    ("default_scopes", "default-scope"),
    ("audiences", "audience"),
    ("default_audiences", "default-audience"),
];
/// Members that are no settings of heist.toml: a client of it is disabled by removing it.
const OF_STORE: [&str; 2] = ["created", "disabled"];

fn keys() -> impl Iterator<Item = &'static str> {
    CLIENT.iter().map(|key| key.name).filter(|name| !SECRETS.contains(name))
}

fn member(key: &'static str) -> &'static str {
    MEMBERS.iter().find(|(name, _)| *name == key).map_or(key, |(_, member)| member)
}

#[test]
fn the_members_of_a_record_are_the_keys_of_heist_toml() {
    let record = serde_json::to_value(ClientRecord::default()).unwrap();
    let members: BTreeSet<&str> = record.as_object().unwrap().keys().map(String::as_str).collect();
    let expected: BTreeSet<&str> = keys().map(member).chain(OF_STORE).collect();
    assert_eq!(members, expected);
}

#[test]
fn every_key_of_heist_toml_has_a_flag_of_add_and_of_set() {
    let commands =
        [AddArgs::augment_args(clap::Command::new("add")), SetArgs::augment_args(clap::Command::new("set"))];
    for command in commands {
        let names = |arg: &clap::Arg| -> Vec<String> {
            let long = arg.get_long().map(str::to_owned).into_iter();
            long.chain(arg.get_all_aliases().into_iter().flatten().map(str::to_owned)).collect()
        };
        let flags: BTreeSet<String> = command.get_arguments().flat_map(names).collect();
        for member in keys().map(member).filter(|member| *member != "id") {
            let flag = FLAGS.iter().find(|(name, _)| *name == member).map(|(_, flag)| (*flag).to_owned());
            let flag = flag.unwrap_or_else(|| member.replace('_', "-"));
            assert!(flags.contains(&flag), "{} has no --{flag}", command.get_name());
        }
    }
}
