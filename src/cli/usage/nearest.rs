//! Names close to a mistyped one.

/// The closest name: typing errors in proportion to its length, or the beginning of the name.
pub(super) fn similar(typed: &str, known: impl Iterator<Item = String>) -> Option<String> {
    nearest(typed, known).map(|(name, _)| name)
}

/// The closest name, and how many typing errors are between.
pub(super) fn nearest(typed: &str, known: impl Iterator<Item = String>) -> Option<(String, usize)> {
    let most = match typed.chars().count() {
        0..8 => 1,
        8..14 => 2,
        _ => 3,
    };
    let is_begun = |known: &str| typed.len() > 3 && known.starts_with(typed);
    known
        .map(|known| {
            let distance = strsim::damerau_levenshtein(typed, &known);
            (known, distance)
        })
        .filter(|(known, distance)| *distance <= most || is_begun(known))
        .min_by_key(|(_, distance)| *distance)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_name_has_few_typing_errors_for_its_length() {
        let known =
            || ["token", "serve", "client-id", "client-secret-file", "store"].map(str::to_owned).into_iter();
        for (typed, meant) in [
            ("tokne", Some("token")),
            ("serv", Some("serve")),
            ("cliet-id", Some("client-id")),
            ("client-secret-fil", Some("client-secret-file")),
            ("client-secret", Some("client-secret-file")),
            ("store-key", None),
            ("silent", None),
            ("x", None),
        ] {
            assert_eq!(similar(typed, known()).as_deref(), meant, "{typed}");
        }
    }
}
