//! Mistakes with `store`: words of other tools, flags of other commands, and files that are something else.

use super::Mistake;
use crate::support::{folder, heistctl};

#[test]
fn words_of_other_tools_name_ours() {
    for (typed, cause, cure) in [
        (&["backup"][..], "no command \"backup\"", "heistctl store backup"),
        (&["restore"], "no command \"restore\"", "heistctl store restore"),
        (&["db"], "no command \"db\"", "heistctl store"),
        (&["store", "dump"], "no command \"dump\"", "heistctl store backup"),
        (&["store", "verify"], "no command \"verify\"", "heistctl store check"),
        (&["store", "recover", "a.db"], "no command \"recover\"", "heistctl store restore a.db"),
        (&["store", "exprot"], "no command \"exprot\"", "heistctl store export"),
        (&["store", "backup"], "FILE", "heistctl store backup"),
        (&["store", "restore", "a.db", "--force"], "no --force", "--replace"),
        (&["store", "backup", "a.db", "--force"], "no --force", "name a new file"),
        (&["store", "backup", "-o", "a.db"], "no -o", "a.db"),
        (&["store", "check", "--config-file", "my.toml"], "no --config-file", "--config my.toml"),
    ] {
        Mistake { typed, exit: 2, cause, cure }.is_explained(|typed| heistctl(typed));
    }
}

#[test]
fn files_that_are_not_backups_are_named() {
    let here = folder(&[("text", "not a database, and longer than its header would be"), ("empty", "")]);
    std::fs::create_dir(here.path().join("dir")).unwrap();
    let at = |typed: &[&str]| heistctl(typed).in_folder(here.path());
    for (typed, exit, cause, cure) in [
        (&["store", "check", "--store", "sqlite:text"][..], 1, "is not a SQLite database", ""),
        (
            &["store", "restore", "text", "--store", "sqlite:new.db"],
            1,
            "is not a SQLite database",
            "store backup",
        ),
        (
            &["store", "restore", "empty", "--store", "sqlite:new.db"],
            2,
            "there is no store at empty",
            "store backup",
        ),
        (&["store", "restore", "dir", "--store", "sqlite:new.db"], 1, "is a folder", "store backup"),
        (&["store", "export", "--store", "sqlite:no.db"], 2, "there is no store at no.db", "--store"),
        (&["store", "backup", "a.db", "--store", "memory:"], 2, "memory: would not outlive", "sqlite:"),
        (
            &["store", "import", "no.jsonl", "--store", "sqlite:new.db"],
            2,
            "cannot read no.jsonl",
            "may you read it",
        ),
    ] {
        Mistake { typed, exit, cause, cure }.is_explained(at);
    }
}
