//! Machines whose clocks are wrong, or jump: what was used stays used, what was revoked stays revoked, no key
//! is deleted, and tokens are dated by the clock that all share.

use crate::support::faketime::WallClock;
use crate::support::keys::{Key, part};
use crate::support::postgres::{self, Database, PASSWORD, Postgres};
use crate::support::process::{Said, wait_until};
use crate::support::{Heistctl, Reply, Server, folder, heistctl};
use heistctl::clock::Timestamp;
use heistctl::jose::digest::random;
use heistctl::registry::store::{Store, sqlite::Sqlite};
use serde_json::{Value, json};

const ISSUER: &str = "https://as.example.com";
const FORM: [(&str, &str); 1] = [("Content-Type", "application/x-www-form-urlencoded")];
/// 32 bytes in base64url.
const STORE_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

/// What the servers of a test have in common: a store with a client `backend`, and one with a key.
struct Site {
    folder: tempfile::TempDir,
    store: String,
    secret: String,
    signer: Key,
}

fn toml() -> String {
    format!("issuer = '{ISSUER}'\ntoken_lifetime = '20m'\n")
}

impl Site {
    fn new(store: Option<String>) -> Self {
        let folder = folder(&[("heist.toml", &toml())]);
        let file = || format!("sqlite:{}", folder.path().join("heistctl.db").display());
        let store = store.unwrap_or_else(file);
        let signer = Key::for_alg("ES256");
        std::fs::write(folder.path().join("signer.pem"), signer.public_pem()).unwrap();
        let mut site = Self { folder, store, secret: String::new(), signer };
        let made = site.run(&["client", "add", "backend", "--scope", "x", "--introspect", "--json"]).run();
        site.secret = made.exits(0).json()["client_secret"].as_str().unwrap().to_owned();
        site.run(&["client", "add", "signer", "--scope", "x", "--jwks", "signer.pem"]).run().exits(0);
        site
    }

    /// The same two clients in the configuration, and a store that ends with the server.
    fn in_memory() -> Self {
        let clients = "[[client]]\nid = 'backend'\nsecret_env = 'SECRET'\nscopes = ['x']\nintrospect = true\n\
                       [[client]]\nid = 'signer'\njwks = 'signer.json'\nscopes = ['x']\n";
        let signer = Key::for_alg("ES256");
        let keys = json!({"keys": [signer.jwk()]}).to_string();
        let folder = folder(&[("heist.toml", &format!("{}{clients}", toml())), ("signer.json", &keys)]);
        Self { folder, store: "memory:".to_owned(), secret: "a secret of the client".to_owned(), signer }
    }

    fn run(&self, args: &[&str]) -> Heistctl {
        heistctl(args)
            .env("HEISTCTL_STORE", &self.store)
            .env("HEISTCTL_STORE_KEY", STORE_KEY)
            .env("PGPASSWORD", PASSWORD)
            .env("SECRET", &self.secret)
            .in_folder(self.folder.path())
    }

    fn server(&self) -> Heistctl {
        self.run(&["serve", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0"])
    }

    fn post(&self, server: &Server, path: &str, more: &str) -> Reply {
        let body = format!("client_id=backend&client_secret={}&{more}", self.secret);
        server.request("POST", path, &FORM, &body)
    }

    #[track_caller]
    fn token(&self, server: &Server) -> String {
        let reply = self.post(server, "/oauth/token", "grant_type=client_credentials");
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.json()["access_token"].as_str().unwrap().to_owned()
    }

    fn is_active(&self, server: &Server, token: &str) -> bool {
        let reply = self.post(server, "/oauth/introspect", &format!("token={token}"));
        reply.json()["active"] == json!(true)
    }

    #[track_caller]
    fn revoked(&self, server: &Server) -> String {
        let token = self.token(server);
        assert_eq!(self.post(server, "/oauth/revoke", &format!("token={token}")).status, 200);
        token
    }

    /// Requests with assertions of their own, which live for five minutes.
    fn assertions(&self, count: usize) -> Vec<String> {
        let one = |_| {
            let (jti, exp) = (part(random::<12>().unwrap()), Timestamp::now().unix() + 300);
            let claims = json!({"iss": "signer", "sub": "signer", "aud": ISSUER, "jti": jti, "exp": exp});
            let jwt = self.signer.sign("ES256", None, &claims);
            format!(
                "grant_type=client_credentials&client_assertion={jwt}&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
            )
        };
        (0..count).map(one).collect()
    }

    fn keys(&self) -> Vec<Value> {
        let listed = self.run(&["key", "list", "--json"]).run().exits(0).json();
        listed["keys"].as_array().unwrap().clone()
    }
}

fn taken(server: &Server, assertions: &[String]) -> usize {
    let send = |body: &String| server.request("POST", "/oauth/token", &FORM, body).status;
    assertions.iter().map(send).filter(|status| *status == 200).count()
}

/// When a token was issued, as it says itself.
fn issued(token: &str) -> i64 {
    let report = heistctl(["inspect", "--json"]).env("HEISTCTL_TOKEN", token).run().json();
    report["claims"]["iat"].as_i64().unwrap()
}

#[track_caller]
fn is_right(token: &str) {
    let off = issued(token) - Timestamp::now().unix();
    assert!((-60..=5).contains(&off), "off by {off} s");
}

fn published(server: &Server) -> Vec<String> {
    let jwks = server.request("GET", "/.well-known/jwks.json", &[], "").json();
    jwks["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

/// How far a server says that its clock is ahead.
#[track_caller]
fn skew(server: &Server) -> f64 {
    let metrics = server.metrics();
    let line = metrics.lines().find_map(|line| line.strip_prefix("heistctl_clock_skew_seconds "));
    line.unwrap_or_else(|| panic!("no skew in {metrics}")).parse().unwrap()
}

/// A server and what it says.
fn listened(command: Heistctl) -> (Server, Said) {
    let mut server = command.serve();
    let said = server.says();
    (server, said)
}

fn shared() -> Option<Database<'static>> {
    postgres::shared().map(Postgres::database)
}

/// An id that is over: once it is gone, somebody has purged.
const OVER: &str = "INSERT INTO id (kind, digest, owner, until) VALUES (1, '\\x00', 'nobody', 1)";
const IDS_OVER: &str = "SELECT count(*) FROM id WHERE until = 1";

#[test]
fn a_node_an_hour_ahead_or_behind_forgets_and_deletes_nothing_and_dates_as_the_others_do() {
    for (wrong, seconds) in [("+1h", 3600.0), ("-1h", -3600.0)] {
        let (Some(database), Some(clock)) = (shared(), WallClock::off_by(wrong)) else { return };
        let site = Site::new(Some(database.url()));
        let right = site.server().serve();
        let used = site.assertions(20);
        assert_eq!(taken(&right, &used), 20);
        let revoked = site.revoked(&right);
        let old = published(&right);
        // Nothing but the store remembers from here on.
        right.stop();
        database.sql(OVER);
        let (node, mut said) = listened(site.server().by(&clock));
        let direction = if seconds > 0.0 { "ahead of" } else { "behind" };
        let line = said.until("this machine's clock is");
        assert!(line.contains(&format!("{direction} the database's")), "{line}");
        wait_until("it has purged", || database.sql(IDS_OVER) == "0");
        site.run(&["key", "rotate"]).run().exits(0);
        wait_until("it knows of both keys", || published(&node).len() == 2);
        let token = site.token(&node);
        is_right(&token);
        assert!((skew(&node) - seconds).abs() < 30.0, "{}", skew(&node));

        let right = site.server().serve();
        assert_eq!(taken(&right, &used), 0, "{wrong}: none of 20 is taken again");
        assert!(!site.is_active(&right, &revoked) && !site.is_active(&node, &revoked));
        assert!(site.is_active(&right, &token), "what one issues is good at the other");
        for node in [&right, &node] {
            assert_eq!((published(node)[0].clone(), published(node).len()), (old[0].clone(), 2));
        }
        let states: Vec<Value> = site.keys().iter().map(|key| key["state"].clone()).collect();
        assert_eq!(states.len(), 2);
        assert!(states.contains(&json!("signing")) && states.contains(&json!("next")), "{states:?}");
        assert!(skew(&right).abs() < 30.0, "{}", skew(&right));
        clock.set("+0");
        said.until("the clock is right again");
        assert!(skew(&node).abs() < 30.0);
    }
}

/// A clock that the test sets, for all sessions from now on.
fn fake_clock(database: &Database) {
    let name = &database.name;
    database.sql(&format!(
        "CREATE SCHEMA fake; CREATE TABLE fake.off (by INTERVAL); INSERT INTO fake.off VALUES ('0');
         CREATE FUNCTION fake.clock_timestamp() RETURNS TIMESTAMPTZ LANGUAGE sql
             AS 'SELECT pg_catalog.clock_timestamp() + by FROM fake.off';
         ALTER DATABASE {name} SET search_path = fake, pg_catalog, public"
    ));
}

#[test]
fn a_database_whose_clock_jumps_is_not_followed_at_once() {
    let Some(database) = shared() else { return };
    let site = Site::new(Some(database.url()));
    fake_clock(&database);
    let (node, mut said) = listened(site.server());
    let revoked = site.revoked(&node);
    for (by, direction) in [("3h", "3h ahead"), ("-3h", "3h back")] {
        database.sql(&format!("UPDATE fake.off SET by = '{by}'"));
        let line = said.until("the database's clock has jumped");
        assert!(line.contains(direction) && line.contains("SIGHUP"), "{line}");
        // A start purges what is over, and this one has seen no time pass.
        let (started, mut of_it) = listened(site.server());
        of_it.until("the database's clock has jumped");
        for node in [&node, &started] {
            is_right(&site.token(node));
            assert!(!site.is_active(node, &revoked));
        }
        started.stop();
        database.sql("UPDATE fake.off SET by = '0'");
        said.until("the clock is right again");
    }
    node.stop();
    assert!(!site.is_active(&site.server().serve(), &revoked));
}

#[test]
fn what_one_node_is_told_of_the_database_s_clock_the_others_take_over() {
    let Some(database) = shared() else { return };
    let site = Site::new(Some(database.url()));
    fake_clock(&database);
    let (told, mut of_told) = listened(site.server());
    let (other, mut of_other) = listened(site.server());
    database.sql("UPDATE fake.off SET by = '3h'");
    of_told.until("the database's clock has jumped 3h ahead");
    of_other.until("the database's clock has jumped 3h ahead");
    told.signal("-HUP");
    of_told.until("the clock is accepted as it is");
    of_other.until("the clock is accepted as on another node");
    assert!(site.is_active(&other, &site.token(&told)) && site.is_active(&told, &site.token(&other)));
}

#[test]
fn a_single_node_that_is_hours_off_for_two_seconds_knows_what_was_revoked_and_used() {
    for (wrong, direction) in [("+3h", "3h ahead"), ("-3h", "3h back")] {
        for site in [Site::new(None), Site::in_memory()] {
            let Some(clock) = WallClock::off_by("+0") else { return };
            let (node, mut said) = listened(site.server().by(&clock));
            let (revoked, good, used) = (site.revoked(&node), site.token(&node), site.assertions(20));
            assert_eq!(taken(&node, &used), 20);
            let keys = published(&node);
            clock.set(wrong);
            let line = said.until("this machine's clock has jumped");
            assert!(line.contains(direction) && line.contains("SIGHUP"), "{line}");
            is_right(&site.token(&node));
            assert!(site.is_active(&node, &good) && !site.is_active(&node, &revoked));
            assert_eq!(taken(&node, &used), 0);
            assert!((skew(&node).abs() - 10_800.0).abs() < 30.0, "{}", skew(&node));
            clock.set("+0");
            said.until("the clock is right again");
            assert!(site.is_active(&node, &good) && !site.is_active(&node, &revoked));
            assert_eq!((taken(&node, &used), published(&node)), (0, keys));
            node.stop();
            if site.store != "memory:" {
                let again = site.server().serve();
                assert!(!site.is_active(&again, &revoked));
                assert_eq!(taken(&again, &used), 0);
            }
        }
    }
}

#[test]
fn a_start_and_commands_with_a_wrong_clock_are_held_to_what_the_last_server_knew() {
    let Some(clock) = WallClock::off_by("+3h") else { return };
    let site = Site::new(None);
    let right = site.server().serve();
    let (revoked, used) = (site.revoked(&right), site.assertions(20));
    assert_eq!(taken(&right, &used), 20);
    wait_until("it has left its clock", || site.mark().is_object());
    right.stop();
    for wrong in ["+3h", "-3h"] {
        clock.set(wrong);
        let (node, mut said) = listened(site.server().by(&clock));
        said.until("this machine's clock has jumped 3h");
        let token = site.token(&node);
        is_right(&token);
        assert_eq!((site.is_active(&node, &revoked), taken(&node, &used)), (false, 0));
        node.stop();
    }
    clock.set("+3h");
    site.run(&["key", "rotate"]).by(&clock).run().exits(0);
    let next = site.keys().into_iter().find(|key| key["state"] == "next").expect("it signs later");
    let from: Timestamp = next["signs_from"].as_str().unwrap().parse().unwrap();
    assert!((1..=311).contains(&(from.unix() - Timestamp::now().unix())), "{next}");
    let right = site.server().serve();
    assert_eq!((site.is_active(&right, &revoked), taken(&right, &used)), (false, 0));
    assert_eq!(published(&right).len(), 2);
}

impl Site {
    fn sqlite(&self) -> Sqlite {
        Sqlite::open(&self.folder.path().join("heistctl.db")).unwrap().store
    }

    /// The clock that a server has left in the store.
    fn mark(&self) -> Value {
        serde_json::from_str(&self.sqlite().text("clock").unwrap().text).unwrap_or_default()
    }

    fn leave(&self, mark: &Value) {
        let store = self.sqlite();
        let version = store.text("clock").unwrap().version;
        assert!(store.put_text("clock", version, &mark.to_string()).unwrap());
    }
}

#[test]
fn who_knows_that_the_new_time_is_right_says_so_by_sighup() {
    let Some(clock) = WallClock::off_by("+0") else { return };
    let site = Site::new(None);
    let (node, mut said) = listened(site.server().by(&clock));
    let ended = site.token(&node);
    clock.set("+3h");
    said.until("this machine's clock has jumped 3h ahead");
    assert!(site.is_active(&node, &ended));
    node.signal("-HUP");
    said.until("the clock is accepted as it is");
    said.until_each(&["the configuration was reloaded", "the clock is right again"]);
    let off = issued(&site.token(&node)) - Timestamp::now().unix();
    assert!((10_700..=10_900).contains(&off), "{off}");
    assert!(!site.is_active(&node, &ended), "its time is over");
    assert!(skew(&node).abs() < 30.0);
}

#[test]
fn ages_of_secrets_go_by_the_time_that_their_ends_go_by() {
    let Some(clock) = WallClock::off_by("+3h") else { return };
    let site = Site::new(None);
    let right = site.server().serve();
    wait_until("it has left its clock", || site.mark().is_object());
    right.stop();
    // As after a minute of a jump by 3 hours: tokens are dated by the new time, ends go by the old one.
    let mut mark = site.mark();
    let number = |value: &Value| value.as_i64().unwrap();
    let jump = json!({"offset": number(&mark["held"]["held"]) + 10_800_000, "since": number(&mark["held"]["read"]) - 120_000});
    mark["held"]["jump"] = jump;
    site.leave(&mark);
    let rotated = site.run(&["client", "rotate", "backend", "--overlap", "1h"]).by(&clock).run().exits(0);
    assert!(rotated.stderr.contains("the older secrets expire in 1h"), "{}", rotated.stderr);
    let shown = site.run(&["client", "show", "backend"]).by(&clock).run().exits(0).stdout;
    assert!(shown.contains("made just now, no end") && !shown.contains("ended"), "{shown}");
    assert!(shown.contains("ends in 1h") || shown.contains("ends in 59m"), "{shown}");
}

#[test]
fn a_key_that_was_made_by_a_clock_that_ran_ahead_can_be_rotated() {
    let Some(clock) = WallClock::off_by("+1d") else { return };
    let site = Site::new(None);
    site.run(&["key", "generate"]).by(&clock).run().exits(0);
    site.run(&["key", "rotate"]).run().exits(0);
    let states = |keys: &[Value]| keys.iter().map(|key| key["state"].clone()).collect::<Vec<_>>();
    let keys = site.keys();
    assert_eq!(states(&keys), [json!("signing"), json!("next")]);
    let signs: Timestamp = keys[1]["signs_from"].as_str().unwrap().parse().unwrap();
    assert!(signs.unix() <= Timestamp::now().unix() + 311, "{keys:?}");

    // The first key of a server whose clock is set right while it runs.
    let site = Site::new(None);
    let (node, mut said) = listened(site.server().by(&clock));
    clock.set("+0");
    said.until("this machine's clock has jumped 1d back");
    node.signal("-HUP");
    said.until("the clock is accepted as it is");
    wait_until("it has left its clock", || site.mark()["accepted"].is_i64());
    site.run(&["key", "rotate"]).run().exits(0);
    assert_eq!(states(&site.keys()), [json!("signing"), json!("next")]);
    wait_until("it publishes both", || published(&node).len() == 2);
}
