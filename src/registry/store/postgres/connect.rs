//! Connects to the first host of an address that answers in time and has the requested properties. The
//! driver's own timeout per host ends when the connection is accepted. A host that hangs after that would
//! leave no time for the next one.

use super::address::{CONNECT, PostgresAddress};
use super::fault::PostgresError;
use crate::jose::digest::random;
use tokio::time::timeout;
use tokio_postgres::config::{Host, LoadBalanceHosts};
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, Connection, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

/// An open connection, and the future that drives it.
type OpenConnection = (Client, Connection<Socket, <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream>);

/// Connects. With several hosts each gets half the time of a single one, and all together twice that time.
pub(super) async fn connect(
    address: &PostgresAddress,
    tls: &MakeRustlsConnect,
) -> Result<OpenConnection, PostgresError> {
    let hosts = hosts(address.config());
    let each = if hosts.len() > 1 { CONNECT / 2 } else { CONNECT };
    let in_turn = async {
        let mut failed = PostgresError::Late;
        for host in &hosts {
            match timeout(each, host.connect(tls.clone())).await {
                Ok(Ok(opened)) => return Ok(opened),
                Ok(Err(error)) => failed = error.into(),
                Err(_) => failed = PostgresError::Late,
            }
        }
        Err(failed)
    };
    timeout(CONNECT * 2, in_turn).await.map_err(|_| PostgresError::Late)?
}

/// One configuration for each host, in order.
fn hosts(config: &Config) -> Vec<Config> {
    let (names, addresses, ports) = (config.get_hosts(), config.get_hostaddrs(), config.get_ports());
    let count = names.len().max(addresses.len());
    let fits = |given: usize| given == 0 || given == count;
    if !fits(names.len()) || !fits(addresses.len()) || !(ports.len() == 1 || fits(ports.len())) {
        // The driver reports the error.
        return vec![config.clone()];
    }
    let one = |at: usize| {
        let mut one = without_hosts(config);
        match names.get(at) {
            Some(Host::Tcp(name)) => drop(one.host(name)),
            Some(Host::Unix(path)) => drop(one.host_path(path)),
            None => {}
        }
        addresses.get(at).map(|address| one.hostaddr(*address));
        ports.get(at).or(ports.first()).map(|port| one.port(*port));
        one
    };
    let mut hosts: Vec<Config> = (0..count).map(one).collect();
    if config.get_load_balance_hosts() == LoadBalanceHosts::Random {
        hosts.sort_by_cached_key(|_| random::<8>().ok());
    }
    hosts
}

/// The configuration without its hosts.
fn without_hosts(config: &Config) -> Config {
    let mut bare = Config::new();
    config.get_user().map(|user| bare.user(user));
    config.get_password().map(|password| bare.password(password));
    config.get_dbname().map(|name| bare.dbname(name));
    config.get_options().map(|options| bare.options(options));
    config.get_application_name().map(|name| bare.application_name(name));
    config.get_connect_timeout().map(|time| bare.connect_timeout(*time));
    config.get_tcp_user_timeout().map(|time| bare.tcp_user_timeout(*time));
    config.get_keepalives_interval().map(|time| bare.keepalives_interval(time));
    config.get_keepalives_retries().map(|times| bare.keepalives_retries(times));
    bare.keepalives(config.get_keepalives()).keepalives_idle(config.get_keepalives_idle());
    bare.ssl_mode(config.get_ssl_mode()).ssl_negotiation(config.get_ssl_negotiation());
    bare.channel_binding(config.get_channel_binding());
    bare.target_session_attrs(config.get_target_session_attrs());
    bare.load_balance_hosts(config.get_load_balance_hosts());
    bare
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(url: &str) -> Config {
        PostgresAddress::parse(url).unwrap().config().clone()
    }

    #[test]
    fn each_host_is_reached_in_the_way_that_all_are() {
        let all = "d?options=-c%20geqo%3Doff&target_session_attrs=read-write&sslnegotiation=direct\
                   &channel_binding=require&keepalives=0&load_balance_hosts=disable&sslmode=require";
        let alone = config(&format!("postgres://u:p@one:1/{all}"));
        assert_eq!(hosts(&alone), [alone], "nothing of it is lost");
        let named = config(&format!("postgres://u:p@one:1,two:2/{all}"));
        assert_eq!(hosts(&named)[1], config(&format!("postgres://u:p@two:2/{all}")));
        let url = |hosts: &str| format!("postgres://{hosts}/d?sslmode=disable");
        let mixed = hosts(&config(&url("%2Frun%2Fa:5,two:6")));
        assert_eq!(mixed, ["%2Frun%2Fa:5", "two:6"].map(|host| config(&url(host))));
        let addresses = config("postgres://one,two/d?hostaddr=192.0.2.1,192.0.2.2");
        assert_eq!(hosts(&addresses)[1], config("postgres://two/d?hostaddr=192.0.2.2"));
        let wrong = config("postgres://one:1,two:2/d?hostaddr=192.0.2.1");
        assert_eq!(hosts(&wrong), [wrong], "the driver says what is wrong");
    }

    #[test]
    fn hosts_in_any_order_are_all_there() {
        let shuffled = config("postgres://a,b,c/d?load_balance_hosts=random");
        let mut orders: Vec<String> = (0..200).map(|_| format!("{:?}", names(&shuffled))).collect();
        orders.sort();
        orders.dedup();
        assert_eq!(orders.len(), 6, "{orders:?}");
    }

    fn names(config: &Config) -> Vec<Host> {
        hosts(config).iter().flat_map(|one| one.get_hosts().to_vec()).collect()
    }
}
