//! Tests of the server's clock, based on this machine's.

use super::*;

fn later(seconds: i64) -> Moment {
    Moment::from_millis(Moment::now().millis() + seconds * 1000)
}

/// Seconds from this machine's clock to `moment`.
fn ahead(moment: Timestamp) -> i64 {
    moment.unix() - Timestamp::now().unix()
}

fn of_store(seconds: i64) -> SharedClock {
    SharedClock::start(Some((ClockQuery::now(), later(seconds))), None)
}

#[track_caller]
fn about(seconds: i64, wanted: i64) {
    assert!((wanted - 30..=wanted + 30).contains(&seconds), "{seconds} is not about {wanted}");
}

#[test]
fn a_node_with_a_wrong_clock_goes_by_that_of_the_store() {
    let clock = of_store(-3600);
    about(ahead(clock.now()), -3600);
    about(clock.skew().millis / 1000, 3600);
    assert!(clock.is_settled() && clock.skew().degraded().unwrap().contains("1h ahead of the database's"));
    // It does not use its own clock.
    clock.read_own();
    about(ahead(clock.now()), -3600);
    assert_eq!(of_store(0).skew().degraded(), None);
}

#[test]
fn while_a_jump_is_waited_out_each_reader_has_its_time() {
    let clock = of_store(0);
    clock.read_store(ClockQuery::now(), later(-3600));
    let now = clock.now();
    about(ahead(now), 0);
    assert_eq!((clock.ends(now), clock.paced(now)), (now, now));
    about(clock.forgets(now).unix() - now.unix(), -3600);
    assert!(!clock.is_settled());
    assert!(clock.skew().degraded().unwrap().contains("the database's clock has jumped 1h back"));
    assert!(clock.accept() && clock.is_settled() && !clock.accept());
    let now = clock.now();
    about(ahead(now), -3600);
    assert_eq!((clock.ends(now), clock.forgets(now)), (now, now));
    about(ahead(clock.paced(now)), 0);
}

#[test]
fn an_answer_that_was_long_on_its_way_says_nothing() {
    let clock = of_store(0);
    clock.read_store(ClockQuery(boot::millis() - SLOW - 1), later(3600));
    assert!(clock.is_settled());
    clock.read_store(ClockQuery(boot::millis()), later(3600));
    assert!(!clock.is_settled());
}

#[test]
fn a_mark_holds_the_next_process_to_what_was_known() {
    let before = of_store(0);
    let mark = before.mark(None);
    // Same boot: the elapsed time is known.
    if mark.boot.is_some() {
        let wrong = SharedClock::start(Some((ClockQuery::now(), later(10_800))), Some(&mark));
        about(ahead(wrong.now()), 0);
        assert_eq!(wrong.skew().jumped.map(|jumped| (jumped + 500) / 60_000), Some(180));
        let kept = wrong.mark(Some(&mark));
        assert_eq!((kept.newest, wrong.is_settled()), (mark.newest, false), "nobody knows that it is right");
    }
    // Another boot: the elapsed time is unknown, and the clock continues.
    let other = Mark { boot: Some("another".to_owned()), ..mark };
    let after = SharedClock::start(Some((ClockQuery::now(), later(10_800))), Some(&other));
    about(ahead(after.now()), 10_800);
    about(ahead(after.forgets(after.now())), 0);
    assert_eq!((after.is_settled(), after.skew().jumped), (false, None));
}
