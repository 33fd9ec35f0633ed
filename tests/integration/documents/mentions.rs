//! Links lead somewhere, and each command and flag that the documents name is one of the program's.

use super::{blocks_in, document, documents};
use crate::support::repository;
use clap::{Command, CommandFactory};
use heistctl::cli::Cli;

const README_LINES: usize = 250;
/// Flags of the scripts in benches.
const OF_SCRIPTS: [&str; 1] = ["quick"];

/// A document's lines outside of its blocks.
fn prose(text: &str) -> Vec<&str> {
    let mut inside = false;
    let outside = text.lines().filter(|line| {
        let fence = line.trim_start().starts_with("```");
        inside ^= fence;
        !inside && !fence
    });
    outside.collect()
}

/// The anchors of a document's headings, as GitHub makes them.
fn anchors(text: &str) -> Vec<String> {
    let headings = prose(text).into_iter().filter(|line| line.starts_with('#'));
    let anchor = |heading: &str| -> String {
        let text = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = text.chars().filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    headings.map(anchor).collect()
}

/// The targets of a text's links.
fn links(text: &str) -> Vec<String> {
    let lines = prose(text);
    let targets = lines.iter().flat_map(|line| line.split("](").skip(1));
    targets.filter_map(|rest| rest.split_once(')')).map(|(target, _)| target.to_owned()).collect()
}

/// What is wrong with a link of a document.
fn broken(name: &str, target: &str) -> Option<String> {
    if target.starts_with("https://") {
        return None;
    }
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
    let path = match file {
        "" => repository().join(name),
        file => repository().join(folder).join(file),
    };
    let Ok(text) = std::fs::read_to_string(&path) else {
        return (!path.exists()).then(|| format!("{name}: there is no {target}"));
    };
    let is_there = anchor.is_empty() || anchors(&text).iter().any(|known| known == anchor);
    (!is_there).then(|| format!("{name}: no heading for {target}"))
}

/// The packages that tests/interop pins: the end of each one's link, and its version.
fn pinned() -> Vec<(String, String)> {
    let read = |name: &str| std::fs::read_to_string(repository().join("tests/interop").join(name)).unwrap();
    let npm: serde_json::Value = serde_json::from_str(&read("package.json")).unwrap();
    let npm = npm["dependencies"].as_object().unwrap();
    let mut pinned: Vec<(String, String)> = npm
        .iter()
        .map(|(name, version)| (format!("/{name})"), version.as_str().unwrap().to_owned()))
        .collect();
    let pip = read("requirements.txt");
    let pip = pip.lines().filter_map(|line| line.split_once("=="));
    pinned.extend(pip.map(|(name, version)| (format!("/{name}/)"), version.to_owned())));
    for name in ["openidconnect", "oauth2"] {
        let cargo = read(&format!("{name}/Cargo.toml"));
        let version = cargo.split("version = \"=").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        pinned.push((format!("/{name})"), version.to_owned()));
    }
    pinned
}

#[test]
fn the_versions_of_client_libraries_are_those_that_run() {
    let document = document("docs/client-libraries.md");
    let mut told = 0;
    for (link, version) in pinned() {
        for line in document.lines().filter(|line| line.contains(&link)) {
            assert!(line.contains(&version), "{line} lacks {version}");
            told += 1;
        }
    }
    assert!(told >= 11, "{told} packages are linked");
}

#[test]
fn links_lead_somewhere() {
    let all = documents();
    let checked = all.iter().flat_map(|(name, text)| links(text).into_iter().map(move |link| (name, link)));
    let wrong: Vec<String> = checked.filter_map(|(name, link)| broken(name, &link)).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(all.iter().map(|(_, text)| links(text).len()).sum::<usize>() > 20);
    assert!(broken("README.md", "docs/absent.md").is_some() && broken("README.md", "#absent").is_some());
}

#[test]
fn the_readme_is_short() {
    let lines = document("README.md").lines().count();
    assert!(lines <= README_LINES, "{lines} lines");
}

/// What is wrong with the flags of a command as a document writes it; other programs are nobody's business here.
fn unknown(text: &str, program: &Command) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().take_while(|word| *word != "--").collect();
    let first = words.first()?;
    let named = if *first == "heistctl" { &words[1..] } else { &words[..] };
    let mut command = program;
    let mut at = 0;
    while let Some(below) = named.get(at).and_then(|word| command.find_subcommand(word)) {
        command = below;
        at += 1;
    }
    let is_ours = *first == "heistctl" || at > 0 || first.starts_with("--");
    let flags = named.iter().filter_map(|word| word.strip_prefix("--"));
    let flags =
        flags.map(|flag| flag.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').next().unwrap_or(""));
    let anywhere = at == 0;
    let known = |flag: &str| if anywhere { has_below(program, flag) } else { has(command, flag) };
    let wrong = flags.filter(|_| is_ours).find(|flag| !known(flag))?;
    Some(format!("{text}: there is no --{wrong}"))
}

fn has(command: &Command, flag: &str) -> bool {
    flag == "help"
        || OF_SCRIPTS.contains(&flag)
        || command.get_arguments().any(|known| known.get_long() == Some(flag))
}

fn has_below(command: &Command, flag: &str) -> bool {
    has(command, flag) || command.get_subcommands().any(|below| has_below(below, flag))
}

/// Commands as a text names them: between backticks, and in its blocks for sh.
fn named(name: &str, text: &str) -> Vec<String> {
    let spans = prose(text).into_iter().flat_map(|line| line.split('`').skip(1).step_by(2));
    let blocks = blocks_in(name, text).into_iter().filter(|block| block.language == "sh");
    let lines = blocks.flat_map(|block| {
        let parts = block.text.lines().flat_map(|line| line.split(['|', '&', ';'])).map(str::trim);
        parts.filter(|part| part.starts_with("heistctl ")).map(str::to_owned).collect::<Vec<_>>()
    });
    spans.map(str::to_owned).chain(lines).collect()
}

#[test]
fn flags_are_those_of_the_program() {
    let mut program = Cli::command();
    program.build();
    let wrong = |(name, text): &(String, String)| {
        let named = named(name, text).into_iter();
        named.filter_map(|text| Some(format!("{name}: {}", unknown(&text, &program)?))).collect::<Vec<_>>()
    };
    let wrong: Vec<String> = documents().iter().flat_map(wrong).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    for (text, is_known) in [
        ("heistctl token --scope a", true),
        ("token --issuer", true),
        ("token --tls-cert", false),
        ("--tls-cert", true),
        ("--absent", false),
        ("heistctl client add --lifetime 1h", true),
        ("heistctl client show --lifetime 1h", false),
        ("heistctl serve -- token --absent", true),
        ("cargo run --release", true),
    ] {
        assert_eq!(unknown(text, &program).is_none(), is_known, "{text}");
    }
}
