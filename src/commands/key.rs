//! `heistctl key`: manages the signing keys in the store. Running servers pick up changes within two seconds.

mod named;
pub mod report;

use super::Report;
use super::environment::user;
use super::history::{self, Subject};
use super::store::place::StorePlace;
use super::store::{Absent, OpenStore, StoreUrl, failed};
use super::store_key::{
    NEW_STORE_KEY, STORE_KEY, keys_failed, new_sealing_key, present_sealing_key, sealing_key,
};
use crate::cli::{KeyArgs, KeyCommand, ResealArgs, RetireArgs, RotateKeyArgs};
use crate::clock::{Timestamp, relative};
use crate::exit::{Exit, Failure};
use crate::jose::algorithm::Algorithm;
use crate::jose::sealing::SealingKey;
use crate::registry::keys::persistence::{self, KeysError};
use crate::registry::keys::{ChangeError, JWKS_MAX_AGE, KeyRecord, Stage, StoreKeys};
use crate::registry::store::Store;
use crate::registry::store::history::Author;
use crate::registry::{secret_sealing, shared_clock};
use report::KeysReport;

/// Runs the command.
///
/// # Errors
/// Exit 2 if the keys' states do not allow the change, 1 where the store fails.
pub fn run(args: &KeyArgs) -> anyhow::Result<Report> {
    let place = StorePlace::of_flags(&args.store)?;
    let url = &place.url;
    let absent = match args.command {
        KeyCommand::Generate(_) => Absent::Made,
        KeyCommand::List | KeyCommand::History => place.absent_for_list(),
        _ => Absent::Missed,
    };
    let opened = url.open_by(&args.store, absent)?;
    let named = place.note(&opened, absent);
    let OpenStore { store, name, warnings, .. } = opened;
    store.sign(Author::new(&format!("key {}", args.command.name()), &user()));
    if let KeyCommand::History = args.command {
        let notes = warnings.into_iter().chain([named]).collect();
        return Ok(history::of(store, Subject::Keys, args.store.json, notes)?.into());
    }
    // The servers' clocks count: with a local clock that is ahead, a new key would sign too early. Only
    // servers delete retired keys.
    let clock = shared_clock::open(store.as_ref()).map_err(|error| failed(&error))?;
    let now = clock.ends(clock.now());
    // Only subcommands that make keys need a store key.
    let makes = matches!(args.command, KeyCommand::Generate(_) | KeyCommand::Rotate(_));
    let sealing = if makes { sealing_key(url)? } else { None };
    let reseal = match &args.command {
        KeyCommand::Reseal(args) => Some(Reseal::of(args, url)?),
        _ => None,
    };
    let work = KeyContext { store: store.as_ref(), sealing, now };
    let done = match &args.command {
        KeyCommand::List | KeyCommand::History => Ok((None, Vec::new())),
        KeyCommand::Generate(generate) => work.generate(generate.algorithm),
        KeyCommand::Rotate(rotate) => work.rotate(rotate),
        KeyCommand::Retire(retire) => work.retire(retire),
        KeyCommand::Reseal(_) => reseal.map_or(Ok((None, Vec::new())), |reseal| work.reseal(&reseal)),
    };
    let (kid, said) = done.map_err(|error| work.failed(&error))?;
    let (_, keys) = persistence::load(store.as_ref()).map_err(|error| keys_failed(&error))?;
    let mut notes: Vec<String> = warnings.into_iter().chain([named]).chain(said).collect();
    if keys.0.is_empty() && !args.store.json {
        notes.push(format!("there is no key in {name}; a server makes one on its first start"));
    }
    let shown = kid.map_or_else(|| keys.0.iter().map(|key| key.kid.clone()).collect(), |kid| vec![kid]);
    Ok(Report::Keys(KeysReport { keys, shown, json: args.store.json, now, notes }))
}

/// The current store key, and the new one for `key reseal`.
struct Reseal {
    from: Option<SealingKey>,
    to: Option<SealingKey>,
}

impl Reseal {
    fn of(args: &ResealArgs, url: &StoreUrl) -> Result<Self, Failure> {
        let wrong = |what: &str| Failure::new(Exit::Usage, "store", what);
        if args.unseal {
            if matches!(url, StoreUrl::Postgres { .. }) {
                return Err(wrong("signing keys in PostgreSQL are always sealed").hint("omit --unseal"));
            }
            return Ok(Self { from: sealing_key(url)?, to: None });
        }
        let to = new_sealing_key(args.new_key_file.as_deref())?.ok_or_else(|| {
            wrong("there is no new store key").hint(format!(
                "openssl rand -base64 32 > new.key makes one; --new-key-file new.key or {NEW_STORE_KEY} gives it"
            ))
        })?;
        // The new key opens the keys if the command is repeated.
        let from = present_sealing_key()?.map_or_else(|| to.clone(), |from| to.clone().beside(from));
        Ok(Self { from: Some(from), to: Some(to) })
    }
}

struct KeyContext<'a> {
    store: &'a dyn Store,
    sealing: Option<SealingKey>,
    now: Timestamp,
}

/// The affected key, and the notes.
type KeyOutcome = (Option<String>, Vec<String>);

impl KeyContext<'_> {
    fn failed(&self, error: &KeysError) -> Failure {
        let KeysError::Change(ChangeError::Missing(typed)) = error else { return keys_failed(error) };
        let keys = persistence::load(self.store).map(|(_, keys)| keys).unwrap_or_default();
        named::missing(typed, &keys, self.now)
    }

    fn make(&self, algorithm: Option<Algorithm>, lost_store_key: bool) -> Result<KeyRecord, KeysError> {
        let (_, mut keys) = persistence::load(self.store)?;
        let algorithm = keys.next_algorithm(algorithm);
        if lost_store_key {
            keys = StoreKeys::default();
        }
        Ok(keys.make(Some(algorithm), self.now, self.sealing.as_ref())?)
    }

    fn generate(&self, algorithm: Option<Algorithm>) -> Result<KeyOutcome, KeysError> {
        let made = self.make(algorithm, false)?;
        persistence::change(self.store, |keys| {
            keys.fit(self.sealing.as_ref())?;
            keys.add(made.clone(), self.now);
            Ok(())
        })?;
        Ok((Some(made.kid), Vec::new()))
    }

    fn rotate(&self, args: &RotateKeyArgs) -> Result<KeyOutcome, KeysError> {
        let made = self.make(args.algorithm, args.lost_store_key)?;
        if args.now {
            let old = persistence::change(self.store, |keys| {
                let old = ending(keys, self.now);
                if !args.lost_store_key {
                    keys.fit(self.sealing.as_ref())?;
                }
                keys.replace(made.clone(), self.now);
                keys.forget_ended();
                Ok(old)
            })?;
            return Ok((Some(made.kid), broken(&old, self.now)));
        }
        let kid = persistence::change(self.store, |keys| {
            keys.fit(self.sealing.as_ref())?;
            keys.rotate(made.clone(), self.now)?;
            Ok(keys.newest().map(|key| key.kid.clone()))
        })?;
        Ok((kid, Vec::new()))
    }

    fn reseal(&self, reseal: &Reseal) -> Result<KeyOutcome, KeysError> {
        // First: the old store key still opens the signing keys if a secret does not open.
        let secrets = secret_sealing::reseal(self.store, reseal.from.as_ref(), reseal.to.as_ref())?;
        let (count, was_sealed) = persistence::change(self.store, |keys| {
            let was_sealed = keys.0.iter().any(|key| key.private.is_sealed());
            keys.reseal(reseal.from.as_ref(), reseal.to.as_ref())?;
            Ok((keys.0.len(), was_sealed))
        })?;
        let also =
            (secrets > 0).then(|| format!("the secrets of clients that sign with them ({secrets}) are, too"));
        let said = if reseal.to.is_none() && !was_sealed {
            "the keys are already unsealed: nothing has changed".to_owned()
        } else if reseal.to.is_some() {
            format!(
                "the keys ({count}) are sealed with the new store key: set it as {STORE_KEY} for servers and commands"
            )
        } else {
            format!(
                "the keys ({count}) are no longer sealed: {STORE_KEY} is not needed, and anyone who can read the store has them"
            )
        };
        Ok((None, [said].into_iter().chain(also).collect()))
    }

    fn retire(&self, args: &RetireArgs) -> Result<KeyOutcome, KeysError> {
        let ends = persistence::change(self.store, |keys| {
            let mine: Vec<_> =
                ending(keys, self.now).into_iter().filter(|(kid, _)| *kid == args.kid).collect();
            keys.retire(&args.kid, self.now)?;
            keys.forget_ended();
            Ok(mine)
        })?;
        let mut said = vec![format!("key {} is retired and deleted", args.kid)];
        said.extend(lost(&ends, self.now));
        Ok((Some(args.kid.clone()), said))
    }
}

/// The keys that tokens may still depend on, each with the latest expiry of those tokens.
fn ending(keys: &StoreKeys, now: Timestamp) -> Vec<(String, Timestamp)> {
    let vouches = |key: &&KeyRecord| {
        key.longest > 0 && matches!(keys.stage(key, now), Stage::Signing | Stage::Retiring)
    };
    let last = |key: &KeyRecord| keys.retires(key).unwrap_or_else(|| now.after(key.lives()));
    keys.0.iter().filter(vouches).map(|key| (key.kid.clone(), last(key))).collect()
}

/// The consequences of removing a key at once.
fn broken(old: &[(String, Timestamp)], now: Timestamp) -> Vec<String> {
    let minutes = JWKS_MAX_AGE.as_secs() / 60;
    let mut said = lost(old, now);
    said.push(format!(
        "verifiers with a cached JWKS accept the old tokens, and refuse new ones, for up to {minutes} minutes"
    ));
    said
}

fn lost(old: &[(String, Timestamp)], now: Timestamp) -> Vec<String> {
    let sentence = |(kid, end): &(String, Timestamp)| {
        let when = relative(i128::from(end.unix()), now);
        format!(
            "tokens that key {kid} has signed are refused from now on; the last would have expired {when}"
        )
    };
    old.iter().map(sentence).collect()
}
