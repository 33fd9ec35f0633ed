//! A PostgreSQL server of the tests' own: in a folder of its own, on a Unix socket there and on a port of
//! loopback, and gone when the tests are, however they end. Unit tests include this file by its path.

use super::needs::needs;
use std::fs::{File, Permissions};
use std::io::Read;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Over TCP the user has this password; through the socket none is asked for.
pub(crate) const PASSWORD: &str = "hunter2-of-postgres";
/// Where Debian puts what PATH does not name.
const DEBIAN: &str = "/usr/lib/postgresql";
/// A folder with the programs, where they are neither there nor in PATH.
const VARIABLE: &str = "HEISTCTL_TEST_POSTGRES_BIN";
/// A server that has not come or gone in so long never will.
const PATIENCE: Duration = Duration::from_secs(60);
/// Ends the server when whoever holds the pipe is gone, and leaves nothing behind.
const GUARD: &str = r#"
    trap '' INT TERM HUP
    cat > /dev/null
    pid=$(head -n 1 "$1/data/postmaster.pid" 2> /dev/null)
    [ -z "$pid" ] || kill -INT "$pid" 2> /dev/null
    for n in $(seq 200); do [ -e "$1/data/postmaster.pid" ] || break; sleep 0.05; done
    rm -rf "$1"
"#;

/// A server; it is stopped, and its folder removed, when this is dropped or the process ends.
pub(crate) struct Postgres {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
    server: Mutex<Option<Child>>,
    guard: Child,
    databases: AtomicU32,
}

/// The server that the tests of this process share; `None` where there is no PostgreSQL.
pub(crate) fn shared() -> Option<&'static Postgres> {
    static SHARED: OnceLock<Option<Postgres>> = OnceLock::new();
    SHARED.get_or_init(Postgres::start).as_ref()
}

/// The folder of PostgreSQL's programs; `None` where there is none.
fn programs() -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> = std::env::var_os(VARIABLE).map(PathBuf::from).into_iter().collect();
    folders.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    let debian = std::fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    folders.extend(debian.map(|version| version.path().join("bin")));
    let is_complete =
        |folder: &PathBuf| ["initdb", "postgres", "psql"].iter().all(|name| folder.join(name).is_file());
    let found = folders.into_iter().find(is_complete);
    needs(&format!("PostgreSQL in PATH, {DEBIAN}/*/bin or {VARIABLE}"), found.is_some());
    found
}

impl Postgres {
    /// A server for one test alone; `None` where there is no PostgreSQL.
    pub(crate) fn start() -> Option<Self> {
        let programs = programs()?;
        let folder = tempfile::Builder::new().prefix("heistctl-pg-").tempdir().expect("a folder").keep();
        let mut guard = Command::new("sh");
        guard.args(["-c", GUARD, "guard"]).arg(&folder).stdin(Stdio::piped());
        let guard = guard.spawn().expect("sh runs");
        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port").port();
        let (server, databases) = (Mutex::default(), AtomicU32::new(0));
        let postgres = Self { programs, folder, port, server, guard, databases };
        postgres.initialize();
        postgres.resume();
        Some(postgres)
    }

    fn initialize(&self) {
        let password = self.folder.join("password");
        std::fs::write(&password, PASSWORD).expect("it is written");
        std::fs::set_permissions(&self.folder, Permissions::from_mode(0o755)).expect("it is ours");
        if let Some((user, group)) = server_user() {
            for path in [&self.folder, &password] {
                chown(path, Some(user), Some(group)).expect("root may");
            }
        }
        let mut initdb = self.program("initdb");
        initdb.arg("-D").arg(self.folder.join("data")).arg("--pwfile").arg(password);
        initdb.args(["-U", "heist", "-E", "UTF8", "--locale", "C", "-A", "trust", "--no-sync"]);
        ran(initdb.arg("--auth-host=scram-sha-256"));
    }

    /// Starts it again after [`Postgres::stop`], at the same place.
    pub(crate) fn resume(&self) {
        let mut postgres = self.program("postgres");
        postgres.arg("-D").arg(self.folder.join("data")).arg("-k").arg(&self.folder);
        postgres.args(["-p", &self.port.to_string(), "-c", "listen_addresses=127.0.0.1"]);
        for setting in ["fsync=off", "full_page_writes=off", "shared_buffers=32MB", "max_connections=200"] {
            postgres.args(["-c", setting]);
        }
        let log = File::create(self.folder.join("log")).expect("a log");
        postgres.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        *self.server.lock().unwrap() = Some(postgres.spawn().expect("postgres runs"));
        let deadline = Instant::now() + PATIENCE;
        while self.try_sql("postgres", "SELECT 1").is_err() {
            assert!(Instant::now() < deadline, "it does not start: {}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Has it offer TLS by this certificate, PEM.
    pub(crate) fn secure(&self, certificate: &str, key: &str) {
        for (name, content) in [("server.crt", certificate), ("server.key", key)] {
            let path = self.folder.join("data").join(name);
            std::fs::write(&path, content).expect("it is written");
            std::fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("it is ours");
            if let Some((user, group)) = server_user() {
                chown(&path, Some(user), Some(group)).expect("root may");
            }
        }
        self.sql("postgres", "ALTER SYSTEM SET ssl = on");
        self.stop();
        self.resume();
    }

    /// Stops it; sessions are cut.
    pub(crate) fn stop(&self) {
        self.signal("-INT");
    }

    /// Stops it as a loss of power would, but for what stands in the system's cache.
    pub(crate) fn crash(&self) {
        self.signal("-QUIT");
    }

    fn signal(&self, signal: &str) {
        let Some(mut server) = self.server.lock().unwrap().take() else { return };
        let pid = std::fs::read_to_string(self.folder.join("data/postmaster.pid")).expect("it runs");
        ran(Command::new("kill").args([signal, pid.lines().next().expect("a number")]));
        server.wait().expect("it ends");
    }

    /// A fresh database, by the socket.
    pub(crate) fn database(&self) -> Database<'_> {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        let name = format!("heist_{number}");
        self.sql("postgres", &format!("CREATE DATABASE {name} TEMPLATE template0"));
        Database { postgres: self, name }
    }

    /// Runs a statement and gives what it prints.
    #[track_caller]
    pub(crate) fn sql(&self, database: &str, statement: &str) -> String {
        self.try_sql(database, statement).unwrap_or_else(|error| panic!("{statement}: {error}"))
    }

    fn try_sql(&self, database: &str, statement: &str) -> Result<String, String> {
        let mut psql = self.program("psql");
        psql.args(["-X", "-q", "-A", "-t", "-U", "heist", "-d", database, "-c", statement]);
        psql.arg("-h").arg(&self.folder).args(["-p", &self.port.to_string()]);
        let output = psql.output().expect("psql runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    }

    fn log(&self) -> String {
        let mut text = String::new();
        let read = File::open(self.folder.join("log")).map(|mut log| log.read_to_string(&mut text));
        read.map(|_| text).unwrap_or_default()
    }

    /// One of its programs, as the user that it runs as.
    fn program(&self, name: &str) -> Command {
        let path = self.programs.join(name);
        let mut command = match server_user() {
            // A server that may do everything refuses to run.
            Some((user, group)) => {
                let mut command = Command::new("setpriv");
                command.args([
                    format!("--reuid={user}"),
                    format!("--regid={group}"),
                    "--clear-groups".to_owned(),
                ]);
                command.arg(path);
                command
            }
            None => Command::new(path),
        };
        command.current_dir(Path::new("/")).env("LC_ALL", "C");
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // First, or the guard would wait for one that has ended and that nobody has seen off.
        self.stop();
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
    }
}

/// The user and group that a server runs as where the tests are root's.
fn server_user() -> Option<(u32, u32)> {
    let number = |args: &[&str]| -> Option<u32> {
        let output = Command::new("id").args(args).stderr(Stdio::null()).output().ok()?;
        String::from_utf8(output.stdout).ok()?.trim().parse().ok()
    };
    if number(&["-u"]) != Some(0) {
        return None;
    }
    let of = |user: &str| Some((number(&["-u", user])?, number(&["-g", user])?));
    of("postgres").or_else(|| of("nobody"))
}

#[track_caller]
fn ran(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A database of one test.
pub(crate) struct Database<'a> {
    postgres: &'a Postgres,
    pub(crate) name: String,
}

impl Database<'_> {
    /// Where it is: the server's socket, which asks for no password.
    pub(crate) fn url(&self) -> String {
        let folder = self.postgres.folder.display().to_string().replace('/', "%2F");
        format!("postgres://heist@{folder}:{}/{}", self.postgres.port, self.name)
    }

    /// Where it is on the network, without the password that is asked for there.
    pub(crate) fn tcp_url(&self) -> String {
        format!("postgres://heist@127.0.0.1:{}/{}", self.postgres.port, self.name)
    }

    /// The port on loopback.
    pub(crate) fn port(&self) -> u16 {
        self.postgres.port
    }

    /// Runs a statement there and gives what it prints.
    #[track_caller]
    pub(crate) fn sql(&self, statement: &str) -> String {
        self.postgres.sql(&self.name, statement)
    }

    /// Ends every session there but the one that says so.
    #[track_caller]
    pub(crate) fn cut(&self) {
        self.sql(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        );
    }
}
