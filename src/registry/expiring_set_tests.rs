//! Tests: IDs are known until their deadline, and no owner can exclude another.

use super::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix(seconds)
}

fn id(owner: &str, n: usize) -> IdDigest {
    digest(&[owner, &n.to_string()])
}

/// How many of `count` IDs of the owner find room, numbered from `first`.
fn fill(set: &ExpiringSet, owner: &str, count: usize, until: i64, now: i64) -> usize {
    (0..count).filter(|n| set.insert(id(owner, *n), owner, at(until), at(now)) == Ok(true)).count()
}

#[test]
fn an_id_is_new_once_until_it_expires() {
    let set = ExpiringSet::new(10);
    let id = digest(&["a"]);
    assert!(!set.contains(&id, at(0)));
    assert_eq!(set.insert(id, "o", at(10), at(0)), Ok(true));
    assert_eq!(set.insert(id, "o", at(10), at(9)), Ok(false));
    assert!(set.contains(&id, at(9)) && !set.contains(&id, at(10)));
    assert_eq!(set.insert(id, "o", at(20), at(10)), Ok(true));
    assert_eq!(set.insert(id, "o", at(15), at(14)), Ok(false));
    assert!(set.contains(&id, at(19)));
}

#[test]
fn a_full_set_refuses_and_forgets_only_what_has_expired() {
    let set = ExpiringSet::with_share(400, 300);
    assert_eq!(fill(&set, "o", 200, 10, 0), 200);
    assert_eq!(set.insert(id("o", 200), "o", at(10), at(0)), Err(SetFull::Table), "more than is left");
    assert_eq!(set.insert(id("o", 3), "o", at(10), at(0)), Ok(false), "it is known all the same");
    assert!((0..200).all(|n| set.contains(&id("o", n), at(9))));
    assert_eq!(fill(&set, "p", 400, 20, 10), 200, "what has expired makes room");
    assert_eq!(set.lock().members.len(), 200);
}

#[test]
fn an_owner_fills_its_own_share_and_no_other() {
    let set = ExpiringSet::with_share(1000, 300);
    assert_eq!(fill(&set, "greedy", 400, 10, 0), 300);
    assert_eq!(set.insert(id("greedy", 300), "greedy", at(10), at(0)), Err(SetFull::Share));
    assert_eq!(fill(&set, "other", 400, 10, 0), 300);
    assert_eq!(fill(&set, "greedy", 400, 20, 10), 300, "its share is free again");
}

#[test]
fn however_many_fill_their_shares_everybody_has_room_for_some() {
    let set = ExpiringSet::with_share(10_000, 1_000);
    for greedy in 0..50 {
        let found = fill(&set, &format!("greedy {greedy}"), 1_100, 10, 0);
        assert!((ALWAYS..=1_000).contains(&found), "{greedy}: {found}");
    }
    assert_eq!(fill(&set, "late", 1_100, 10, 0), ALWAYS);
    assert!(set.lock().members.len() <= 10_000 + 50 * ALWAYS);
    assert_eq!(fill(&set, "late", 1_100, 20, 10), 1_000);
}

#[test]
fn a_thousand_assertions_a_second_of_a_minute_each_find_room() {
    let set = ExpiringSet::new(1_000_000);
    let hostile = (0..4).map(|n| fill(&set, &format!("hostile {n}"), OWNERS_SHARE + 1, 600, 0));
    assert!(hostile.into_iter().all(|found| found == OWNERS_SHARE));
    for second in 0..70 {
        let new = |n: &usize| {
            let number = second * 1_000 + n;
            set.insert(id("busy", number), "busy", at(second as i64 + 66), at(second as i64)) == Ok(true)
        };
        assert_eq!((0..1_000).filter(new).count(), 1_000, "second {second}");
    }
    let inner = set.lock();
    let busy = inner.owned[&owner_number("busy")];
    assert!((66_000..66_100).contains(&busy), "{busy}: what is over leaves as fast as others come");
}

#[test]
fn what_a_store_has_is_admitted_beyond_every_bound() {
    let set = ExpiringSet::with_share(4, 2);
    let id = |n: i32| digest(&[&n.to_string()]);
    (0..9).for_each(|n| set.admit(id(n), "o", at(10), at(0)));
    assert!((0..9).all(|n| set.contains(&id(n), at(9))));
    assert_eq!(set.insert(id(9), "o", at(10), at(0)), Err(SetFull::Share));
    set.admit(id(0), "o", at(20), at(0));
    // The first deadline does not end it.
    set.admit(id(9), "o", at(30), at(15));
    assert!(set.contains(&id(0), at(19)) && !set.contains(&id(1), at(19)));
}

#[test]
fn what_is_taken_back_may_be_inserted_again() {
    let set = ExpiringSet::new(4);
    assert_eq!(set.insert(digest(&["a"]), "o", at(10), at(0)), Ok(true));
    set.take_back(&digest(&["a"]));
    assert!(!set.contains(&digest(&["a"]), at(0)) && set.lock().owned.is_empty());
    assert_eq!(set.insert(digest(&["a"]), "o", at(20), at(0)), Ok(true));
    assert_eq!(set.insert(digest(&["b"]), "o", at(30), at(10)), Ok(true), "the first end is over");
    assert!(set.contains(&digest(&["a"]), at(19)));
}

#[test]
fn an_empty_table_keeps_nothing_of_those_who_were_there() {
    let set = ExpiringSet::new(1_000);
    (0..500).for_each(|n| assert_eq!(fill(&set, &format!("o{n}"), 1, 10, 0), 1));
    set.lock().forget(at(10), usize::MAX);
    let inner = set.lock();
    assert!(inner.members.is_empty() && inner.owned.is_empty() && inner.ends.0.is_empty());
}

#[test]
fn parts_are_kept_apart() {
    assert_ne!(digest(&["ab", "c"]), digest(&["a", "bc"]));
}
