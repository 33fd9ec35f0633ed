//! How a store is opened: what may become of its tables.

/// What opening may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenMode {
    /// Tables that are not there are made; older ones are brought up to date.
    Make,
    /// Older tables are brought up to date. Where there are none, [`super::StoreError::NoStore`].
    Existing,
    /// Nothing is changed. Older tables are [`super::StoreError::Older`].
    Look,
}
