//! The grants, one file each.

pub mod client_credentials;
