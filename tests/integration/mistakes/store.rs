//! Mistakes with the URL of a store: other databases, other ways of writing it, and what a shell has not
//! expanded. A password in it is never shown.

use super::Mistake;
use crate::support::{folder, heistctl};

/// Holds each URL against its row, as a flag and as a variable.
fn are_explained(rows: &[(&str, &str, &str)]) {
    let here = folder(&[]);
    for (url, cause, cure) in rows {
        for typed in [&["client", "add", "x", "--store", url][..], &["key", "generate", "--store", url]] {
            let mistake = Mistake { typed, exit: 2, cause, cure };
            let ran = mistake.is_explained(|typed| heistctl(typed).in_folder(here.path()));
            assert!(ran.stdout.is_empty() && !ran.stderr.contains("hunter2"), "{ran}");
            assert!(ran.stderr.starts_with("error: store: --store"), "{ran}");
        }
        if url.is_empty() {
            continue;
        }
        let mistake = Mistake { typed: &["client", "list"], exit: 2, cause, cure };
        let ran =
            mistake.is_explained(|typed| heistctl(typed).env("HEISTCTL_STORE", url).in_folder(here.path()));
        assert!(ran.stderr.starts_with("error: store: HEISTCTL_STORE"), "{ran}");
        let serve = ["serve", "--check", "--store", url];
        Mistake { typed: &serve, exit: 2, cause, cure }
            .is_explained(|typed| heistctl(typed).in_folder(here.path()));
        std::fs::write(
            here.path().join("h.toml"),
            format!("store = {}\n", serde_json::to_string(url).unwrap()),
        )
        .unwrap();
        let config = ["serve", "--check", "--config", "h.toml"];
        let mistake = Mistake { typed: &config, exit: 2, cause, cure: "" };
        let ran = mistake.is_explained(|typed| heistctl(typed).in_folder(here.path()));
        assert!(!ran.stderr.contains("hunter2"), "{ran}");
    }
    let left: Vec<_> =
        std::fs::read_dir(here.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| name == "h.toml"), "a store was made: {left:?}");
}

#[test]
fn another_database_is_named_with_those_that_heistctl_has() {
    are_explained(&[
        ("mysql://db/heist", "\"mysql://db/heist\" is not a store: heistctl has no MySQL", "postgres://"),
        ("mariadb://u:hunter2@h/d", "heistctl has no MariaDB", "sqlite:heistctl.db"),
        ("redis://h", "\"redis://h\" is not a store: heistctl has no Redis", "sqlite:heistctl.db"),
        ("mongodb+srv://u:hunter2@h/d", "heistctl has no MongoDB", "postgres://"),
        ("mssql://h/d", "heistctl has no SQL Server", "postgres://"),
        ("sqlserver://h/d", "heistctl has no SQL Server", "postgres://"),
        ("oracle://h/d", "heistctl has no Oracle", "postgres://"),
        ("cockroachdb://u@h/d", "\"cockroachdb://u@h/d\"", "postgres://"),
        ("etcd://h", "\"etcd://h\"", "sqlite:heistctl.db"),
        ("https://h/d", "\"https://h/d\" is the address of a web page", "postgres://"),
        ("s3://bucket/heist.db", "\"s3://bucket/heist.db\"", "sqlite:heistctl.db"),
        ("none", "\"none\" is not a store", "memory:"),
        ("hunter2", "(not shown", "sqlite:heistctl.db"),
    ]);
}

#[test]
fn another_way_of_writing_postgresql_is_named_with_ours() {
    are_explained(&[
        (
            "jdbc:postgresql://h/d",
            "\"jdbc:postgresql://h/d\" is not a store: it is written for Java",
            "postgresql://h/d",
        ),
        ("jdbc:postgresql://h/d?user=u&password=hunter2", "is written for Java", "postgres"),
        (
            "postgresql+psycopg://h/d",
            "\"postgresql+psycopg://h/d\" is not a store: its scheme",
            "postgres://h/d",
        ),
        (
            "postgres+asyncpg://u:hunter2@h/d",
            "its scheme is not postgres://",
            "postgres://user@host/database",
        ),
        ("pg://h/d", "\"pg://h/d\" is not a store: its scheme is not postgres://", "postgres://h/d"),
        ("psql://h/d", "\"psql://h/d\"", "postgres://h/d"),
        ("pgsql://h/d", "\"pgsql://h/d\"", "postgres://h/d"),
        ("Postgres://h/d", "\"Postgres://h/d\"", "postgres://h/d"),
        ("POSTGRESQL://u:hunter2@h/d", "its scheme is in capital letters", "postgres://"),
        (
            "postgres:/h/d",
            "\"postgres:/h/d\" is not a store: its scheme is not postgres://",
            "postgres://h/d",
        ),
        ("postgres:h/d", "\"postgres:h/d\"", "postgres://h/d"),
        ("postgres//h/d", "\"postgres//h/d\"", "postgres://h/d"),
        ("host=db dbname=x user=u", "is a list of parameters", "postgres://u@db/x"),
        ("host=db dbname=x password=hunter2", "is a list of parameters", "postgres://"),
        (
            "localhost:5432/heist",
            "\"localhost:5432/heist\" is not a store: it has no scheme",
            "postgres://localhost:5432/heist",
        ),
        ("u:hunter2@db.example.com:5432/heist", "has no scheme", "postgres://"),
        ("db.example.com", "\"db.example.com\" is not a store", "postgres://user@host/database"),
        ("postgres://", "names no host", "postgres://user@host/database"),
        ("postgres:///d", "names no host", "postgres://user@host/database"),
        ("postgres://u:hunter2@h:x/d", "its port is not a number", "postgres://user@host:5432/database"),
        ("postgres://u:hunter2@h:99999/d", "its port is above 65535", "postgres://user@host:5432/database"),
        ("postgres://u:hunt@er2@h/d", "has an unescaped @", "%40"),
        ("postgres://u:hunt#er2@h/d", "has an unescaped #", "%23"),
        ("postgres://u:hunt/er2@h/d", "has an unescaped /", "%2F"),
        ("postgres://u:hunt?er2@h/d", "has an unescaped ?", "%3F"),
        ("postgres://u:hunter2%@h/d", "has an unescaped %", "%25"),
        ("postgres://<user>@<host>/d", "has a placeholder", "postgres://user@host"),
        ("postgres://$USER:hunter2@h/d", "a variable in it", "double quotes"),
    ]);
}

#[test]
fn a_parameter_of_postgresql_that_is_not_known_is_named_with_the_one_that_is_meant() {
    are_explained(&[
        ("postgres://h/d?sslmod=require", "has the parameter \"sslmod\"", "sslmode"),
        ("postgres://u:hunter2@h/d?ssl_mode=require", "has the parameter \"ssl_mode\"", "sslmode"),
        ("postgres://h/d?ssl=true", "has the parameter \"ssl\"", "sslmode=verify-full"),
        ("postgres://h/d?tls=1", "has the parameter \"tls\"", "sslmode=verify-full"),
        ("postgres://h/d?sslrootcert=x", "has the parameter \"sslrootcert\"", "SSL_CERT_FILE=x"),
        ("postgres://h/d?sslcert=c&sslkey=k", "has the parameter \"sslcert\"", "password"),
        ("postgres://h/d?schema=x", "has the parameter \"schema\"", "options=-c%20search_path%3Dx"),
        ("postgres://h/d?search_path=x", "has the parameter \"search_path\"", "options=-c%20search_path%3Dx"),
        ("postgres://h/d?pool_size=5", "has the parameter \"pool_size\"", "leave it out"),
        ("postgres://h/d?connection_limit=5", "has the parameter \"connection_limit\"", "leave it out"),
        ("postgres://h/d?charset=utf8", "has the parameter \"charset\"", "leave it out"),
        ("postgres://h/d?hunter2=1", "has a parameter that heistctl does not know", "sslmode"),
        ("postgres://h/d?sslmode=allow", "has the sslmode \"allow\"", "sslmode=verify-full"),
        ("postgres://h/d?sslmode=verify_full", "has the sslmode \"verify_full\"", "sslmode=verify-full"),
        ("postgres://h/d?sslmode=Require", "has the sslmode \"Require\"", "sslmode=require"),
        ("postgres://h/d?sslmode=off", "has the sslmode \"off\"", "sslmode=disable"),
        ("postgres://h/d?sslmode=", "has the sslmode \"\"", "sslmode=verify-full"),
        (
            "postgres://h/d?connect_timeout=5s",
            "its connect_timeout is not a whole number",
            "connect_timeout=5",
        ),
        ("postgres://h/d&sslmode=require", "has a & before any ?", "?sslmode="),
    ]);
}

#[test]
fn another_way_of_writing_sqlite_is_named_with_ours() {
    are_explained(&[
        ("sqlite://a/b.db", "\"sqlite://a/b.db\" is not a store: // is before its path", "sqlite:a/b.db"),
        ("sqlite://heist.db", "// is before its path", "sqlite:heist.db"),
        ("sqlite:///var/lib/heist.db", "// is before its path", "sqlite:/var/lib/heist.db"),
        ("sqlite:////var/lib/heist.db", "// is before its path", "sqlite:/var/lib/heist.db"),
        ("sqlite3:x.db", "\"sqlite3:x.db\"", "sqlite:x.db"),
        ("SQLITE:x.db", "\"SQLITE:x.db\" is not a store: its scheme is in capital letters", "sqlite:x.db"),
        ("SQLite:x.db", "in capital letters", "sqlite:x.db"),
        ("jdbc:sqlite:x.db", "is written for Java", "sqlite:x.db"),
        ("sqlite:", "it has no path", "sqlite:heistctl.db"),
        ("sqlite://", "it has no path", "sqlite:heistctl.db"),
        ("sqlite", "\"sqlite\" is not a store: it has no path", "sqlite:heistctl.db"),
        ("sqlite x.db", "its scheme is not sqlite:", "sqlite:x.db"),
        ("sqlite=x.db", "its scheme is not sqlite:", "sqlite:x.db"),
        ("x.db", "\"x.db\" is not a store: it has no scheme", "sqlite:x.db"),
        ("./x.sqlite", "it has no scheme", "sqlite:./x.sqlite"),
        ("/var/lib/x.db", "it has no scheme", "sqlite:/var/lib/x.db"),
        ("~/x.db", "it has no scheme", "sqlite:"),
        ("file:x.db", "\"file:x.db\"", "sqlite:x.db"),
        ("file:///tmp/x.db", "\"file:///tmp/x.db\"", "sqlite:/tmp/x.db"),
        ("sqlite:~/x.db", "~, which only a shell expands", "\"sqlite:$HOME/x.db\""),
        ("sqlite:$HOME/x.db", "a variable in it", "double quotes"),
        ("sqlite:x.db?mode=ro", "has parameters", "sqlite:x.db"),
        ("sqlite:file:x.db", "\"sqlite:file:x.db\"", "sqlite:x.db"),
        ("sqlite::memory:", "\"sqlite::memory:\"", "memory:"),
        (":memory:", "\":memory:\"", "memory:"),
        ("memory", "\"memory\"", "memory:"),
        ("memory://", "\"memory://\"", "memory:"),
        ("mem:", "\"mem:\"", "memory:"),
        ("memory:x", "\"memory:x\"", "memory:"),
        ("sqlite:\"x.db\"", "it is in quotes", "sqlite:x.db"),
        ("'sqlite:x.db'", "it is in quotes", "sqlite:x.db"),
        (" sqlite:x.db", "it has blanks or line ends around it", "sqlite:x.db"),
        ("sqlite:x.db ", "it has blanks or line ends around it", "sqlite:x.db"),
        ("sqlite:x.db\n", "it has blanks or line ends around it", "sqlite:x.db"),
        ("sqlite:C:\\x.db", "it is a path of Windows", "sqlite:"),
        ("HEISTCTL_STORE=sqlite:x.db", "it begins with the name of a setting", "sqlite:x.db"),
        ("store = \"sqlite:x.db\"", "it begins with the name of a setting", "sqlite:x.db"),
        ("", "is empty", "sqlite:heistctl.db"),
    ]);
}

#[test]
fn a_path_where_no_store_can_be_says_why() {
    let here = folder(&[("note.txt", "not a database\n")]);
    std::fs::create_dir(here.path().join("empty")).unwrap();
    let at = |typed: &[&str]| heistctl(typed).in_folder(here.path());
    for (typed, exit, cause, cure) in [
        (
            &["client", "list", "--store", "sqlite:empty"][..],
            1,
            "empty is a folder",
            "sqlite:empty/heistctl.db",
        ),
        (
            &["client", "list", "--store", "sqlite:note.txt"],
            1,
            "note.txt is not a SQLite database: --store must name",
            "",
        ),
        (&["client", "list", "--store", "sqlite:nope.db"], 2, "there is no store at nope.db", "--store"),
        (
            &["client", "add", "a", "--store", "sqlite:note.txt/x.db"],
            1,
            "note.txt is not a folder",
            "--store",
        ),
        (
            &["client", "add", "a", "--store", "memory:"],
            2,
            "memory: would not outlive",
            "--store sqlite:heistctl.db",
        ),
        (
            &["key", "rotate", "--store", "memory:"],
            2,
            "memory: would not outlive",
            "--store sqlite:heistctl.db",
        ),
        (
            &["client", "list", "--must-exist", "--store", "sqlite:n.db"],
            2,
            "there is no store at n.db",
            "--store",
        ),
        (&["client", "list"], 2, "HOME is not set", "--store sqlite:heistctl.db"),
    ] {
        Mistake { typed, exit, cause, cure }.is_explained(at);
    }
}
