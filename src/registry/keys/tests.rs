//! Tests of the stages of keys over time.

use super::ring::{NoSigner, RotationPolicy, SigningKeys};
use super::{persistence::KeysError, record::StoredPrivateKey, *};
use crate::clock::Moment;
use crate::clock::shared::{ClockQuery, SharedClock};
use crate::jose::digest::base64url;
use crate::jose::sealing::SealError;
use crate::registry::store::{Store, StoreError, faulty::Faulty, memory::MemoryStore};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const NOW: Timestamp = Timestamp::from_unix(1_795_420_800);
const AHEAD: i64 = 310;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix(NOW.unix() + seconds)
}

fn key(kid: &str) -> KeyRecord {
    KeyRecord {
        kid: kid.to_owned(),
        algorithm: "ES256".to_owned(),
        created: NOW.unix(),
        signs_from: None,
        longest: 0,
        ends: None,
        private: StoredPrivateKey(String::new()),
    }
}

fn first(kid: &str) -> StoreKeys {
    let mut keys = StoreKeys::default();
    keys.add(key(kid), NOW);
    keys.0[0].longest = 3600;
    keys
}

fn stages(keys: &StoreKeys, now: Timestamp) -> Vec<Stage> {
    keys.0.iter().map(|key| keys.stage(key, now)).collect()
}

fn sealing(byte: u8) -> SealingKey {
    SealingKey::read(&Secret::new(base64url(&[byte; 32]))).unwrap()
}

#[test]
fn a_rotation_publishes_then_signs_then_retires_the_old_one() {
    let mut keys = first("a");
    keys.rotate(KeyRecord { created: at(100).unix(), ..key("b") }, at(100)).unwrap();
    let begins = 100 + AHEAD;
    use Stage::{Next, Retired, Retiring, Signing};
    for (moment, expected) in [
        (100, [Signing, Next]),
        (begins - 1, [Signing, Next]),
        (begins, [Retiring, Signing]),
        (begins + 3600 + 59, [Retiring, Signing]),
        (begins + 3600 + 60, [Retired, Signing]),
    ] {
        assert_eq!(stages(&keys, at(moment)), expected, "{moment}");
    }
    assert_eq!(keys.retires(&keys.0[0]), Some(at(begins + 3660)));
    assert_eq!(keys.retires(&keys.0[1]), None);
    assert_eq!(keys.published(at(begins))[0].kid, "b", "that which signs stands first");
    assert!(!keys.purge(at(begins)) && keys.purge(at(begins + 3660)));
    assert_eq!(keys.0.len(), 1);
}

#[test]
fn one_rotation_ends_before_the_next_begins() {
    let mut keys = first("a");
    keys.rotate(key("b"), NOW).unwrap();
    let error = keys.rotate(key("c"), at(AHEAD - 1)).unwrap_err();
    assert_eq!(error, ChangeError::UnderWay { kid: "b".to_owned(), from: at(AHEAD) });
    keys.rotate(KeyRecord { created: at(AHEAD).unix(), longest: 60, ..key("c") }, at(AHEAD)).unwrap();
    assert_eq!(stages(&keys, at(AHEAD)), [Stage::Retiring, Stage::Signing, Stage::Next]);
    assert_eq!(keys.0[2].longest, 60, "it is ready for what its maker knows of");
}

#[test]
fn a_key_that_has_stood_by_for_long_enough_signs_at_once() {
    let mut keys = first("a");
    keys.add(key("b"), NOW);
    assert_eq!(stages(&keys, NOW), [Stage::Signing, Stage::Standby]);
    keys.rotate(key("unused"), at(AHEAD)).unwrap();
    assert_eq!(stages(&keys, at(AHEAD)), [Stage::Retiring, Stage::Signing]);
    // Verifiers do not know a fresh key yet, and one of another algorithm is not used.
    let mut keys = first("a");
    keys.add(KeyRecord { algorithm: "RS256".to_owned(), ..key("rsa") }, NOW);
    keys.add(key("b"), NOW);
    keys.rotate(key("unused"), at(10)).unwrap();
    assert_eq!(stages(&keys, at(10)), [Stage::Signing, Stage::Standby, Stage::Next]);
}

#[test]
fn a_leaked_key_is_replaced_at_once_with_all_that_may_have_leaked_beside_it() {
    let mut keys = first("a");
    keys.rotate(key("b"), NOW).unwrap();
    keys.replace(key("c"), at(5));
    assert_eq!(stages(&keys, at(5)), [Stage::Retired, Stage::Retired, Stage::Signing]);
    assert!(keys.purge(at(5)));
    assert_eq!(keys.signing(at(5)).unwrap().kid, "c");
}

#[test]
fn a_key_is_retired_by_hand_unless_it_signs() {
    let mut keys = first("a");
    keys.rotate(key("b"), NOW).unwrap();
    assert_eq!(keys.retire("a", at(1)), Err(ChangeError::Signs("a".to_owned())));
    assert_eq!(keys.retire("x", at(1)), Err(ChangeError::Missing("x".to_owned())));
    keys.retire("b", at(1)).unwrap();
    assert_eq!(stages(&keys, at(AHEAD + 9999)), [Stage::Signing, Stage::Retired], "it never began");
    keys.rotate(KeyRecord { created: at(2).unix(), ..key("c") }, at(2)).unwrap();
    keys.retire("a", at(2 + AHEAD)).unwrap();
    assert_eq!(stages(&keys, at(2 + AHEAD)), [Stage::Retired, Stage::Retired, Stage::Signing]);
}

#[test]
fn on_a_clock_that_was_put_back_something_signs_all_the_same() {
    let keys = first("a");
    assert_eq!(keys.signing(at(-86_400)).unwrap().kid, "a");
    assert!(StoreKeys::default().signing(NOW).is_none());
}

#[test]
fn a_key_from_a_clock_that_ran_ahead_gets_a_successor_and_retires() {
    let (mut keys, tomorrow) = (StoreKeys::default(), at(86_400));
    keys.add(KeyRecord { created: tomorrow.unix(), ..key("a") }, tomorrow);
    keys.add(KeyRecord { created: tomorrow.unix(), ..key("b") }, tomorrow);
    keys.rotate(key("unused"), NOW).unwrap();
    for later in [AHEAD + 60, 90_000] {
        assert_eq!(stages(&keys, at(later)), [Stage::Retired, Stage::Signing], "nor does it come back");
    }
}

#[test]
fn a_node_dates_a_key_from_a_clock_that_ran_ahead_once_its_own_is_settled() {
    let store = store();
    let clock = SharedClock::start(Some((ClockQuery::now(), Moment::now())), None);
    let rotate_every = Some(Duration::from_secs(86_400));
    let taking = RotationPolicy { clock: clock.clone(), rotate_every, ..taking(&store) };
    let node = SigningKeys::stored(taking, at(86_400)).unwrap();
    clock.read_store(ClockQuery::now(), Moment::from_millis(Moment::now().millis() - 86_400_000));
    node.keep_up(NOW).unwrap();
    assert!(node.ring().since == Some(at(86_400)) && clock.accept());
    node.keep_up(NOW).unwrap();
    assert_eq!(node.ring().since, Some(NOW));
    node.keep_up(at(86_400 - AHEAD)).unwrap();
    assert_eq!(persistence::load(store.as_ref()).unwrap().1.0.len(), 2, "it is due by the right clock");
}

#[test]
fn what_is_kept_shows_no_private_key_and_is_read_again() {
    crate::jose::install_provider();
    let record = KeyRecord::generate(Algorithm::ES256, NOW, None).unwrap();
    let keys = StoreKeys(vec![record]);
    assert!(!format!("{keys:?}").contains("pkcs8"));
    let text = keys.text().unwrap();
    assert_eq!(StoreKeys::read(text.expose_str().unwrap()).unwrap(), keys);
    assert_eq!(StoreKeys::read("").unwrap(), StoreKeys::default());
    assert_eq!(StoreKeys::read("[{}]"), Err(KeyRecordError::Unreadable));
    let renamed = KeyRecord { kid: "other".to_owned(), ..keys.0[0].clone() };
    assert!(renamed.signer(None).unwrap_err().to_string().contains("it does not match its kid"));
}

fn taking(store: &Arc<dyn Store>) -> RotationPolicy {
    RotationPolicy::as_it_is(store.clone())
}

fn store() -> Arc<dyn Store> {
    crate::jose::install_provider();
    Arc::new(MemoryStore::default())
}

fn kid(keys: &SigningKeys) -> String {
    keys.ring().signer().unwrap().verifying_key().kid.clone().unwrap()
}

#[test]
fn two_nodes_make_one_first_key_and_follow_each_other() {
    let store = store();
    let (one, other) = (taking(&store), taking(&store));
    let (one, other) = (SigningKeys::stored(one, NOW).unwrap(), SigningKeys::stored(other, NOW).unwrap());
    assert_eq!(kid(&one), kid(&other));
    let old = kid(&one);
    one.cover(Duration::from_secs(600), NOW).unwrap();
    let (_, keys) = persistence::load(store.as_ref()).unwrap();
    assert_eq!(keys.0[0].longest, 600, "it is known before the first token is signed");
    let made = KeyRecord::generate(Algorithm::ES256, at(1), None).unwrap();
    let new = made.kid.clone();
    persistence::change(store.as_ref(), |keys| Ok(keys.rotate(made.clone(), at(1))?)).unwrap();
    assert_eq!(other.step(at(1)).len(), 0, "nobody has asked the store yet");
    let told = other.keep_up(at(1)).unwrap().told;
    assert_eq!(told, [format!("key {new} is published; it signs in 5m 10s")]);
    assert_eq!((kid(&other), other.ring().keys.keys.len()), (old.clone(), 2));
    // By the clock alone, in case the store is unavailable by then.
    assert_eq!(other.step(at(1 + AHEAD)), [format!("key {new} signs from now on")]);
    assert_eq!((kid(&other), other.ring().since), (new, Some(at(1 + AHEAD))));
    let told = other.keep_up(at(1 + AHEAD + 660)).unwrap().told;
    assert_eq!((told, other.ring().keys.keys.len()), (vec![format!("key {old} is retired")], 1));
    assert_eq!(persistence::load(store.as_ref()).unwrap().1.0.len(), 1, "its private part is gone");
}

#[test]
fn keys_rotate_by_themselves_once_for_all_nodes() {
    let store = store();
    let every = |store| RotationPolicy { rotate_every: Some(Duration::from_secs(86_400)), ..taking(store) };
    let (one, other) = (every(&store), every(&store));
    let (one, other) = (SigningKeys::stored(one, NOW).unwrap(), SigningKeys::stored(other, NOW).unwrap());
    let due = 86_400 - AHEAD;
    assert!(one.keep_up(at(due - 1)).unwrap().told.is_empty());
    assert_eq!(one.keep_up(at(due)).unwrap().told.len(), 1);
    other.keep_up(at(due)).unwrap();
    assert_eq!(persistence::load(store.as_ref()).unwrap().1.0.len(), 2);
    assert!(one.step(at(86_399)).is_empty());
    one.step(at(86_400));
    other.step(at(86_400));
    assert_eq!(kid(&one), kid(&other));
}

#[test]
fn a_configuration_that_wants_another_algorithm_gets_it_without_a_break() {
    let store = store();
    let before = SigningKeys::stored(taking(&store), NOW).unwrap();
    let wants = || RotationPolicy { algorithm: Some(Algorithm::EdDSA), ..taking(&store) };
    let after = SigningKeys::stored(wants(), at(10)).unwrap();
    assert_eq!((kid(&after), after.ring().keys.keys.len()), (kid(&before), 2));
    let again = SigningKeys::stored(wants(), at(20)).unwrap();
    assert_eq!(again.ring().keys.keys.len(), 2, "one is enough");
    again.step(at(10 + AHEAD));
    assert_eq!(again.ring().algorithm, Algorithm::EdDSA);
}

#[test]
fn keys_that_lie_open_are_sealed_and_then_need_their_key() {
    let store = store();
    let open = kid(&SigningKeys::stored(taking(&store), NOW).unwrap());
    let with = |byte| RotationPolicy { sealing: Some(sealing(byte)), ..taking(&store) };
    assert_eq!(kid(&SigningKeys::stored(with(1), NOW).unwrap()), open);
    assert!(persistence::load(store.as_ref()).unwrap().1.0[0].private.is_sealed());
    let why = |taking| SigningKeys::stored(taking, NOW).unwrap_err();
    let sealed = |error| KeysError::Key(KeyRecordError::Sealed(open.clone(), error));
    assert_eq!(why(with(2)), sealed(SealError::WrongKey));
    assert_eq!(why(taking(&store)), sealed(SealError::NoKey));
}

#[test]
fn a_key_that_is_gone_never_signs_whether_its_successor_opens_or_not() {
    let store = store();
    let with = |byte| RotationPolicy { sealing: Some(sealing(byte)), ..taking(&store) };
    let node = SigningKeys::stored(with(1), NOW).unwrap();
    let old = kid(&node);
    let make = |byte| StoreKeys::default().make(None, at(5), Some(&sealing(byte))).unwrap();
    // A scheduled key leaves the current one in place, and is reported.
    let planned = make(2);
    persistence::change(store.as_ref(), |keys| Ok(keys.rotate(planned.clone(), at(5))?)).unwrap();
    let trouble = node.keep_up(at(5)).unwrap().trouble;
    let wrong = |kid: &str| Some(KeysError::Key(KeyRecordError::Sealed(kid.to_owned(), SealError::WrongKey)));
    assert_eq!((kid(&node), trouble), (old.clone(), wrong(&planned.kid)));
    node.step(at(5 + AHEAD));
    assert_eq!(node.ring().signer().err(), Some(NoSigner), "others sign with the new one by now");
    assert_eq!(node.ring().keys.keys.len(), 1, "the old one vouches still");
    let leaked = make(2);
    persistence::change(store.as_ref(), |keys| {
        keys.replace(leaked.clone(), at(400));
        keys.purge(at(400));
        Ok(())
    })
    .unwrap();
    let kept_up = node.keep_up(at(400)).unwrap();
    assert_eq!((kept_up.told, kept_up.trouble), (vec![format!("key {old} is retired")], wrong(&leaked.kid)));
    assert_eq!((node.ring().signer().err(), node.ring().keys.keys.len()), (Some(NoSigner), 0));
}

#[test]
fn what_others_change_holds_where_a_rotation_that_is_due_cannot_be_done() {
    let store = store();
    let every = Some(Duration::from_secs(86_400));
    let node = RotationPolicy { sealing: Some(sealing(1)), rotate_every: every, ..taking(&store) };
    let node = SigningKeys::stored(node, NOW).unwrap();
    let leaked = StoreKeys::default().make(None, at(5), Some(&sealing(2))).unwrap();
    persistence::change(store.as_ref(), |keys| {
        keys.replace(leaked.clone(), at(5));
        Ok(())
    })
    .unwrap();
    let wrong = KeyRecordError::Sealed(leaked.kid.clone(), SealError::WrongKey);
    assert_eq!(node.keep_up(at(86_400)).unwrap().trouble, Some(KeysError::Key(wrong)));
    assert_eq!((node.ring().signer().err(), node.ring().keys.keys.len()), (Some(NoSigner), 0));
}

#[test]
fn no_key_is_made_beside_those_that_do_not_open() {
    let mut keys = StoreKeys(vec![KeyRecord::generate(Algorithm::ES256, NOW, Some(&sealing(1))).unwrap()]);
    let kid = keys.0[0].kid.clone();
    let sealed = |error| Err(KeyRecordError::Sealed(kid.clone(), error));
    assert_eq!(keys.make(None, NOW, Some(&sealing(2))), sealed(SealError::WrongKey));
    assert_eq!(keys.make(None, NOW, None), sealed(SealError::NoKey));
    let made = keys.make(None, NOW, Some(&sealing(1))).unwrap();
    // Nor are unsealed keys sealed.
    keys.0.push(KeyRecord::generate(Algorithm::ES256, NOW, None).unwrap());
    assert_eq!(keys.seal_open_ones(&sealing(2)).map(|()| made.clone()), sealed(SealError::WrongKey));
    assert_eq!(keys.make(None, NOW, Some(&sealing(1))), Err(KeyRecordError::Open(keys.0[1].kid.clone())));
    keys.seal_open_ones(&sealing(1)).unwrap();
    assert!(keys.0.iter().all(|key| key.private.is_sealed()));
}

#[test]
fn a_long_lifetime_of_the_past_keeps_no_key_that_comes_after_it() {
    let store = store();
    let hour = |store| RotationPolicy { longest: Duration::from_secs(3600), ..taking(store) };
    let node = SigningKeys::stored(hour(&store), NOW).unwrap();
    node.cover(Duration::from_secs(86_400), NOW).unwrap();
    let made = StoreKeys::default().make(None, at(5), None).unwrap();
    persistence::change(store.as_ref(), |keys| Ok(keys.rotate(made.clone(), at(5))?)).unwrap();
    node.keep_up(at(5)).unwrap();
    let longest =
        || persistence::load(store.as_ref()).unwrap().1.0.iter().map(|key| key.longest).collect::<Vec<_>>();
    assert_eq!(longest(), [86_400, 3600], "the next key is ready for what the configuration knows of");
    node.step(at(5 + AHEAD));
    node.cover(Duration::from_secs(7200), at(5 + AHEAD)).unwrap();
    assert_eq!(longest(), [86_400, 7200]);
}

#[test]
fn where_the_keys_are_gone_a_node_makes_one() {
    let store = store();
    let node = SigningKeys::stored(taking(&store), NOW).unwrap();
    let old = kid(&node);
    persistence::change(store.as_ref(), |keys| {
        keys.0.clear();
        Ok(())
    })
    .unwrap();
    assert_eq!(node.keep_up(at(1)).unwrap().told.len(), 2);
    assert_ne!(kid(&node), old);
}

#[test]
fn a_store_that_cannot_be_written_is_there_nevertheless() {
    let full = Arc::new(AtomicBool::new(false));
    let seen = full.clone();
    let store: Arc<dyn Store> = Arc::new(Faulty::new(move |asked| match asked {
        "put_text_noting" if seen.load(Ordering::Relaxed) => {
            Err(StoreError::Unavailable("disk full".to_owned()))
        }
        _ => Ok(()),
    }));
    let every = RotationPolicy { rotate_every: Some(Duration::from_secs(86_400)), ..taking(&store) };
    let node = SigningKeys::stored(every, NOW).unwrap();
    full.store(true, Ordering::Relaxed);
    let trouble = node.keep_up(at(86_400)).unwrap().trouble.unwrap();
    assert!(trouble.to_string().contains("disk full"), "{trouble}");
    full.store(false, Ordering::Relaxed);
    assert!(node.keep_up(at(86_401)).unwrap().trouble.is_none());
    assert_eq!(node.ring().keys.keys.len(), 2);
}

#[test]
fn a_key_whose_record_says_more_than_any_token_may_live_retires_as_others_do() {
    let mut keys = StoreKeys(vec![key("a"), key("b")]);
    keys.0[0] = KeyRecord { signs_from: Some(NOW.unix()), longest: u64::MAX, ..key("a") };
    keys.0[1].signs_from = Some(NOW.unix() + 1);
    let retires = at(1 + 60).after(MAX_DURATION);
    assert_eq!(keys.retires(&keys.0[0]), Some(retires));
}

#[test]
fn no_key_vouches_for_longer_than_any_token_may_live() {
    let mut keys = StoreKeys::default();
    keys.add(KeyRecord::generate(Algorithm::ES256, NOW, None).unwrap(), NOW);
    keys.cover(u64::MAX, NOW);
    assert_eq!(keys.0[0].longest, MAX_DURATION.as_secs());
}

#[test]
fn while_a_jump_is_waited_out_no_key_is_rotated_or_deleted() {
    let store = store();
    let clock = SharedClock::start(Some((ClockQuery::now(), Moment::now())), None);
    let every = Some(Duration::from_secs(86_400));
    let taking_over = RotationPolicy { clock: clock.clone(), rotate_every: every, ..taking(&store) };
    let node = SigningKeys::stored(taking_over, NOW).unwrap();
    let kids = || persistence::load(store.as_ref()).unwrap().1.0.len();
    let jump = |by| clock.read_store(ClockQuery::now(), Moment::from_millis(Moment::now().millis() + by));
    jump(3_600_000);
    for count in [1, 2] {
        node.keep_up(at(86_400)).unwrap();
        assert_eq!(kids(), count);
        assert_eq!(clock.accept(), count == 1);
    }
    jump(-3_600_000);
    node.keep_up(at(2 * 86_400)).unwrap();
    let start =
        || SigningKeys::stored(RotationPolicy { clock: clock.clone(), ..taking(&store) }, at(2 * 86_400));
    start().unwrap();
    assert_eq!(kids(), 2, "neither while it runs nor at a start");
    assert!(clock.accept());
    start().unwrap();
    assert_eq!(kids(), 1);
}
