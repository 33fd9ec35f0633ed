//! `heistctl serve` under a service manager: it says how it is, and takes a socket that is open already.

use crate::support::process::needs_program;
use crate::support::{Heistctl, binary, demo, folder, heistctl, program, repository};
use std::net::TcpStream;
use std::os::unix::net::UnixDatagram;
use std::time::Duration;

#[test]
fn a_service_manager_is_told_of_start_reload_and_stop() {
    let toml = "listen = '127.0.0.1:0'\n";
    let folder = folder(&[("heist.toml", toml)]);
    let path = folder.path().join("notify");
    let manager = UnixDatagram::bind(&path).unwrap();
    manager.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let told = || {
        let mut message = [0; 256];
        let length = manager.recv(&mut message).expect("it says something");
        String::from_utf8(message[..length].to_vec()).unwrap()
    };
    let server = heistctl(["serve"]).env("NOTIFY_SOCKET", &path).in_folder(folder.path()).serve();
    assert_eq!(told(), "READY=1\n");
    TcpStream::connect(server.address()).expect("who is ready accepts");
    for bad in [false, true] {
        std::fs::write(folder.path().join("heist.toml"), if bad { "nonsense" } else { toml }).unwrap();
        server.signal("-HUP");
        let reloading = told();
        let since = reloading.strip_prefix("RELOADING=1\nMONOTONIC_USEC=").expect("what systemd wants");
        assert!(since.trim_end().parse::<u64>().is_ok(), "{since}");
        assert_eq!(told(), "READY=1\n");
    }
    server.signal("-TERM");
    assert_eq!(told(), "STOPPING=1\n");
    assert_eq!(server.wait(), 0);
}

/// Starts heistctl as systemd does, with a socket of its own at descriptor 3; `{kind}`, `{host}` and `{pid}`
/// are put in.
fn with_socket(kind: &str, host: &str, pid: &str, args: &[&str]) -> Heistctl {
    const SYSTEMD: &str = "
import os, socket, sys
opened = socket.socket(socket.AF_INET, socket.{kind})
opened.bind(('{host}', 0))
if opened.type == socket.SOCK_STREAM: opened.listen()
print('port', opened.getsockname()[1], file=sys.stderr, flush=True)
os.dup2(opened.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_FDS='1', LISTEN_PID=str({pid}))
os.execv(sys.argv[1], sys.argv[1:])
";
    let script = SYSTEMD.replace("{kind}", kind).replace("{host}", host).replace("{pid}", pid);
    let binary = binary().to_str().expect("a path in UTF-8").to_owned();
    let words = ["-c".to_owned(), script, binary].into_iter().chain(args.iter().map(|arg| (*arg).to_owned()));
    program("python3", words)
}

#[test]
fn an_inherited_socket_is_taken_before_any_address() {
    if !needs_program("python3") {
        return;
    }
    let other = demo();
    let taken = other.address().to_string();
    let args = ["serve", "--demo", "--listen", &taken];
    let mut server = with_socket("SOCK_STREAM", "127.0.0.1", "os.getpid()", &args).serve();
    let port = server.says().until("port ");
    assert_eq!(format!("port {}", server.address().port()), port);
    assert_eq!(server.request("GET", "/health", &[], "").status, 200);
    assert!(!server.token().is_empty());
    assert_eq!(server.stop().0, 0);
}

#[test]
fn a_socket_that_will_not_do_is_refused_and_one_of_another_process_is_left_alone() {
    if !needs_program("python3") {
        return;
    }
    let args = ["serve", "--demo", "--listen", "127.0.0.1:0"];
    let datagrams = with_socket("SOCK_DGRAM", "127.0.0.1", "os.getpid()", &args).run();
    datagrams.fails(
        1,
        &[
            "error: serve: the inherited socket: ",
            "hint: the service manager must pass a listening TCP socket",
        ],
    );
    let public = with_socket("SOCK_STREAM", "0.0.0.0", "os.getpid()", &args).run();
    public.fails(2, &["is not a loopback address"]);
    let mut server = with_socket("SOCK_STREAM", "127.0.0.1", "1", &args).serve();
    let port = server.says().until("port ");
    assert_ne!(format!("port {}", server.address().port()), port);
}

fn packaged(name: &str) -> String {
    std::fs::read_to_string(repository().join("packaging").join(name)).unwrap()
}

fn unit() -> String {
    packaged("systemd/heistctl.service")
}

#[test]
fn the_documented_unit_is_the_packaged_one() {
    let [documented] = crate::documents::blocks("unit").try_into().expect("one unit");
    assert_eq!(documented.text, unit());
}

#[test]
fn a_restart_behind_a_socket_of_systemd_refuses_no_connection() {
    if !needs_program("python3") {
        return;
    }
    let script = repository().join("tests/scenarios/restarts.py");
    let args = [script.as_os_str(), binary().as_os_str(), "--demo".as_ref()];
    let ran = program("python3", args).run().exits(0);
    assert_eq!(ran.stdout, "5 restarts, 0 of all requests failed\n");
}

#[test]
fn the_units_verify_and_leave_little_exposed() {
    if !needs_program("systemd-analyze") {
        return;
    }
    let unit = unit().replace("/usr/bin/heistctl", binary().to_str().unwrap());
    let socket = packaged("systemd/heistctl.socket");
    let folder = folder(&[("heistctl.service", &unit), ("heistctl.socket", &socket)]);
    let [service, socket] = ["service", "socket"].map(|kind| folder.path().join(format!("heistctl.{kind}")));
    let verify = ["verify".as_ref(), "--man=no".as_ref(), service.as_os_str(), socket.as_os_str()];
    let ran = program("systemd-analyze", verify).run().exits(0);
    assert_eq!(ran.stderr, "", "a key that systemd does not know is only said");
    let judge = ["security", "--offline=true", "--threshold=20", "--no-pager", service.to_str().unwrap()];
    program("systemd-analyze", judge).run().exits(0);
}

#[test]
fn the_command_of_the_unit_keeps_its_signing_key_over_a_restart() {
    let folder = folder(&[("store-key", &"k".repeat(43))]);
    let state = folder.path().join("state");
    std::fs::create_dir(&state).unwrap();
    let toml = packaged("heist.toml")
        .replace("127.0.0.1:8001", "127.0.0.1:0")
        .replace("/var/lib/heistctl", state.to_str().unwrap());
    std::fs::write(folder.path().join("heist.toml"), toml).unwrap();
    let unit = unit();
    let line = unit.lines().find_map(|line| line.strip_prefix("ExecStart=")).expect("a command");
    let line = line.replace("/etc/heistctl", folder.path().to_str().unwrap());
    let words: Vec<&str> = line.split(' ').skip(1).collect();
    let start = || {
        let server = heistctl(&words).env("HEISTCTL_STORE_KEY_FILE", folder.path().join("store-key")).serve();
        let keys = server.request("GET", "/.well-known/jwks.json", &[], "").json();
        assert_eq!(server.stop().0, 0);
        keys["keys"][0]["kid"].clone()
    };
    let kid = start();
    assert!(kid.is_string(), "{kid}");
    assert_eq!(start(), kid);
}
