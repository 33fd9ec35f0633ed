//! Parses values with a format: durations, rates, addresses, networks. Errors have the line that was meant.

use super::literal::{self, may_show, quoted};
use super::schema::{Key, plain};
use crate::cli::meant_duration;
use crate::cli::usage::value_parsers::parse_address;
use crate::clock::MAX_DURATION;
use crate::registry::networks::Networks;
use crate::registry::token_buckets::Rate;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::time::Duration;

/// The problem with a value, and the intended line.
#[derive(Debug)]
pub(crate) struct Misfit {
    pub(crate) what: String,
    pub(crate) hint: String,
}

impl Misfit {
    fn new(key: &Key, what: impl Into<String>, literal: Option<String>) -> Self {
        Self { what: what.into(), hint: key.with(literal.as_deref().unwrap_or(key.example)) }
    }
}

/// The longest duration or rate that is shown.
const MAX_SHOWN: usize = 20;

/// `1h 30m`, within limits.
pub(crate) fn length(key: &Key, text: &str, limits: &RangeInclusive<Duration>) -> Result<Duration, Misfit> {
    let time = duration(key, text, *limits.start())?;
    let (least, most) = (*limits.start(), *limits.end());
    let misfit = |beyond: String, hint: String| {
        Err(Misfit { what: format!("{} is {beyond}: {}", key.name, quoted(text)), hint })
    };
    let example = || key.with(key.example);
    if time < least {
        return misfit(format!("under {}", in_words(least)), example());
    }
    if time > most.min(MAX_DURATION) {
        let ten_years = most >= MAX_DURATION;
        let beyond =
            if ten_years { "longer than ten years".to_owned() } else { format!("over {}", in_words(most)) };
        let most = key.with(&literal::length(most));
        let hint =
            if ten_years { example() } else { format!("{most} is the most; usual is {}", key.example) };
        return misfit(beyond, hint);
    }
    Ok(time)
}

/// A limit, for a sentence.
fn in_words(time: Duration) -> String {
    match time.as_secs() {
        1 => "a second".to_owned(),
        600 => "ten minutes".to_owned(),
        3600 => "an hour".to_owned(),
        seconds if seconds % 86_400 == 0 => format!("{} days", seconds / 86_400),
        _ => humantime::format_duration(time).to_string(),
    }
}

fn duration(key: &Key, text: &str, least: Duration) -> Result<Duration, Misfit> {
    let time = humantime::parse_duration(text);
    let (name, shown) = (key.name, Shown(key.name, text));
    let wrong =
        |what: String, meant: Option<Duration>| Err(Misfit::new(key, what, meant.map(literal::length)));
    if text.is_empty() {
        return wrong(format!("{name} is empty"), None);
    }
    let meant = meant_duration(text).and_then(|meant| humantime::parse_duration(&meant).ok());
    if let (true, Some(minutes)) = (text.trim_end().ends_with('M'), meant) {
        return wrong(
            format!("{}: M means months, and m minutes", shown.text()),
            Some(minutes).filter(|time| *time >= least),
        );
    }
    if let Ok(time) = time {
        return Ok(time);
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds = text.parse().ok().filter(|seconds| (1..=MAX_DURATION.as_secs()).contains(seconds));
        return wrong(format!("{} has no unit", shown.text()), seconds.map(Duration::from_secs));
    }
    if text.starts_with('-') && text[1..].starts_with(|c: char| c.is_ascii_digit()) {
        return wrong(format!("{} is below zero", shown.text()), meant);
    }
    if text.starts_with('P') && text[1..].starts_with(|c: char| c == 'T' || c.is_ascii_digit()) {
        return wrong(format!("{} is ISO 8601, not a length as 1h 30m", shown.text()), meant);
    }
    let tail = text.trim_start_matches(|c: char| c.is_ascii_digit());
    if tail.len() < text.len() && !tail.trim().is_empty() && tail.trim().chars().all(char::is_alphabetic) {
        let unit = tail.trim();
        let what = format!("{}: {unit:?} is not a unit; the units are s, m, h and d", shown.text());
        return wrong(what, meant);
    }
    let number = text.rsplit(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
    match meant {
        Some(meant) if !number.is_empty() && !text.contains(':') => {
            wrong(format!("{} has no unit after {number}", shown.text()), Some(meant))
        }
        meant => wrong(format!("{name} is not a duration"), meant),
    }
}

/// A value with its key, or the key alone if the value may be a secret.
struct Shown<'a>(&'a str, &'a str);

impl Shown<'_> {
    fn text(&self) -> String {
        let Self(name, value) = self;
        let is_plain = value.chars().all(|c| c.is_ascii_alphanumeric() || " .-/".contains(c));
        let starts = value.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == 'P');
        if is_plain && starts && value.len() <= MAX_SHOWN {
            format!("{name} = {}", quoted(value))
        } else {
            (*name).to_owned()
        }
    }
}

/// `100/s`
pub(crate) fn rate(key: &Key, text: &str) -> Result<Rate, Misfit> {
    text.parse().map_err(|_| {
        let shown = Shown(key.name, text).text();
        let number = text.strip_prefix('-').unwrap_or(text);
        let end = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
        let (count, rest) = number.split_at(end);
        let word =
            rest.trim().trim_start_matches(['/', 'r']).trim_start_matches("per").trim_start_matches('p');
        let unit = match word.trim() {
            "" | "s" | "sec" | "secs" | "second" | "seconds" => Some("s"),
            "m" | "min" | "mins" | "minute" | "minutes" => Some("m"),
            "h" | "hr" | "hour" | "hours" => Some("h"),
            _ => None,
        };
        let meant = unit.map(|unit| format!("{count}/{unit}")).filter(|meant| meant.parse::<Rate>().is_ok());
        let zeros = !count.is_empty() && count.bytes().all(|digit| digit == b'0');
        let what = match unit {
            Some(_) if zeros => "is not a rate: it admits nothing",
            Some(_) if text.starts_with('-') && !count.is_empty() => "is not a rate: it is below zero",
            Some(_) if !count.is_empty() && meant.is_none() => "is not a rate: it is above 1000000",
            _ if rest.is_empty() && !count.is_empty() => "has no unit",
            None if !count.is_empty() => "is not a rate: the units are /s, /m and /h",
            _ => "is not a rate",
        };
        let misfit = Misfit::new(key, format!("{shown} {what}"), meant.map(|meant| quoted(&meant)));
        let is_boundless = zeros || what.ends_with("1000000");
        let hint = if is_boundless {
            format!("{}; without the line there is no such limit", misfit.hint)
        } else {
            misfit.hint
        };
        Misfit { what: misfit.what, hint }
    })
}

/// `127.0.0.1:8001`
pub(crate) fn address(key: &Key, text: &str) -> Result<SocketAddr, Misfit> {
    parse_address(text).map_err(|wrong| {
        let name = key.name;
        let what = if may_show(text) && text.contains([':', '.']) || text.parse::<u16>().is_ok() {
            format!("{name}: {} {}", quoted(text), wrong.what)
        } else {
            format!("{name} {}", wrong.what)
        };
        let hint = wrong.hint.unwrap_or_default();
        let meant = hint.split([' ', ';', ',']).find(|word| word.parse::<SocketAddr>().is_ok());
        Misfit::new(key, what, meant.map(quoted))
    })
}

/// An invalid word for a key, and the line with the intended one.
pub(crate) fn not_offered(key: &str, value: &str, words: &[&str], usual: &str) -> Misfit {
    let distance = |word: &&&str| strsim::damerau_levenshtein(&plain(value), &plain(word));
    let is_part = |word: &&&str| plain(value).len() > 2 && plain(word).contains(&plain(value));
    let near = words.iter().filter(|word| distance(word) < 2).min_by_key(distance);
    let what = match words {
        [one, other] => format!("{key} is neither {} nor {}", quoted(one), quoted(other)),
        _ if may_show(value) || near.is_some() => format!("{key} {} is not offered", quoted(value)),
        _ => format!("{key} has a value that is not offered"),
    };
    let meant = near.or_else(|| words.iter().find(is_part)).unwrap_or(&usual);
    let others = if words.len() > 2 { format!("; one of {}", words.join(", ")) } else { String::new() };
    Misfit { what, hint: format!("{key} = {}{others}", quoted(meant)) }
}

/// The highest limit of a number that messages call a range. Numbers beyond it have only a lower limit.
const MAX_RANGE: usize = 100_000;

/// A number out of range.
pub(crate) fn beyond(key: &Key, number: &str, limits: &RangeInclusive<usize>) -> Misfit {
    let (least, most) = (*limits.start(), *limits.end());
    let small = number.starts_with('-') || number.parse().is_ok_and(|number: usize| number < least);
    let limits = match (most > MAX_RANGE, small) {
        (true, true) => format!("at least {least}"),
        (true, false) => format!("at most {most}"),
        (false, _) => format!("from {least} to {most}"),
    };
    let size = if small { "small" } else { "large" };
    Misfit::new(key, format!("{} = {number} is too {size}: it is {limits}", key.name), None)
}

/// The problem with each entry that is not a network.
pub(crate) fn networks(key: &Key, listed: &[String]) -> Vec<Misfit> {
    let is_wrong = |text: &&String| Networks::parse(&[text]).is_err();
    let explained = |wrong: &String| {
        let (why, meant) = network(wrong);
        let shown = if may_show(wrong) { quoted(wrong) } else { "an entry".to_owned() };
        if matches!(wrong.as_str(), "*" | "any" | "all") {
            let hint = format!("leave {} out to admit every address; or {}", key.name, key.line());
            return Misfit { what: format!("{}: {shown} {why}", key.name), hint };
        }
        let all =
            listed.iter().flat_map(|text| if text == wrong { meant.clone() } else { vec![text.clone()] });
        let all: Vec<String> = all.collect();
        let is_right = !meant.is_empty() && Networks::parse(&all).is_ok();
        Misfit::new(key, format!("{}: {shown} {why}", key.name), is_right.then(|| literal::list(&all)))
    };
    listed.iter().filter(is_wrong).map(explained).collect()
}

/// Why a text is not a network, and the intended networks.
fn network(text: &str) -> (&'static str, Vec<String>) {
    let one = |meant: String| vec![meant];
    let text = text.trim();
    if matches!(text, "*" | "any" | "all") {
        return ("is not a network", Vec::new());
    }
    if text.contains([',', ' ']) {
        let parts = text.split([',', ' ']).filter(|part| !part.is_empty()).map(str::to_owned);
        return ("has two networks in one text", parts.collect());
    }
    if text.contains("://") {
        return ("is a URL", Vec::new());
    }
    if let Some(meant) = pattern(text) {
        return ("is a pattern", one(meant));
    }
    if let Some((first, last)) = text.split_once('-')
        && [first, last].iter().all(|end| end.parse::<IpAddr>().is_ok())
    {
        return ("is a range, and not a network", Vec::new());
    }
    if let Ok(address) = text.parse::<SocketAddr>() {
        return ("has a port", one(address.ip().to_string()));
    }
    if let Ok(address) = text.trim_matches(['[', ']']).parse::<IpAddr>() {
        return ("has brackets", one(address.to_string()));
    }
    if let Some((address, prefix)) = text.split_once('/')
        && let Ok(address) = address.parse::<IpAddr>()
    {
        return by_prefix(address, prefix);
    }
    let is_host =
        text.contains('.') && text.contains(|c: char| c.is_ascii_alphabetic()) && !text.contains(':');
    (if is_host { "is a host name" } else { "is not an address or a network" }, Vec::new())
}

fn by_prefix(address: IpAddr, prefix: &str) -> (&'static str, Vec<String>) {
    if let Ok(mask) = prefix.parse::<Ipv4Addr>() {
        let ones = mask.to_bits().leading_ones();
        let is_mask = mask.to_bits().count_ones() == ones;
        let meant = is_mask.then(|| format!("{address}/{ones}"));
        return ("has a netmask, and a network has the length of its prefix", meant.into_iter().collect());
    }
    match (prefix.parse::<u32>(), address) {
        (Ok(_), IpAddr::V4(_)) => ("has a prefix above 32", Vec::new()),
        (Ok(_), IpAddr::V6(_)) => ("has a prefix above 128", Vec::new()),
        _ => ("has a prefix that is not a number", Vec::new()),
    }
}

/// `10.0.*`
fn pattern(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.split('.').collect();
    let fixed: Vec<&str> = parts.iter().copied().take_while(|part| *part != "*").collect();
    let is_pattern =
        fixed.len() < parts.len() && parts.len() <= 4 && parts[fixed.len()..].iter().all(|part| *part == "*");
    if !is_pattern || fixed.is_empty() || !fixed.iter().all(|part| part.parse::<u8>().is_ok()) {
        return None;
    }
    let zeros = ["0"; 4];
    let address = [&fixed[..], &zeros[fixed.len()..]].concat().join(".");
    Some(format!("{address}/{}", fixed.len() * 8))
}
