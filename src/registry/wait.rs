//! The waits of a request. A server's workers wait for nothing: where an answer would have to, they say so and go
//! on, and another thread answers the request.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// The store is asked for a client that is not in the cache.
    Lookup,
    /// The store is asked whether what the cache has is what stands there, before it is a reason to refuse.
    Confirm,
    /// The store is to record something for a client that has proven who it is.
    Write,
    /// A secret is checked against a slow hash (argon2id).
    Secret,
    /// A client's keys are fetched from its `jwks_uri`.
    Keys,
}

impl Wait {
    /// All of them, each at its [`Wait::index`].
    pub const ALL: [Self; 5] = [Self::Lookup, Self::Confirm, Self::Write, Self::Secret, Self::Keys];

    /// Its place in [`Wait::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// The answer needs something that takes its time, and this run may not wait for it. Nothing has been
/// changed that a second run would change again. Where there is no second run, this is what callers see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many requests are waiting already; try again in a moment")]
pub struct WouldWait(pub Wait);

/// The waits that a run may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitPolicy([bool; Wait::ALL.len()]);

impl WaitPolicy {
    /// For nothing.
    pub const NONE: Self = Self([false; Wait::ALL.len()]);
    /// For everything.
    pub const ALL: Self = Self([true; Wait::ALL.len()]);

    /// The same, and for that. Who may write may look up and confirm, too: after a write nothing may make the
    /// run begin again, since an id that was recorded would then count as used. What is not confirmed is looked
    /// up where that is asked.
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

    /// Nothing, where it may wait for that.
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
