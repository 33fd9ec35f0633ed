//! The waits of a request. A server's workers never wait: they abort a request that would have to, and
//! another thread runs it again.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// A lookup in the store of a client that is not cached.
    Lookup,
    /// A query for changes, before cached data is a reason to refuse.
    Confirm,
    /// A write to the store, for an authenticated client.
    Write,
    /// A check of a secret against a slow hash (argon2id).
    Secret,
    /// A fetch of a client's document, or of its keys from its `jwks_uri`.
    Keys,
}

impl Wait {
    /// All waits, each at its [`Wait::index`].
    pub const ALL: [Self; 5] = [Self::Lookup, Self::Confirm, Self::Write, Self::Secret, Self::Keys];

    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// The answer needs a wait that this run may not have. No change has been made that a second run would
/// repeat. If there is no second run, callers see this message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many requests are waiting already; try again in a moment")]
pub struct WouldWait(pub Wait);

/// The waits allowed in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitPolicy([bool; Wait::ALL.len()]);

impl WaitPolicy {
    pub const NONE: Self = Self([false; Wait::ALL.len()]);
    pub const ALL: Self = Self([true; Wait::ALL.len()]);

    /// Also allows `wait`. Allowing writes also allows lookups and confirmations: after a write the run must
    /// not be repeated, because a recorded ID would then count as used.
    #[must_use]
    pub const fn with(mut self, wait: Wait) -> Self {
        self.0[wait.index()] = true;
        if matches!(wait, Wait::Write) {
            self.0[Wait::Confirm.index()] = true;
        }
        if matches!(wait, Wait::Write | Wait::Confirm) {
            self.0[Wait::Lookup.index()] = true;
        }
        self
    }

    /// Checks that the run may have this wait.
    ///
    /// # Errors
    /// [`WouldWait`]
    pub const fn allow(self, wait: Wait) -> Result<(), WouldWait> {
        if self.0[wait.index()] { Ok(()) } else { Err(WouldWait(wait)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_grows_and_a_write_is_never_begun_again_for_a_lookup() {
        for wait in Wait::ALL {
            assert_eq!(Wait::ALL[wait.index()], wait);
            assert_eq!(WaitPolicy::NONE.allow(wait), Err(WouldWait(wait)));
            assert_eq!(
                (WaitPolicy::NONE.with(wait).allow(wait), WaitPolicy::ALL.allow(wait)),
                (Ok(()), Ok(()))
            );
        }
        let writes = WaitPolicy::NONE.with(Wait::Write);
        assert_eq!((writes.allow(Wait::Lookup), writes.allow(Wait::Confirm)), (Ok(()), Ok(())));
        assert_eq!(WaitPolicy::NONE.with(Wait::Confirm).allow(Wait::Lookup), Ok(()));
        assert_eq!(writes.allow(Wait::Keys), Err(WouldWait(Wait::Keys)));
        let keys = WaitPolicy::NONE.with(Wait::Lookup).with(Wait::Keys);
        assert_eq!(
            (keys.allow(Wait::Lookup), keys.allow(Wait::Write)),
            (Ok(()), Err(WouldWait(Wait::Write)))
        );
    }
}
