//! Extra arguments of `serve`, `token`, `call` and `inspect`. After `token` and `call` people type secrets, so
//! a word is shown there only if it is known, close to a known one, a URL or a scope.

use super::foreign_commands::{ADVICE, WORDS, row};
use super::nearest::nearest;
use super::shown::{HIDDEN, plain_word, shown};
use super::unknown_command::commands_with;
use super::value_parsers::parse_address;
use super::word_kind::{is_method, is_scope_like, is_web_url};
use super::{Cli, TypedCommandLine};
use crate::text::shell_word;
use clap::CommandFactory;

/// The word as shown, the problem, and the hint.
type StrayWord = (String, (&'static str, String));

const SECOND_URL: &str = "is a second URL; heistctl call takes one";

const BEFORE: &str = "is before --; the command goes after it";

/// Programs that people run beside a server. Another word may be a secret.
const PROGRAMS: &str = "bash bun bundle cargo curl deno docker dotnet env go gradle java jest just make mvn node npm \
                        npx php phpunit pip pnpm podman poetry pytest python python3 rake rspec ruby sh sleep task \
                        time timeout tox true uv vitest watch xargs yarn zsh";

fn is_program(word: &str) -> bool {
    let is_path = word.starts_with(['/', '.']) && word.contains('/');
    let is_script = [".sh", ".py", ".js", ".ts", ".rb"].iter().any(|end| word.ends_with(end));
    PROGRAMS.split_whitespace().any(|program| program == word) || is_path || is_script
}

impl TypedCommandLine {
    /// A word that may be shown where a secret is likely.
    fn is_ordinary(&self, word: &str) -> bool {
        let lower = word.to_ascii_lowercase();
        plain_word(word).is_some()
            && (is_web_url(word) || is_scope_like(word) || is_method(word) || self.is_near_known(&lower))
    }

    /// Whether the word is a command, a flag or another tool's word for one, up to one typing error.
    fn is_near_known(&self, lower: &str) -> bool {
        let words = WORDS.iter().chain(ADVICE).flat_map(|(_, words, _)| words.split_whitespace());
        let flags = self.command.get_arguments().filter_map(|arg| arg.get_long());
        let known: Vec<String> = words.chain(flags).map(str::to_owned).chain(command_names()).collect();
        // A digit makes a password of a word.
        let is_word = lower.len() > 3 && !lower.bytes().any(|byte| byte.is_ascii_digit());
        known.iter().any(|known| known == lower)
            || is_word && nearest(lower, known.into_iter()).is_some_and(|(_, distance)| distance <= 1)
    }

    fn shown_if_ordinary(&self, word: &str) -> String {
        if self.is_ordinary(word) { shown(word) } else { HIDDEN.to_owned() }
    }

    /// A word after `serve` may be a secret, unless it is known.
    pub(super) fn beside_serve(&self, word: &str) -> StrayWord {
        let (why, hint) = self.explain_beside_serve(word);
        let is_known = why != BEFORE || is_program(word);
        (if is_known { shown(word) } else { HIDDEN.to_owned() }, (why, hint))
    }

    fn explain_beside_serve(&self, word: &str) -> (&'static str, String) {
        const EXTRA: &str = "is an extra argument";
        let plain = plain_word(word);
        if word.ends_with(".toml") {
            return (EXTRA, format!("heistctl serve --config {}", plain.unwrap_or("FILE")));
        }
        if word.ends_with(".yaml") || word.ends_with(".yml") || word.ends_with(".json") {
            return (EXTRA, "heistctl serve --config heist.toml: the configuration is TOML".to_owned());
        }
        let lower = word.to_ascii_lowercase();
        let demo = if self.own().iter().any(|typed| typed == "--demo") { " --demo" } else { "" };
        if let Some(cure) = row(ADVICE, "serve", &lower) {
            return (EXTRA, cure.to_owned());
        }
        if let Some(meant) = row(WORDS, "serve", &lower) {
            return (EXTRA, format!("heistctl {meant}{demo}"));
        }
        if let Some(address) = address(word) {
            return ("is an address without its flag", format!("heistctl serve{demo} --listen {address}"));
        }
        let longs = self.command.get_arguments().filter_map(|arg| arg.get_long()).map(str::to_owned);
        if let Some((long, 1)) = nearest(&lower, longs) {
            return ("is not a flag", format!("heistctl serve --{long}"));
        }
        if command_names().any(|name| name == lower) {
            return ("is another command; give one at a time", other_command(&lower));
        }
        let rest: Vec<&str> =
            self.own().iter().skip_while(|typed| *typed != word).map(String::as_str).collect();
        let words: Option<Vec<_>> = rest.iter().map(|word| plain_word(word).map(shell_word)).collect();
        let command = match (plain.filter(|word| is_program(word)), words.filter(|words| words.len() > 1)) {
            (Some(_), Some(words)) => words.join(" "),
            (Some(plain), None) => format!("{} …", shell_word(plain)),
            (None, _) => "COMMAND …".to_owned(),
        };
        (BEFORE, format!("heistctl serve{demo} -- {command}"))
    }

    pub(super) fn beside_token(&self, word: &str) -> StrayWord {
        let why = "is an extra argument; heistctl token takes flags only";
        let lower = word.to_ascii_lowercase();
        let hint = if is_web_url(word) {
            let is_endpoint = word.trim_end_matches('/').ends_with("token");
            let url = plain_word(word).unwrap_or("URL");
            if is_endpoint {
                format!("--token-url {url}")
            } else {
                format!("--issuer {url}, or --token-url URL")
            }
        } else if is_host(word) {
            let scheme = if word.starts_with(|c: char| c.is_ascii_digit()) || word.starts_with("localhost") {
                "http"
            } else {
                "https"
            };
            return (shown(word), (why, format!("--issuer {scheme}://{word}")));
        } else if let Some(meant) = row(WORDS, "token", &lower) {
            match meant {
                "inspect" => "heistctl token | heistctl inspect".to_owned(),
                meant => format!("heistctl {meant}"),
            }
        } else if let Some((name, _)) = nearest(&lower, command_names()).filter(|_| self.is_ordinary(word)) {
            return (shown(word), ("is another command; give one at a time", other_command(&name)));
        } else if is_scope_like(word) && plain_word(word).is_some() {
            format!("--scope {word} requests a scope")
        } else {
            "--scope 'a b' takes scopes, --client-id ID a client, --profile NAME a profile; a secret goes into --client-secret-file FILE or \
             HEISTCTL_CLIENT_SECRET"
                .to_owned()
        };
        (self.shown_if_ordinary(word), (why, hint))
    }

    pub(super) fn beside_call(&self, word: &str) -> StrayWord {
        let url = self.own().iter().filter_map(|typed| plain_word(typed)).rfind(|typed| is_web_url(typed));
        let url = url.unwrap_or("URL");
        if let Some(method) = self.own().iter().find(|typed| is_method(typed)) {
            let hint = format!("heistctl call -X {} {url}", method.to_ascii_uppercase());
            return (shown(method), ("is a method, not a URL", hint));
        }
        let is_body = |typed: &&String| typed.starts_with(['{', '[', '@']);
        if let Some(body) =
            self.own().iter().find(is_body).filter(|_| self.own().contains(&"--json".to_owned()))
        {
            let body = plain_word(body).map_or_else(|| "'{…}'".into(), shell_word);
            let why = "is a body, but --json takes no value";
            return (HIDDEN.to_owned(), (why, format!("heistctl call --json-body {body} {url}")));
        }
        if let Some((name, hint)) = of_httpie(word, url) {
            return (
                format!("\"{name}…\""),
                ("is not an argument of heistctl call", format!("heistctl call {hint}")),
            );
        }
        let scope = self.own().iter().find(|typed| is_scope_like(typed) && plain_word(typed).is_some());
        if let Some(scope) = scope {
            return (
                shown(scope),
                ("is not a URL; it looks like a scope", format!("heistctl call --scope {scope} {url}")),
            );
        }
        let hint = "quote a URL that has blanks; scopes go into --scope 'a b'".to_owned();
        (self.shown_if_ordinary(word), (SECOND_URL, hint))
    }

    /// `inspect decode TOKEN`: the first word is the command of another tool.
    pub(super) fn beside_inspect(&self) -> StrayWord {
        let first = self.own().iter().find(|typed| !typed.starts_with('-')).map_or("", String::as_str);
        let meant = row(WORDS, "", &first.to_ascii_lowercase());
        if meant == Some("inspect") || first == "token" {
            let why = "is not needed: heistctl inspect decodes and judges";
            return (shown(first), (why, "heistctl inspect < token.txt".to_owned()));
        }
        let why = "is a second token; heistctl inspect takes one";
        (HIDDEN.to_owned(), (why, "--diff OTHER compares two tokens".to_owned()))
    }
}

fn command_names() -> impl Iterator<Item = String> {
    let all = Cli::command();
    let names: Vec<String> = all.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    names.into_iter()
}

fn other_command(name: &str) -> String {
    let found = commands_with(|command| command.get_name() == name);
    found.into_iter().next().unwrap_or_else(|| "heistctl -h".to_owned())
}

/// `as.example.com`, `localhost:8001`, `127.0.0.1:8001`
fn is_host(word: &str) -> bool {
    if word.parse::<std::net::SocketAddr>().is_ok() || word == "localhost" {
        return true;
    }
    let (host, port) = word.split_once(':').unwrap_or((word, "443"));
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
    };
    port.parse::<u16>().is_ok()
        && (host == "localhost" || host.contains('.'))
        && host.split('.').all(is_label)
}

/// `8001`, `:8001`, `0.0.0.0:8001`, `http://127.0.0.1:8001`: the address that was meant.
fn address(word: &str) -> Option<String> {
    let error = match parse_address(word) {
        Ok(address) => return Some(address.to_string()),
        Err(error) => error,
    };
    let is_like = is_web_url(word)
        || word.trim_start_matches([':', '*']).bytes().all(|byte| byte.is_ascii_digit())
        || word.parse::<std::net::IpAddr>().is_ok()
        || word.strip_prefix("localhost:").is_some();
    let hint = error.hint.filter(|_| is_like && !word.is_empty())?;
    let meant = hint.strip_prefix("write ")?.split([',', ';', ' ']).next()?.to_owned();
    parse_address(&meant).is_ok().then_some(meant)
}

/// `name=value`, `name:=1`, `name==value` and `Name:value` of httpie: the name with its sign, and what
/// heistctl takes instead. The value may be a secret.
fn of_httpie<'a>(word: &'a str, url: &str) -> Option<(&'a str, String)> {
    let end = word.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_'))?;
    let (name, rest) = word.split_at(end);
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic()) && plain_word(name).is_some();
    let (sign, hint) = if rest.starts_with("==") {
        (2, format!("'{url}?{name}=VALUE'"))
    } else if rest.starts_with(":=") {
        (2, format!("--json-body '{{\"{name}\":1}}' {url}"))
    } else if rest.starts_with('=') {
        (1, format!("--json-body '{{\"{name}\":\"…\"}}' {url}"))
    } else if rest.starts_with(':') && name.starts_with(|c: char| c.is_ascii_uppercase()) {
        (1, format!("-H '{name}: VALUE' {url}"))
    } else {
        return None;
    };
    is_name.then(|| (&word[..end + sign], hint))
}
