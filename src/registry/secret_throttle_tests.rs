use super::*;
use std::sync::Barrier;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix(1_795_420_800 + seconds)
}

fn ip(text: &str) -> Option<IpAddr> {
    Some(text.parse().unwrap())
}

/// Tries a wrong secret. Returns the delay in milliseconds, or the seconds to wait.
fn wrong(brake: &SecretThrottle, client: &str, address: &str, now: i64) -> Result<u128, u64> {
    let failed = brake.attempt(client, ip(address), at(now)).and_then(SecretAttempt::failed);
    failed.map(|delay| delay.as_millis()).map_err(|wait| wait.as_secs())
}

/// Tries a right secret. Returns whether it was checked.
fn right(brake: &SecretThrottle, client: &str, address: &str, now: i64) -> bool {
    brake.attempt(client, ip(address), at(now)).map(SecretAttempt::succeeded).is_ok()
}

fn fail(brake: &SecretThrottle, address: &str, now: i64) -> Result<u128, u64> {
    wrong(brake, "a", address, now)
}

fn fails(brake: &SecretThrottle, address: &str, now: i64, count: usize) -> Vec<Result<u128, u64>> {
    (0..count).map(|_| fail(brake, address, now)).collect()
}

/// One of many addresses.
fn far(number: u32) -> String {
    std::net::Ipv4Addr::from(0x0a00_0000 + number).to_string()
}

#[test]
fn ten_failures_are_free_ten_are_slow_and_then_there_are_waits() {
    let brake = SecretThrottle::default();
    assert_eq!(fails(&brake, "192.0.2.7", 0, 10), [Ok(0); 10]);
    let slow = [250, 500, 1000, 2000, 4000, 4000, 4000, 4000, 4000, 4000].map(Ok);
    assert_eq!(fails(&brake, "192.0.2.7", 0, 10), slow);
    assert_eq!(fails(&brake, "192.0.2.7", 0, 2), [Err(10); 2]);
    assert_eq!(fail(&brake, "192.0.2.7", 9), Err(1));
    let mut now = 10;
    for wait in [20, 40, 80, 160, 320, 640, 900, 900] {
        assert_eq!(fail(&brake, "192.0.2.7", now), Ok(4000), "one is checked after each wait");
        assert_eq!(fail(&brake, "192.0.2.7", now), Err(10), "the next check that anybody may get");
        assert_eq!(fail(&brake, "192.0.2.7", now + wait - 9), Err(9));
        assert_eq!(fail(&brake, "192.0.2.7", now + wait - 1), Err(1));
        now += wait;
    }
    assert_eq!(fail(&brake, "192.0.2.7", now + 899), Ok(4000));
    assert_eq!(fail(&brake, "192.0.2.7", now + 899 + 1800), Ok(0), "after that time all is forgotten");
    fails(&brake, "192.0.2.7", 10_000, 30);
    assert_eq!(fail(&brake, "192.0.2.7", 0), Ok(0), "the clock was set back");
}

#[test]
fn a_minute_begins_with_the_first_failure() {
    let brake = SecretThrottle::default();
    for now in 0..1000 {
        assert_eq!(fail(&brake, "192.0.2.7", now * 6), Ok(0), "ten a minute cost nothing, ever");
    }
}

#[test]
fn a_pair_is_slowed_by_its_own_failures_alone() {
    let brake = SecretThrottle::default();
    fails(&brake, "2001:db8:0:1::1", 0, 20);
    assert_eq!(fail(&brake, "2001:db8:0:1:ffff::2", 0), Err(10), "the same /64");
    assert_eq!(fail(&brake, "2001:db8:0:2::1", 0), Ok(0), "another");
    assert_eq!(fail(&brake, "192.0.2.7", 0), Ok(0));
    assert_eq!(wrong(&brake, "b", "2001:db8:0:1::1", 0), Ok(0), "another client");
}

#[test]
fn a_success_clears_and_what_says_nothing_is_not_counted() {
    let brake = SecretThrottle::default();
    let attempt = |now| brake.attempt("a", ip("::1"), at(now));
    drop(attempt(0).unwrap());
    fails(&brake, "::1", 0, 19);
    drop(attempt(0).unwrap());
    assert_eq!(fail(&brake, "::1", 0), Ok(4000));
    assert_eq!(fail(&brake, "::1", 0), Err(10));
    drop(attempt(10).unwrap());
    attempt(10).unwrap().succeeded();
    assert_eq!(fail(&brake, "::1", 10), Ok(0));
    attempt(10).unwrap().succeeded();
    let counts = (brake.listed.load(SeqCst), brake.unlisted.load(SeqCst), brake.lock().places.len());
    assert_eq!(counts, (0, 0, 0), "nothing is left, and the next needs no lock");
}

#[test]
fn many_at_once_are_checked_no_more_often_than_one_after_the_other() {
    for _ in 0..20 {
        let (brake, start) = (SecretThrottle::default(), Barrier::new(40));
        let checked = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..40 {
                scope.spawn(|| {
                    start.wait();
                    if let Ok(attempt) = brake.attempt("a", ip("::1"), at(0)) {
                        checked.fetch_add(1, SeqCst);
                        std::thread::yield_now();
                        let _ = attempt.failed();
                    }
                });
            }
        });
        let checked = checked.load(SeqCst);
        assert!((10..=20).contains(&checked), "{checked} were checked");
    }
}

#[test]
fn invented_ids_free_nobody_from_a_wait() {
    let brake = SecretThrottle::default();
    let mut checked = 0;
    for round in 0..1000 {
        checked += u32::from(fail(&brake, "192.0.2.7", 0).is_ok());
        for number in 0..25 {
            let _ = wrong(&brake, &format!("invented-{round}-{number}"), "192.0.2.7", 0);
        }
    }
    assert_eq!(checked, 20, "of 1,000 guesses");
    assert!(brake.lock().places.len() <= 101, "one address has no more places");
    for number in 0..MAX_PLACES + 1000 {
        let address = far(u32::try_from(number / 50).unwrap());
        let _ = wrong(&brake, &format!("invented-{number}"), &address, 0);
    }
    assert_eq!(brake.lock().places.len(), MAX_PLACES);
    assert_eq!(fail(&brake, "192.0.2.7", 0), Err(10), "those with fewer failures have left");
}

#[test]
fn ids_beyond_a_hundred_from_an_address_share_one_place() {
    let brake = SecretThrottle::default();
    let ids: Vec<String> = (0..140).map(|number| format!("id-{number}")).collect();
    let answers: Vec<_> = ids.iter().map(|id| wrong(&brake, id, "192.0.2.7", 0)).collect();
    assert_eq!(answers[..110], [Ok(0); 110]);
    assert_eq!(
        (answers[110], answers[119], answers[120], answers[139]),
        (Ok(250), Ok(4000), Err(10), Err(10))
    );
    assert_eq!(wrong(&brake, "id-99", "192.0.2.7", 0), Ok(0), "it has its own");
    assert_eq!(wrong(&brake, "id-139", "192.0.2.8", 0), Ok(0), "another address");
}

#[test]
fn the_places_with_the_fewest_failures_leave_first() {
    let brake = SecretThrottle::holding(3);
    fails(&brake, "192.0.2.1", 0, 20);
    fails(&brake, "192.0.2.2", 1, 2);
    fails(&brake, "192.0.2.3", 2, 2);
    for number in 0..100 {
        assert_eq!(fail(&brake, &far(number), 3), Ok(0));
    }
    assert_eq!(fail(&brake, "192.0.2.1", 3), Err(7));
    assert_eq!(fails(&brake, "192.0.2.3", 3, 9)[7..], [Ok(0), Ok(250)], "it has stayed, with two failures");
    assert_eq!(fails(&brake, "192.0.2.2", 3, 10), [Ok(0); 10], "of two equal ones the older has left");
    assert_eq!(brake.lock().places.len(), 3);
}

#[test]
fn many_addresses_together_do_not_guess_faster_at_one_client() {
    let brake = SecretThrottle::default();
    let checked = |from: u32, now: i64| {
        (from..from + 1000).filter(|number| fail(&brake, &far(*number), now).is_ok()).count()
    };
    assert_eq!(checked(0, 0), 200);
    assert_eq!(fail(&brake, &far(5000), 0), Err(3));
    assert_eq!(checked(1000, 60), 20, "twenty a minute");
    assert_eq!(wrong(&brake, "b", &far(2500), 60), Ok(0), "another client");
    assert_eq!(checked(2000, 100_000), 200, "after a while");
}

#[test]
fn strangers_do_not_lock_a_client_out_where_it_has_succeeded() {
    let brake = SecretThrottle::default();
    assert!(right(&brake, "a", "192.0.2.7", 0));
    for number in 0..1000 {
        let _ = fail(&brake, &far(number), 1);
        // Behind the same address: all its entries are in use, and the shared one is blocked.
        let _ = wrong(&brake, &format!("id-{number}"), "192.0.2.7", 1);
    }
    assert!(!right(&brake, "a", "192.0.2.8", 1), "where it has not succeeded it must wait");
    assert!(!right(&brake, "b", "192.0.2.7", 1));
    assert!(right(&brake, "a", "192.0.2.7", 1) && right(&brake, "a", "192.0.2.7", 86_399));
    let day = 2 * 86_400;
    let _many: Vec<_> = (0..1000).map(|number| fail(&brake, &far(number), 2 * day)).collect();
    assert!(!right(&brake, "a", "192.0.2.7", 2 * day), "a success counts for a day");
}

#[test]
fn an_address_has_a_limit_at_whatever_clients() {
    let brake = SecretThrottle::default();
    let fails = |first: usize, now: i64| {
        let attempt = |n: usize| {
            wrong(&brake, &format!("id-{}", n % 300), &format!("2001:db8:0:{:x}::1", n % 900), now)
        };
        (first..first + 5000).filter(|n| attempt(*n).is_ok()).count()
    };
    assert_eq!(fails(0, 0), 2400, "a /48 of IPv6 is one address");
    assert_eq!(fails(0, 60), 120, "two a second");
    assert_eq!(wrong(&brake, "id-0", "2001:db8:1::1", 60), Ok(0), "another /48");
}

#[test]
fn a_stranger_behind_the_same_address_does_not_lock_a_client_out_for_ever() {
    for per_second in [1, 27] {
        let brake = SecretThrottle::default();
        let (mut in_at, mut checked, mut next) = (None, 0, 30);
        for now in 0..86_400 {
            for _ in 0..per_second {
                let attempt = brake.attempt("a", ip("192.0.2.7"), at(now));
                checked += u32::from(attempt.is_ok());
                let _ = attempt.and_then(SecretAttempt::failed);
            }
            // The client retries when told to, always after the attacker.
            if now >= next {
                match brake.attempt("a", ip("192.0.2.7"), at(now)).map(SecretAttempt::succeeded) {
                    Ok(()) => {
                        in_at = Some(now);
                        break;
                    }
                    Err(wait) => next = now + i64::try_from(wait.as_secs()).unwrap().max(1),
                }
            }
        }
        let in_at = in_at.expect("it got in within a day");
        let most = 20 + 20 + in_at / 9 + in_at / 900;
        assert!(i64::from(checked) <= most, "{checked} guesses were checked until {in_at}");
    }
}

#[test]
fn a_wrong_secret_that_is_checked_during_a_wait_looks_like_one_that_is_not() {
    let brake = SecretThrottle::default();
    fails(&brake, "192.0.2.7", 0, 20);
    assert_eq!(fail(&brake, "192.0.2.7", 10), Ok(4000));
    assert_eq!(fail(&brake, "192.0.2.7", 30), Ok(4000));
    assert_eq!(fail(&brake, "192.0.2.7", 70), Ok(4000));
    // 80 s from here; for 60 of them all accumulated checks are left.
    let waits: Vec<_> = (131..150).map(|now| fail(&brake, "192.0.2.7", now)).collect();
    let told = (131..150).map(|now: u64| Err(10.min(150 - now)));
    assert_eq!(waits, told.collect::<Vec<_>>(), "nor do they make it longer");
    assert_eq!(fail(&brake, "192.0.2.7", 150), Ok(4000));
    for _ in 0..100 {
        drop(brake.attempt("a", ip("192.0.2.7"), at(249)).unwrap());
    }
    assert!(right(&brake, "a", "192.0.2.7", 249), "a minute later it is checked for certain");
    assert_eq!(fail(&brake, "192.0.2.7", 249), Ok(0), "a success ends the wait");
}

#[test]
fn between_the_successes_of_a_client_nobody_gets_more_guesses() {
    let brake = SecretThrottle::default();
    let mut checked = 0;
    for now in 0..600 {
        right(&brake, "a", "192.0.2.7", now);
        checked += (0..15).filter(|_| fail(&brake, "192.0.2.7", now).is_ok()).count();
    }
    // Forty in each minute, and one more after each success that ends a block.
    assert!((200..=600).contains(&checked), "{checked} guesses of 9,000 in ten minutes were checked");
    assert!(right(&brake, "a", "192.0.2.8", 600), "elsewhere the right secret works");
}
