//! `heistctl trust test`: which client a token of a trusted issuer would be, by the rules and the engine of the
//! server.

pub mod report;

use super::Report;
use super::configuration::file;
use super::environment::{Sourced, agent, named_file, stdin};
use super::inspect::reading::strip;
use super::serve::trusts::{self, TrustSettings};
use super::session::connection::DEFAULT_TIMEOUT;
use super::store::place::StorePlace;
use super::store::{Absent, failed};
use crate::cli::{StoreArgs, TrustArgs, TrustCommand, TrustTestArgs};
use crate::clock::Timestamp;
use crate::exit::{Exit, Failure};
use crate::issuer::trust::check::{self, IdentityCheck, IdentityDoor, IdentityStep, StepOutcome};
use crate::issuer::trust::preset::IdentityKind;
use crate::issuer::trust::{TrustKeys, TrustedIssuer, TrustedIssuers, matching};
use crate::jose::compact::Jws;
use crate::jose::keyset::KeySet;
use crate::json::{Json, Object};
use crate::os_error::plain_chain;
use crate::registry::Client;
use crate::registry::store::ClientTrait;
use report::{PHASE, RuleReport, StepReport, TrustTestReport};
use std::path::Path;
use std::sync::Arc;

/// The most clients of a store that are compared.
const MAX_STORED: usize = 10_000;

/// Runs the command.
///
/// # Errors
/// Exit 2 if there is no configuration, or one with mistakes; 9 if the token cannot be read; 5 to 7 if keys cannot
/// be fetched.
pub fn run(args: &TrustArgs) -> anyhow::Result<Report> {
    let TrustCommand::Test(test) = &args.command;
    let config = args.store.config.as_deref();
    let found = file::find(config)?.ok_or_else(|| {
        Failure::new(Exit::Usage, PHASE, "there is no heist.toml here")
            .hint("--config names the server's configuration, which has the rules")
    })?;
    let mut settings = trusts::read(&found, &file::read_text(&found)?)?;
    let notes = stored(&args.store, &mut settings)?;
    let token = token(test)?;
    let jws = check::read(&token).map_err(|fault| {
        Failure::new(Exit::Unreadable, PHASE, fault.why)
            .hint("it takes the token that the platform gives a job")
    })?;
    let report = examined(&jws, &settings, test)?;
    Ok(Report::Trust(Box::new(TrustTestReport { json: args.store.json, notes, ..report })))
}

fn token(args: &TrustTestArgs) -> Result<String, Failure> {
    let given = String::from_utf8_lossy(args.token.expose()).into_owned();
    let text = if given == "-" {
        let bytes = stdin().map_err(|error| Failure::new(Exit::Unreadable, PHASE, plain_chain(&error)))?;
        String::from_utf8_lossy(&bytes).into_owned()
    } else {
        given
    };
    Ok(strip(&text).token)
}

/// Adds the clients of the store, if there is one.
fn stored(flags: &StoreArgs, settings: &mut TrustSettings) -> Result<Vec<String>, Failure> {
    if settings.is_in_memory && flags.url.is_none() {
        return Ok(Vec::new());
    }
    let place = StorePlace::of_flags(flags)?;
    // The server makes the store that its configuration names.
    let absent = if flags.url.is_some() { place.absent_for_list() } else { Absent::Empty };
    let opened = place.url.open_by(flags, absent)?;
    let found = opened.store.clients_with(ClientTrait::Federated, MAX_STORED);
    for listed in found.map_err(|error| failed(&error))? {
        let Ok(stored) = listed.stored else { continue };
        let is_disabled = stored.record.disabled;
        let Ok(client) = stored.made() else { continue };
        if is_disabled {
            settings.disabled.insert(client.id.clone());
        }
        settings.clients.push(Arc::new(client));
    }
    Ok(vec![place.note(&opened, absent)])
}

/// The report about a token. Fetches keys only with `--online`.
fn examined(
    jws: &Jws<'_>,
    settings: &TrustSettings,
    args: &TrustTestArgs,
) -> Result<TrustTestReport, Failure> {
    let nothing = Object::default();
    let claims = jws.peek_unverified().unwrap_or(&nothing);
    let trusts = TrustedIssuers::new(settings.trusts.clone());
    let Some(trust) = trusts.of(jws).or_else(|| trusts.of_spiffe(claims)) else {
        return Ok(untrusted(claims, settings));
    };
    let keys = keys(trust, args)?;
    let issuer = args.issuer.as_ref().or(settings.issuer.as_ref()).ok_or_else(|| {
        Failure::new(Exit::Usage, PHASE, "the configuration has no issuer, for which the token must be")
            .hint("--issuer https://tokens.example.com, as clients know the server")
    })?;
    let is_jag = trust.preset.kind == IdentityKind::IdJag;
    let check = IdentityCheck {
        jws,
        claims,
        trust,
        door: if is_jag { IdentityDoor::Grant } else { IdentityDoor::Client },
        audience: issuer,
        leeway: settings.leeway,
        now: args.now.unwrap_or_else(Timestamp::now),
    };
    let steps = check.outcomes(keys.as_ref()).into_iter();
    let checks: Vec<StepReport> = steps.map(|(step, outcome)| step_report(step, outcome)).collect();
    let (clients, only) = compared(settings, trust, claims, args.client.as_deref());
    let (client_id, reason) = match only {
        Ok(client) => (Some(client.id.clone()), None),
        Err(why) => (None, Some(why)),
    };
    let is_sound = checks.iter().all(|step| step.status != "fail");
    Ok(TrustTestReport {
        accepted: is_sound && client_id.is_some(),
        client_id,
        trust: Some(trust.name.clone()),
        verified: keys.is_some(),
        checks,
        clients,
        reason,
        ..untrusted(claims, settings)
    })
}

/// The report about a token whose issuer is not trusted.
fn untrusted(claims: &Object, settings: &TrustSettings) -> TrustTestReport {
    let text = |name| claims.get(name).and_then(Json::as_str).map(str::to_owned);
    let names: Vec<&str> = settings.trusts.iter().map(|trust| trust.issuer.as_str()).collect();
    let message = match names.as_slice() {
        [] => "no issuer is trusted: heist.toml has no [[trust]]".to_owned(),
        names => format!("the trusted issuers are {}", names.join(", ")),
    };
    TrustTestReport {
        accepted: false,
        client_id: None,
        trust: None,
        iss: text("iss"),
        sub: text("sub"),
        verified: false,
        checks: vec![StepReport { name: IdentityStep::Issuer.name(), status: "fail", message }],
        clients: Vec::new(),
        reason: None,
        json: false,
        notes: Vec::new(),
    }
}

fn step_report(step: IdentityStep, outcome: StepOutcome) -> StepReport {
    let name = step.name();
    match outcome {
        StepOutcome::Passed => StepReport { name, status: "pass", message: String::new() },
        StepOutcome::Failed(message) => StepReport { name, status: "fail", message },
        StepOutcome::Skipped => {
            let message = "not checked: --online fetches the issuer's keys, --keys FILE has them".to_owned();
            StepReport { name, status: "skip", message }
        }
    }
}

/// The clients with rules and whether they fit, and the only one that does.
fn compared<'a>(
    settings: &'a TrustSettings,
    trust: &TrustedIssuer,
    claims: &Object,
    named: Option<&str>,
) -> (Vec<RuleReport>, Result<&'a Arc<Client>, String>) {
    let tried: Vec<&Arc<Client>> =
        settings.clients.iter().filter(|client| named.is_none_or(|id| client.id == id)).collect();
    let is_disabled = |client: &Client| settings.disabled.contains(&client.id);
    let tested = |client: &Client| {
        matching::fits(client, trust, claims)?;
        if is_disabled(client) { Err("it fits, but the client is disabled".to_owned()) } else { Ok(()) }
    };
    let report = |client: &&Arc<Client>| {
        let found = tested(client);
        RuleReport { client_id: client.id.clone(), fits: found.is_ok(), reason: found.err() }
    };
    let clients = tried.iter().map(report).collect();
    let only = match (named, tried.first()) {
        (Some(id), None) => Err(format!("there is no client {id:?} with rules")),
        (Some(_), Some(client)) => tested(client).map(|()| *client),
        (None, _) => {
            matching::only(settings.clients.iter().filter(|client| !is_disabled(client)), trust, claims)
        }
    };
    (clients, only)
}

/// The keys of the issuer: of the flag, of the configuration's file, or fetched.
fn keys(trust: &TrustedIssuer, args: &TrustTestArgs) -> Result<Option<KeySet>, Failure> {
    if let Some(path) = &args.keys {
        return key_file(path).map(Some);
    }
    match &trust.keys {
        TrustKeys::Fixed(keys) => Ok(Some(keys.as_ref().clone())),
        TrustKeys::At(_) if args.online => {
            trusts::fetched(trust, &agent(DEFAULT_TIMEOUT, None)?).map(Some).map_err(|why| {
                Failure::new(Exit::Unreachable, PHASE, format!("the keys of {}: {why}", trust.issuer))
                    .hint("--keys FILE takes them from a file; without --online the signature is not checked")
            })
        }
        TrustKeys::At(_) => Ok(None),
    }
}

fn key_file(path: &Path) -> Result<KeySet, Failure> {
    let read = named_file(&Sourced::new(path.to_owned(), "--keys"), PHASE)?;
    let set = KeySet::read(read.value.expose(), &read.origin).map_err(|error| {
        Failure::new(Exit::Usage, PHASE, format!("--keys {}: {error}", read.origin))
            .hint("it takes a JWK Set or a PEM of public keys")
    })?;
    Ok(set.of_a_client())
}
