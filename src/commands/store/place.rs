//! Where the store is. Server and commands find it in the same way: flag, variable, configuration, service
//! manager, the folder of the configuration, else the user's own.

use super::{Absent, FLAG, OpenStore, PHASE, PriorStore, STORE, StoreUrl};
use crate::cli::{ServeArgs, StoreArgs};
use crate::commands::configuration::file::{self, DEFAULT_FILE, folder_of};
use crate::commands::environment::{Sourced, data_folder, path_var, var};
use crate::commands::serve::config::Config;
use crate::exit::{Exit, Failure};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The name of a store that nothing names.
const FILE: &str = "heistctl.db";
/// Names the state folder of a service of systemd (`StateDirectory=`).
const STATE_DIRECTORY: &str = "STATE_DIRECTORY";

/// A store's address, and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorePlace {
    pub url: StoreUrl,
    /// `--store`, `HEISTCTL_STORE`, `store in heist.toml`, ….
    pub origin: String,
    /// Whether nothing names the store.
    pub is_default: bool,
}

/// A configuration, as far as it says where the store is.
pub struct ConfiguredStore<'a> {
    pub file: &'a Path,
    pub store: Option<StoreUrl>,
}

impl StorePlace {
    /// The store of a server; `None` if there is no place for one.
    ///
    /// # Errors
    /// Exit 2 if an address is not valid.
    pub fn settle(
        flag: Option<&str>,
        configured: Option<ConfiguredStore<'_>>,
    ) -> Result<Option<Self>, Failure> {
        match StoreUrl::named(flag)? {
            Some(named) => Ok(Some(Self::of_named(named))),
            None => Ok(Self::of_configuration(configured)),
        }
    }

    /// The store of a server with these flags. A test leaves a store that nothing names alone.
    ///
    /// # Errors
    /// As for [`StorePlace::settle`].
    pub fn of_server(
        args: &ServeArgs,
        configured: Option<ConfiguredStore<'_>>,
    ) -> Result<Option<Self>, Failure> {
        let place = Self::settle(args.store.as_deref(), configured)?;
        let leaves = args.test && place.as_ref().is_none_or(|place| place.is_default);
        let memory = Self { url: StoreUrl::Memory, origin: "--test".to_owned(), is_default: false };
        Ok(if leaves { Some(memory) } else { place })
    }

    /// The store for a command, which finds the configuration as a server does.
    ///
    /// # Errors
    /// Exit 2 if an address or the configuration is not valid, if no store is known, or if it is in memory.
    pub fn of_command(flag: Option<&str>, config: Option<&Path>) -> Result<Self, Failure> {
        let failure = |what: &str| Failure::new(Exit::Usage, PHASE, what);
        let place = match StoreUrl::named(flag)? {
            Some(named) => Some(Self::of_named(named)),
            None => match file::find(config)? {
                Some(file) => {
                    let store = configured(&file)?;
                    Self::of_configuration(Some(ConfiguredStore { file: &file.value, store }))
                }
                None => Self::of_configuration(None),
            },
        };
        match place {
            Some(Self { url: StoreUrl::Memory, origin, .. }) => {
                let origin = if origin == FLAG { String::new() } else { format!(" ({origin})") };
                Err(failure(&format!("memory: would not outlive this command{origin}"))
                    .hint("--store sqlite:heistctl.db names a file, which a server uses, too"))
            }
            Some(place) => Ok(place),
            None => Err(failure("there is no folder for it: HOME is not set")
                .hint("--store sqlite:heistctl.db names a file")),
        }
    }

    /// The same, by the flags of a command.
    ///
    /// # Errors
    /// As for [`StorePlace::of_command`].
    pub fn of_flags(flags: &StoreArgs) -> Result<Self, Failure> {
        Self::of_command(flags.url.as_deref(), flags.config.as_deref())
    }

    /// Whether a command in this folder finds the store without flags and variables.
    #[must_use]
    pub fn is_usual(url: &StoreUrl) -> bool {
        let file = Path::new(DEFAULT_FILE).exists().then(|| Sourced::new(PathBuf::from(DEFAULT_FILE), ""));
        let store = file.as_ref().and_then(|file| configured(file).ok().flatten());
        let configured = file.as_ref().map(|file| ConfiguredStore { file: &file.value, store });
        let found = Self::of_configuration(configured);
        found.is_some_and(|found| found.url == *url && found.origin != STATE_DIRECTORY)
    }

    /// For commands that only read: nothing is created. A missing default file or database counts as empty;
    /// any other missing store is an error.
    #[must_use]
    pub const fn absent_for_list(&self) -> Absent {
        let is_there = matches!(self.url, StoreUrl::Postgres { .. });
        if is_there || self.is_default { Absent::Empty } else { Absent::Missed }
    }

    /// The note that names the store. A mistyped path shows by a store that is new.
    #[must_use]
    pub fn note(&self, opened: &OpenStore, absent: Absent) -> String {
        let news = opened.news().filter(|_| absent == Absent::Made);
        news.unwrap_or_else(|| {
            let not_yet = if opened.before == PriorStore::Nothing { ", and does not exist yet" } else { "" };
            format!("the store is {} ({}){not_yet}", self.url.name(), self.origin)
        })
    }

    fn of_named(Sourced { value, origin }: Sourced<StoreUrl>) -> Self {
        Self { url: value, origin, is_default: false }
    }

    /// The store that neither flag nor variable names.
    fn of_configuration(configured: Option<ConfiguredStore<'_>>) -> Option<Self> {
        let default = |folder: PathBuf, origin: String| Self {
            url: StoreUrl::file(&folder, FILE),
            origin,
            is_default: true,
        };
        let file = configured.as_ref().map(|configured| configured.file);
        let shown = file.map(|file| file.display().to_string()).unwrap_or_default();
        if let Some(url) = configured.and_then(|configured| configured.store) {
            return Some(Self { url, origin: format!("store in {shown}"), is_default: false });
        }
        if let Some(folder) = state_folder() {
            return Some(default(folder, STATE_DIRECTORY.to_owned()));
        }
        match file {
            Some(file) => Some(default(folder_of(file), format!("beside {shown}"))),
            None => data_folder().map(|folder| default(folder, "the user's own".to_owned())),
        }
    }
}

impl StoreUrl {
    /// The store from the flag or the variable.
    ///
    /// # Errors
    /// Exit 2 if the address is not valid.
    pub fn named(flag: Option<&str>) -> Result<Option<Sourced<Self>>, Failure> {
        let given = match flag {
            Some(flag) => Some(Sourced::new(flag.to_owned(), FLAG)),
            None => var(STORE)?,
        };
        let parse = |Sourced { value, origin }: Sourced<String>| {
            Self::parse(&value, Path::new(""), &origin).map(|url| Sourced::new(url, origin))
        };
        given.map(parse).transpose()
    }
}

/// The service's state folder. With several, the first is ours.
fn state_folder() -> Option<PathBuf> {
    let folders = path_var(STATE_DIRECTORY)?;
    let first = folders.as_os_str().as_bytes().split(|byte| *byte == b':').next().unwrap_or_default();
    let first = PathBuf::from(std::ffi::OsStr::from_bytes(first));
    first.is_absolute().then_some(first)
}

/// The store that a configuration names. A configuration with which no server starts is refused: a mistyped
/// key may be the store.
fn configured(file: &Sourced<PathBuf>) -> Result<Option<StoreUrl>, Failure> {
    let path = &file.value;
    let (config, problems) = Config::parse(&path.display().to_string(), &file::read_text(file)?);
    if let Some(failure) = Failure::of_all(problems) {
        return Err(failure);
    }
    let Some(config) = config else { return Ok(None) };
    let parse = |text: &String| StoreUrl::parse(text, &folder_of(path), "store");
    config.store.as_ref().map(parse).transpose().map_err(|failure| config.places.failing("store", failure))
}
