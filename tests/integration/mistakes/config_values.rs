//! Values in heist.toml that are of the wrong type, or that no server can use.

use super::config::{Row, all_are_explained};

const TYPES: [Row; 24] = [
    (
        "token_lifetime = 3600\n",
        "heist.toml:1: token_lifetime is a duration with its unit, in quotes",
        "token_lifetime = \"1h\"",
    ),
    ("token_lifetime = 90\n", "token_lifetime is a duration", "token_lifetime = \"1m 30s\""),
    ("leeway = 5.0\n", "leeway is a duration", "leeway = \"5s\""),
    ("store_outage = true\n", "store_outage is a duration", "store_outage = \"1h\""),
    ("issuer = 5\n", "issuer is a text in quotes, not a number", "issuer = \"https://as.example.com\""),
    ("issuer = ['a']\n", "issuer is a text in quotes, not a list", "issuer = \"https://as.example.com\""),
    ("listen = 8001\n", "listen is an address and a port", "listen = \"127.0.0.1:8001\""),
    (
        "explain_client_errors = 'true'\n",
        "explain_client_errors is true or false, without quotes",
        "explain_client_errors = true",
    ),
    (
        "explain_client_errors = 'no'\n",
        "explain_client_errors is true or false",
        "explain_client_errors = false",
    ),
    ("explain_client_errors = 1\n", "explain_client_errors is true or false", "explain_client_errors = true"),
    ("allow_from = '10.0.0.0/8'\n", "allow_from is a list", "allow_from = [\"10.0.0.0/8\"]"),
    ("audience = 5\n", "audience is a text or a list of texts", "audience = \"https://api.example.com\""),
    ("audience = [5]\n", "audience is a text or a list of texts", "audience = \"https://api.example.com\""),
    (
        "store_connections = '16'\n",
        "store_connections is a whole number, without quotes",
        "store_connections = 16",
    ),
    ("store_connections = 1.5\n", "store_connections is a whole number", "store_connections = 16"),
    ("[limits]\nper_client = 100\n", "heist.toml:2: per_client is a rate", "per_client = \"100/s\""),
    ("[limits]\nconnections = 'many'\n", "connections is a whole number", "connections = 10000"),
    ("[[client]]\nid = 5\n", "id is a text in quotes, not a number", "id = \"5\""),
    ("[[client]]\nid = 'a'\nscopes = 'a b'\n", "scopes is a list", "scopes = [\"a\", \"b\"]"),
    ("[[client]]\nid = 'a'\nscopes = 'a,b'\n", "scopes is a list", "scopes = [\"a\", \"b\"]"),
    ("[[client]]\nid = 'a'\nscopes = [1]\n", "heist.toml:3: scopes is a list of texts", "scopes = [\"1\"]"),
    ("[[client]]\nid = 'a'\nclaims = 'x'\n", "claims is a table", "claims = { team = \"orders\" }"),
    ("[[client]]\nid = 'a'\njwks = 5\n", "jwks is a file's path or a JWK Set", "jwks = \"app.jwks.json\""),
    ("[[client]]\nsecret_env = 'A'\n", "heist.toml:1: this [[client]] has no id", "id = \"app\""),
];

/// Zero, negative and huge values.
const EXTREMES: [Row; 14] = [
    (
        "[limits]\nidle_timeout = '0s'\n",
        "heist.toml:2: idle_timeout is under a second: \"0s\"",
        "idle_timeout = \"1m\"",
    ),
    (
        "[limits]\nidle_timeout = '9y'\n",
        "idle_timeout is over an hour: \"9y\"",
        "idle_timeout = \"1h\" is the most",
    ),
    ("store_outage = '1y'\n", "store_outage is over 30 days: \"1y\"", "store_outage = \"30d\" is the most"),
    ("leeway = '20m'\n", "leeway is over ten minutes: \"20m\"", "leeway = \"10m\" is the most"),
    ("token_lifetime = '15M'\n", "token_lifetime = \"15M\": M means months", "token_lifetime = \"15m\""),
    ("[signing]\nrotate_every = '1M'\n", "M means months", "rotate_every = \"30d\""),
    ("token_lifetime = '15minutos'\n", "\"minutos\" is not a unit", "token_lifetime = \"15m\""),
    ("token_lifetime = '1H'\n", "\"H\" is not a unit", "token_lifetime = \"1h\""),
    ("token_lifetime = '-5m'\n", "token_lifetime = \"-5m\" is below zero", "token_lifetime = \"5m\""),
    ("[limits]\nper_client = '0/s'\n", "it admits nothing", "without the line there is no such limit"),
    ("[limits]\nper_client = '-5/s'\n", "it is below zero", "per_client = \"5/s\""),
    ("[limits]\nper_client = '9999999/s'\n", "it is above 1000000", "without the line"),
    (
        "[limits]\nconnections = 99999999999999999999999\n",
        "is too large: it is at most 1000000",
        "connections = 10000",
    ),
    ("[limits]\nconnections = 2000000\n", "connections = 2000000 is too large", "connections = 10000"),
];

#[test]
fn zero_and_sizes_that_nobody_means_are_refused() {
    all_are_explained(&EXTREMES);
}

const TIMES: [Row; 13] = [
    (
        "token_lifetime = '3600'\n",
        "heist.toml:1: token_lifetime = \"3600\" has no unit",
        "token_lifetime = \"1h\"",
    ),
    ("token_lifetime = '60'\n", "has no unit", "token_lifetime = \"1m\""),
    ("token_lifetime = '1 hour and a half'\n", "token_lifetime is not a duration", "token_lifetime = \"1h\""),
    (
        "token_lifetime = '1h30'\n",
        "token_lifetime = \"1h30\" has no unit after 30",
        "token_lifetime = \"1h 30m\"",
    ),
    ("token_lifetime = 'PT1H'\n", "token_lifetime = \"PT1H\" is ISO 8601", "token_lifetime = \"1h\""),
    ("token_lifetime = '-1h'\n", "token_lifetime = \"-1h\" is below zero", "token_lifetime = \"1h\""),
    ("token_lifetime = '0s'\n", "token_lifetime is under a second", "token_lifetime = \"1h\""),
    ("token_lifetime = '500ms'\n", "token_lifetime is under a second", "token_lifetime = \"1h\""),
    ("token_lifetime = '11y'\n", "longer than ten years", "token_lifetime = \"1h\""),
    ("token_lifetime = ''\n", "token_lifetime is empty", "token_lifetime = \"1h\""),
    ("leeway = '1h'\n", "heist.toml:1: leeway is over ten minutes", "usual is \"5s\""),
    (
        "[signing]\nrotate_every = '5m'\n",
        "heist.toml:2: rotate_every is under ten minutes",
        "rotate_every = \"30d\"",
    ),
    (
        "[[client]]\nid = 'a'\nsecret_file = 'secret'\nlifetime = '0s'\n",
        "heist.toml:4: client \"a\": lifetime is under a second",
        "lifetime = \"1h\"",
    ),
];

const NETWORKS: [Row; 14] = [
    (
        "allow_from = ['10.0.0.0/33']\n",
        "heist.toml:1: allow_from: \"10.0.0.0/33\" has a prefix above 32",
        "allow_from = [\"10.0.0.0/8\"]",
    ),
    ("allow_from = ['10.0.0.0/255.0.0.0']\n", "has a netmask", "\"10.0.0.0/8\""),
    ("allow_from = ['10.0.0.*']\n", "\"10.0.0.*\" is a pattern", "\"10.0.0.0/24\""),
    ("allow_from = ['10.0.0.1-10.0.0.9']\n", "is a range", "allow_from = [\"10.0.0.0/8\"]"),
    ("allow_from = ['10.0.0.1:443']\n", "has a port", "\"10.0.0.1\""),
    ("allow_from = ['*']\n", "\"*\" is not a network", "leave allow_from out"),
    (
        "allow_from = ['app.example.com']\n",
        "\"app.example.com\" is a host name",
        "allow_from = [\"10.0.0.0/8\"]",
    ),
    (
        "allow_from = ['10.0.0.0/8,192.0.2.0/24']\n",
        "two networks in one text",
        "\"10.0.0.0/8\", \"192.0.2.0/24\"",
    ),
    (
        "trusted_proxies = ['::1', '300.0.0.1']\n",
        "trusted_proxies: \"300.0.0.1\" is not an address",
        "trusted_proxies = [\"10.0.0.0/8\"]",
    ),
    ("trusted_proxies = ['[::1]']\n", "\"[::1]\" has brackets", "\"::1\""),
    (
        "listen = 'localhost:8001'\n",
        "listen: \"localhost:8001\" has a host name",
        "listen = \"127.0.0.1:8001\"",
    ),
    ("listen = '8001'\n", "listen: \"8001\" is a port without an address", "listen = \"127.0.0.1:8001\""),
    ("listen = ':8001'\n", "listen: \":8001\" has no address", "listen = \"127.0.0.1:8001\""),
    (
        "metrics_listen = '127.0.0.1'\n",
        "metrics_listen: \"127.0.0.1\" has no port",
        "metrics_listen = \"127.0.0.1:",
    ),
];

const RATES: [Row; 8] = [
    (
        "[limits]\nper_client = '100'\n",
        "heist.toml:2: per_client = \"100\" has no unit",
        "per_client = \"100/s\"",
    ),
    (
        "[limits]\nper_client = '100/sec'\n",
        "per_client = \"100/sec\" is not a rate",
        "per_client = \"100/s\"",
    ),
    ("[limits]\nper_client = '60 per minute'\n", "is not a rate", "per_client = \"60/m\""),
    ("[limits]\nper_client = '10/d'\n", "is not a rate", "per_client = \"100/s\""),
    ("[limits]\nper_client = '0/s'\n", "is not a rate", "per_client = \"100/s\""),
    ("[limits]\nconnections = 0\n", "connections = 0 is too small", "connections = 10000"),
    ("[limits]\nstore_places = 5000\n", "store_places = 5000 is too large", "store_places = 32"),
    ("store_connections = -1\n", "store_connections = -1 is too small", "store_connections = 16"),
];

const URLS: [Row; 14] = [
    (
        "issuer = 'https//as.example.com'\n",
        "heist.toml:1: the issuer \"https//as.example.com\" is not a URL",
        "issuer = \"https://as.example.com\"",
    ),
    (
        "issuer = 'http://oauth:8001'\n",
        "heist.toml:1: the issuer: it is plain http to another host",
        "--insecure-http",
    ),
    ("issuer = 'https://as.example.com?a=b'\n", "issuer has a query", "issuer = \"https://as.example.com\""),
    (
        "issuer = 'https://as.example.com#x'\n",
        "issuer has a query or a fragment",
        "issuer = \"https://as.example.com\"",
    ),
    (
        "issuer = 'https://u:hunter2@as.example.com'\n",
        "issuer contains credentials",
        "issuer = \"https://as.example.com\"",
    ),
    ("issuer = 'https://as.example.com:99999'\n", "issuer", "issuer = \"https://"),
    ("issuer = ''\n", "issuer is empty", "issuer = \"https://as.example.com\""),
    ("issuer = ' https://as.example.com'\n", "issuer has a blank", "issuer = \"https://as.example.com\""),
    (
        "issuer = 'ftp://as.example.com'\n",
        "issuer: it is not an absolute http or https URL",
        "issuer = \"https://as.example.com\"",
    ),
    (
        "public_url = 'tokens.example.com'\n",
        "public_url is not a URL: it has no scheme",
        "public_url = \"https://tokens.example.com\"",
    ),
    (
        "public_url = 'https://tokens.example.com?x=1'\n",
        "public_url has a query",
        "public_url = \"https://tokens.example.com\"",
    ),
    ("issuer = 'https://$HOST'\n", "issuer still has the placeholder $HOST", "envsubst"),
    (
        "store = 'mysql://db/x'\n",
        "error: store: heist.toml:1: store: \"mysql://db/x\" is not a store: heistctl has no MySQL",
        "sqlite:heistctl.db is a file, postgres://user@host/database a database, memory: ends with the server: store = \"sqlite:heistctl.db\"",
    ),
    ("audit_log = ''\n", "heist.toml:1: audit_log is empty", "audit_log = \"audit.log\""),
];

#[test]
fn a_value_of_the_wrong_type_is_shown_as_it_should_be() {
    all_are_explained(&TYPES);
}

#[test]
fn times_are_shown_with_their_units() {
    all_are_explained(&TIMES);
}

#[test]
fn networks_and_addresses_are_shown_as_they_should_be() {
    all_are_explained(&NETWORKS);
}

#[test]
fn rates_and_numbers_are_shown_as_they_should_be() {
    all_are_explained(&RATES);
}

#[test]
fn urls_are_shown_as_they_should_be() {
    all_are_explained(&URLS);
}
