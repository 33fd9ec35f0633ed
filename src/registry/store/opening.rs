//! How a store is opened: whether its tables may be created or changed.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenMode {
    /// Creates missing tables and migrates older ones.
    Make,
    /// Migrates older tables. Missing tables are [`super::StoreError::NoStore`].
    Existing,
    /// Changes nothing. Older tables are [`super::StoreError::Older`].
    Look,
}
