//! Request ids: a random prefix per process and a number. They identify a request in logs and are not
//! secret.

use super::canonical::usable_id;
use crate::jose::digest::hex;

pub(super) struct RequestIds {
    prefix: String,
    next: u64,
}

impl RequestIds {
    /// Ids with a prefix of four random bytes.
    #[must_use]
    pub(super) fn new(random: [u8; 4]) -> Self {
        Self { prefix: hex(&random), next: 0 }
    }

    /// The next id, or the given one if it is suitable for logs.
    pub(super) fn next(&mut self, given: Option<&str>) -> String {
        if let Some(given) = given.filter(|given| usable_id(given)) {
            return given.to_owned();
        }
        self.next += 1;
        format!("{}-{:x}", self.prefix, self.next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_differ_and_a_given_one_is_kept_where_it_is_harmless() {
        let mut ids = RequestIds::new([1, 2, 3, 255]);
        assert_eq!((ids.next(None), ids.next(None)), ("010203ff-1".to_owned(), "010203ff-2".to_owned()));
        assert_eq!(ids.next(Some("trace-7")), "trace-7");
        assert_eq!(ids.next(Some("a b")), "010203ff-3");
    }
}
