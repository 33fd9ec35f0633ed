//! Tests of lists by prefix, and of the history.

use super::*;

#[test]
fn ids_that_begin_alike_are_listed_alone() {
    each(|store, other| {
        let ids = ["a", "team-a", "team-b", "team.c", "teb", "\u{10ffff}"];
        store.add(&ids.map(|id| (record(id), None))).unwrap();
        let found = |prefix: &str, after: &str, limit| -> Vec<String> {
            let listed = other.clients_beginning(prefix, after, limit).unwrap();
            listed.into_iter().map(|listed| listed.id).collect()
        };
        assert_eq!(found("", "", 9), ids);
        assert_eq!(found("team-", "", 9), ["team-a", "team-b"]);
        assert_eq!(found("team", "team-a", 9), ["team-b", "team.c"]);
        assert_eq!(found("team", "", 1), ["team-a"]);
        assert_eq!(found("te", "teb", 9), [""; 0]);
        assert_eq!(found("\u{10ffff}", "", 9), ["\u{10ffff}"]);
    });
}

/// Client, command, user and detail of a change.
type Told = (String, String, String, String);

fn told(store: &dyn Store, of: Of<'_>, after: i64, limit: usize) -> Vec<Told> {
    let entries = store.history(of, after, limit).unwrap().into_iter();
    entries.map(|e| (e.client.unwrap_or_default(), e.how, e.by, e.detail)).collect()
}

#[test]
fn what_changes_is_on_record_with_its_author_and_what_does_not_is_not() {
    each(|store, other| {
        store.sign(Author::new("client add", "alice"));
        store.add(&[(record("a"), Some(hash("s"))), (record("b"), None)]).unwrap();
        assert!(store.add(&[(record("c"), None), (record("a"), None)]).is_err());
        store.sign(Author::new("client set", "bob"));
        assert_eq!(store.change("a", &mut |_| None), Ok(false));
        let changed = ClientRecord { disabled: true, ..record("a") };
        assert_eq!(store.change("a", &mut |_| Some(changed.clone())), Ok(true));
        store.rotate("a", &hash("t"), NOW, NOW).unwrap();
        store.remove("a").unwrap();
        assert_eq!(store.put_text_noting("keys", 0, "hunter2", "made k"), Ok(true));
        assert_eq!(store.put_text_noting("keys", 0, "hunter2", "lost"), Ok(false));
        assert_eq!(store.put_text("keys", 1, "hunter2"), Ok(true));
        let told = |of: Of<'_>, after, limit| told(other, of, after, limit);
        let expected = [
            ("a", "client add", "alice", ""),
            ("a", "client set", "bob", "disabled"),
            ("a", "client set", "bob", ""),
            ("a", "client set", "bob", ""),
        ]
        .map(|(a, b, c, d)| (a.to_owned(), b.to_owned(), c.to_owned(), d.to_owned()));
        assert_eq!(told(Of::Client("a"), 0, 9), expected);
        assert_eq!(told(Of::Client("a"), 0, 2), expected[..2]);
        let all = other.history(Of::Clients, 0, 9).unwrap();
        assert_eq!(all.len(), 5);
        assert!(all.windows(2).all(|pair| pair[0].number < pair[1].number));
        assert_eq!(told(Of::Clients, all[1].number, 9), expected[1..]);
        let now = Timestamp::now().unix();
        assert!(all.iter().all(|entry| (now - entry.at.unix()).abs() < 3600), "{all:?}");
        let keys = told(Of::Keys, 0, 9);
        assert_eq!((keys.len(), keys[0].3.as_str()), (1, "made k"));
        assert!(told(Of::Client("c"), 0, 9).is_empty());
        other.purge(Timestamp::now()).unwrap();
        assert_eq!(other.history(Of::Clients, 0, 9).unwrap().len(), 5);
    });
}

#[test]
fn what_changed_two_years_ago_is_forgotten() {
    each_with_sql(|store, sql| {
        store.add(&[(record("a"), None), (record("b"), None)]).unwrap();
        let old = Timestamp::now().unix() - 800 * 86_400;
        let column = if store.cure().contains("database") { "moment" } else { "at" };
        sql(&format!("UPDATE history SET {column} = {old} WHERE client = 'a'"));
        store.purge(Timestamp::now()).unwrap();
        let left = store.history(Of::Clients, 0, 9).unwrap();
        assert_eq!((left.len(), left[0].client.as_deref()), (1, Some("b")));
    });
}
