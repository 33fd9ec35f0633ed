//! Mistakes with flags: those of curl and of other tools, and those of another command.

use super::usage::are_explained;
use crate::support::keys::Key;
use crate::support::{HACKER, demo, folder, heistctl};

#[test]
fn flags_of_other_servers_name_ours() {
    are_explained(&[
        (&["serve", "--port", "21002"], "heistctl serve has no --port", "--listen 127.0.0.1:21002"),
        (&["serve", "--port=21002"], "heistctl serve has no --port", "--listen 127.0.0.1:21002"),
        (&["serve", "-p", "21002"], "heistctl serve has no -p", "--listen 127.0.0.1:21002"),
        (&["serve", "--host", "0.0.0.0"], "no --host", "--listen 127.0.0.1:8001"),
        (&["serve", "--bind", "0.0.0.0"], "no --bind", "--listen 127.0.0.1:8001"),
        (&["serve", "--log", "app.log"], "\"app.log\" is not a log format", "heistctl serve > app.log"),
        (&["serve", "--log-level", "debug"], "no --log-level", "-q"),
        (&["serve", "--secret", "x"], "no --secret", "HEISTCTL_SIGNING_SECRET"),
        (&["serve", "--client-id", "x"], "no --client-id", "heistctl client add"),
        (&["serve", "--ttl", "2h"], "no --ttl", "token_lifetime = \"2h\""),
        (&["serve", "--algorithm", "RS256"], "no --algorithm", "algorithm = \"RS256\""),
        (&["serve", "--cert", "c.pem"], "no --cert", "--tls-cert chain.pem --tls-key key.pem"),
        (&["serve", "--https"], "no --https", "--tls-cert"),
        (&["serve", "--insecure"], "no --insecure", "--insecure-http"),
        (&["serve", "--db", "x"], "no --db", "--store sqlite:heistctl.db"),
        (&["serve", "--daemon"], "no --daemon", "nohup heistctl serve"),
        (&["serve", "-c", "my.toml"], "no -c", "--config my.toml"),
        (&["serve", "--config-file=my.toml"], "no --config-file", "--config my.toml"),
        (&["serve", "--dry-run"], "no --dry-run", "--check"),
        (&["serve", "--Demo"], "no --Demo", "write --demo"),
        (&["serve", "-demo"], "-demo needs two dashes", "--demo"),
        (&["serve", "--lisen", "x"], "no --lisen", "write --listen"),
        (&["serve", "--frobnicate"], "no --frobnicate", "heistctl serve -h"),
        (&["--demo"], "heistctl has no --demo", "heistctl serve --demo"),
        (&["--port", "1"], "heistctl has no --port", "heistctl -h"),
    ]);
}

#[test]
fn flags_of_other_clients_name_ours() {
    are_explained(&[
        (&["token", "--grant-type", "client_credentials"], "no --grant-type", "--grant client_credentials"),
        (&["token", "--grant_type=jwt-bearer"], "no --grant_type", "--grant jwt-bearer"),
        (&["token", "--subject-token", "x"], "no --subject-token", "--subject-token-file FILE"),
        (&["token", "--id-token", "x"], "no --id-token", "--identity github-actions"),
        (&["token", "-k"], "heistctl token has no -k", "--cacert ca.pem"),
        (&["token", "--insecure"], "no --insecure", "--cacert ca.pem"),
        (&["token", "--no-verify"], "no --no-verify", "--cacert ca.pem"),
        (&["token", "--ca-cert", "my.pem"], "no --ca-cert", "--cacert my.pem"),
        (&["token", "--client-secret", "x"], "no --client-secret", "HEISTCTL_CLIENT_SECRET: argv is public"),
        (&["token", "--password", "x"], "no --password", "--client-secret-file FILE"),
        (&["token", "-u", "a:b"], "no -u", "--client-id a, and --client-secret-file FILE"),
        (&["token", "--client_id", "app"], "no --client_id", "--client-id app"),
        (&["token", "--scopes", "a:b"], "no --scopes", "--scope a:b"),
        (&["token", "--url", "http://x/"], "no --url", "--token-url"),
        (&["token", "--token-endpoint", "http://x/t"], "no --token-endpoint", "--token-url http://x/t"),
        (&["token", "--realm", "http://x"], "no --realm", "--issuer http://x"),
        (&["token", "-d", "grant_type=client_credentials"], "no -d", "--grant client_credentials"),
        (&["token", "-X", "POST"], "no -X", "a token request is a POST"),
        (&["token", "-H", "a: b"], "no -H", "heistctl call -H"),
        (&["token", "-s"], "no -s", "hint: -q"),
        (&["token", "--format", "json"], "no --format", "--output json"),
        (&["token", "--out", "t.txt"], "no --out", "heistctl token > t.txt"),
        (&["token", "--include"], "no --include", "heistctl call"),
        (&["token", "--force"], "no --force", "--refresh"),
        (&["token", "--max-time", "5s"], "no --max-time", "--timeout 5s"),
        (&["token", "--cert", "c.pem"], "no --cert", "--client-cert c.pem --client-cert-key"),
        (&["token", "--secret-file", "x"], "no --secret-file", "--client-secret-file"),
        (&["token", "-scope", "a"], "-scope needs two dashes", "--scope"),
        (&["token", "--version"], "no --version", "heistctl --version"),
        (&["token", "--no-color"], "no --no-color", "--color never"),
    ]);
}

#[test]
fn flags_for_the_rest_of_a_cached_tokens_life_name_ours() {
    are_explained(&[
        (&["token", "--min-validity", "5m"], "no --min-validity", "--min-ttl 5m"),
        (&["call", "--min-lifetime", "5m", "http://x/"], "no --min-lifetime", "--min-ttl 5m"),
        (&["token", "--leeway=5m"], "no --leeway", "--min-ttl 5m"),
    ]);
}

#[test]
fn flags_of_curl_name_those_of_call() {
    are_explained(&[
        (&["call", "-k"], "heistctl call has no -k", "--cacert ca.pem"),
        (&["call", "--insecure", "http://x/"], "no --insecure", "--cacert ca.pem"),
        (&["call", "-sk"], "no -s", "hint: -q"),
        (&["call", "-s"], "heistctl call has no -s", "hint: -q"),
        (&["call", "-sS"], "no -s", "hint: -q"),
        (&["call", "-S"], "no -S", "leave it out"),
        (&["call", "-f"], "no -f", "exits 4 for 4xx"),
        (&["call", "-O"], "heistctl call has no -O", "-o FILE"),
        (&["call", "-F", "a=b"], "heistctl call has no -F", "--data @FILE"),
        (&["call", "--form", "a=b"], "no --form", "--data @FILE"),
        (&["call", "--bearer", "x"], "heistctl call has no --bearer", "gets the token itself"),
        (&["call", "--oauth2-bearer", "x"], "no --oauth2-bearer", "gets the token itself"),
        (&["call", "--access-token=x"], "no --access-token", "--token FILE"),
        (&["call", "-u", "a:b"], "no -u", "--client-secret-file FILE"),
        (&["call", "--data-raw", "x"], "no --data-raw", "--data TEXT"),
        (&["call", "--data-binary", "@x"], "no --data-binary", "--data @FILE"),
        (&["call", "--data-urlencode", "a=b"], "no --data-urlencode", "x-www-form-urlencoded"),
        (&["call", "--body", "x"], "no --body", "--data TEXT"),
        (&["call", "-I"], "no -I", "-X HEAD -i"),
        (&["call", "--method", "PUT"], "no --method", "-X"),
        (&["call", "-G"], "no -G", "a query goes into the URL"),
        (&["call", "-A", "me"], "no -A", "-H 'User-Agent: me'"),
        (&["call", "--accept", "text/csv"], "no --accept", "-H 'Accept: text/csv'"),
        (&["call", "--content-type", "text/csv"], "no --content-type", "-H 'Content-Type: text/csv'"),
        (&["call", "-b", "a=b"], "no -b", "-H 'Cookie: "),
        (&["call", "-x", "http://p:1"], "no -x", "HTTPS_PROXY=http://p:1"),
        (&["call", "-T", "f"], "no -T", "-X PUT --data @FILE"),
        (&["call", "-m", "5s"], "no -m", "--timeout 5s"),
        (&["call", "-w", "%{http_code}"], "no -w", "-i prints status"),
        (&["call", "--follow"], "no --follow", "-L"),
        (&["call", "-n", "20"], "no -n", "--repeat 20"),
        (&["call", "--url", "http://x/"], "no --url", "heistctl call http://x/"),
        (&["call", "--http2"], "no --http2", "leave it out"),
        (&["call", "--compressed"], "no --compressed", "leave it out"),
        (&["call", "-L", "--retry", "3"], "no --retry", "leave it out"),
        (&["call", "--json-data", "{}"], "no --json-data", "--json-body"),
        (&["call", "--client-secret=x"], "no --client-secret", "HEISTCTL_CLIENT_SECRET"),
    ]);
}

#[test]
fn flags_of_jwt_tools_and_of_admin_tools_name_ours() {
    are_explained(&[
        (
            &["inspect", "--secret", "V"],
            "heistctl inspect has no --secret",
            "--secret-file FILE, or --secret-env NAME",
        ),
        (&["inspect", "--hmac-secret=V"], "no --hmac-secret", "--secret-file FILE"),
        (&["inspect", "-s", "V"], "no -s", "--secret-file FILE"),
        (&["inspect", "--token", "x"], "no --token", "heistctl inspect < token.txt"),
        (&["inspect", "-f", "x"], "no -f", "heistctl inspect < token.txt"),
        (&["inspect", "--public-key", "p.pem"], "no --public-key", "--key p.pem"),
        (&["inspect", "--jwks-uri", "https://x/jwks"], "no --jwks-uri", "--jwks-url https://x/jwks"),
        (&["inspect", "--audience", "api"], "no --audience", "--aud api"),
        (&["inspect", "--algorithm", "RS256"], "no --algorithm", "--alg RS256"),
        (&["inspect", "--payload"], "no --payload", "--raw claims"),
        (&["inspect", "--verify"], "no --verify", "--key public.pem"),
        (&["inspect", "--skew", "5s"], "no --skew", "--leeway 5s"),
        (&["inspect", "--ignore-exp"], "no --ignore-exp", "--now"),
        (&["inspect", "--pretty"], "no --pretty", "--json"),
        (&["inspect", "-k"], "no -k", "--cacert"),
        (&["inspect", "--client-secret-file", "x"], "no --client-secret-file", "--secret-file"),
        (&["client", "add", "a", "--scopes", "x:y"], "heistctl client add has no --scopes", "--scope x:y"),
        (&["client", "create", "a", "--scopes", "x:y"], "heistctl client add has no --scopes", "--scope x:y"),
        (&["client", "add", "a", "--secret", "x"], "no --secret", "--secret-stdin < FILE"),
        (&["client", "add", "--id", "a"], "no --id", "the id is an argument"),
        (&["client", "set", "a", "--secret", "x"], "no --secret", "heistctl client rotate ID --secret-stdin"),
        (&["client", "set", "a", "--ttl", "5m"], "no --ttl", "--lifetime 5m"),
        (&["client", "rotate", "a", "--force"], "no --force", "--now"),
        (&["client", "remove", "a", "-y"], "no -y", "leave it out"),
        (&["client", "rm", "a", "--force"], "heistctl client remove has no --force", "leave it out"),
        (&["client", "import", "--file", "x"], "no --file", "heistctl client import clients.jsonl"),
        (&["client", "hash", "--secret", "x"], "no --secret", "heistctl client hash < FILE"),
        (&["client", "list", "--db", "x"], "no --db", "--store sqlite:heistctl.db"),
        (&["client", "list", "--config-file", "my.toml"], "no --config-file", "--config my.toml"),
        (&["client", "list", "--output", "json"], "no --output", "--json"),
        (&["key", "generate", "--alg", "RS256"], "no --alg", "--algorithm"),
        (&["key", "generate", "--bits", "4096"], "no --bits", "--algorithm RS256"),
        (&["key", "retire", "--kid", "a"], "no --kid", "the id is an argument"),
    ]);
}

/// `-- --port` would start a command of that name.
#[test]
fn a_flag_is_not_suggested_as_a_value() {
    for (command, word) in [("serve", "--port"), ("call", "-O"), ("token", "--log"), ("call", "--bearer")] {
        let ran = heistctl([command, word, "x"]).run().fails(2, &["error: usage: ", word]);
        assert!(!ran.stderr.contains(&format!("-- {word}")), "{ran}");
    }
}

#[test]
fn words_that_lack_their_flag_get_it() {
    are_explained(&[
        (
            &["call", "--scope", "a", "b", "http://127.0.0.1:1/"],
            "\"b\" is not part",
            "hint: quote it: --scope 'a b'",
        ),
        (
            &["call", "--scope", "a", "http://h/", "http://h/b"],
            "\"http://h/b\" is a second URL",
            "quote a URL",
        ),
        (&["mint", "--aud", "a", "b"], "\"b\" is not part", "--aud a --aud b"),
        (&["mint", "{\"sub\":\"a\"}", "--key", "k"], "without its flag", "hint: --claims '{\"sub\":\"a\"}'"),
        (&["mint", "--claim", "sub=a"], "no --claim", "hint: --claims '{\"sub\":\"a\"}'"),
        (&["mint", "--payload", "{\"sub\":\"a\"}"], "no --payload", "hint: --claims '{\"sub\":\"a\"}'"),
        (&["mint", "--claim"], "no --claim", "hint: --claims @claims.json"),
        (&["mint", "--alg", "none"], "\"none\" is not a signature algorithm", "hint: --broken alg-none"),
        (&["mint", "--expires", "-1h"], "it is negative", "--broken expired"),
        (&["client", "list", "--scope", "a"], "no --scope", "heistctl client list --json | jq"),
        (&["status"], "no command \"status\"", "hint: heistctl health"),
    ]);
}

#[test]
fn values_of_other_kinds_are_answered_with_the_right_one() {
    let folder = folder(&[
        ("list.toml", "[[resource]]\nid = 'https://a.example.com'\naccept = ['Bearer', 'mtls']\n"),
        ("heist.toml", "issuer = 'https://as.example.com'\n"),
        ("json.toml", "{\"issuer\": \"https://x\"}\n"),
    ]);
    let key = folder.path().join("key.pem");
    std::fs::write(&key, Key::for_alg("ES256").private_pem()).unwrap();
    let variable = ["call", "--token-url", "http://127.0.0.1:1/", "$HEISTCTL_URL/x"];
    for (typed, cause, cure) in [
        (
            &["serve", "--check", "--config", "list.toml"][..],
            "not offered",
            "accept = [\"bearer\", \"certificate\"]",
        ),
        (&["serve", "--check", "--config", "json.toml"], "this is JSON", "issuer = \"https://x\"\n"),
        (
            &["mint", "--key", "key.pem", "--alg", "RS256"],
            "not one for RS256",
            "key.pem is for ES256: leave out --alg",
        ),
        (
            &["inspect", "--issuer", "as.example.com", "eyJhbGciOiJIUzI1NiJ9.e30.c2ln"],
            "no scheme",
            "--issuer https://as.example.com\n",
        ),
        (&variable, "was not expanded", "-- sh -c '"),
        (&["call", "-X", "get", "http://127.0.0.1:1/"], "methods are case-sensitive", "hint: -X GET"),
    ] {
        let ran = heistctl(typed).env("HEISTCTL_CLIENT_ID", "a").env("HEISTCTL_CLIENT_SECRET", "b");
        let ran = ran.in_folder(folder.path()).run().exits(2);
        assert!(ran.stderr.contains(cause) && ran.stderr.contains(cure), "{ran}");
    }
    let weak = heistctl(["serve", "--check"])
        .env("HEISTCTL_SIGNING_SECRET", "secret")
        .in_folder(key.parent().unwrap());
    weak.run().fails(2, &["hint: export HEISTCTL_SIGNING_SECRET=$(head -c 32 /dev/urandom | base64)"]);
    let port = heistctl(["serve", "--demo"]).env("HEISTCTL_LISTEN", "80800").run();
    port.fails(2, &["is a port above 65535", "127.0.0.1:8001"]);
}

#[test]
fn an_address_of_the_wrong_scheme_is_answered_with_the_issuer() {
    let server = demo();
    let secure = server.url().replace("http:", "https:");
    let ran = heistctl(["token", "--no-cache", "--issuer", &secure]).envs(&HACKER).run().exits(6);
    assert!(ran.stderr.ends_with(&format!("--issuer {}\n", server.url())), "{ran}");
}
