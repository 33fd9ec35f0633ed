//! The `traceparent` of a request (W3C Trace Context), which joins its log lines to those of other programs. Pure.

pub const TRACEPARENT: &str = "traceparent";

/// The trace id of a `traceparent`. `None` if it is not valid, which is ignored (section 3.2.2).
#[must_use]
pub fn trace_id(value: &str) -> Option<&str> {
    let mut parts = value.splitn(5, '-');
    let mut hex = |length: usize| {
        let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        parts.next().filter(|part| part.len() == length && part.bytes().all(is_hex))
    };
    let (version, trace, parent, _flags) = (hex(2)?, hex(32)?, hex(16)?, hex(2)?);
    let is_zero = |id: &str| id.bytes().all(|byte| byte == b'0');
    // Later versions may have more parts.
    let is_complete = version != "00" || parts.next().is_none();
    (version != "ff" && !is_zero(trace) && !is_zero(parent) && is_complete).then_some(trace)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const PARENT: &str = "00f067aa0ba902b7";

    #[test]
    fn the_trace_id_of_a_valid_field_counts_and_others_are_ignored() {
        for (value, is_valid) in [
            (format!("00-{TRACE}-{PARENT}-01"), true),
            (format!("00-{TRACE}-{PARENT}-00"), true),
            (format!("cc-{TRACE}-{PARENT}-01"), true),
            (format!("cc-{TRACE}-{PARENT}-01-what-the-future-holds"), true),
            (format!("cc-{TRACE}-{PARENT}-01.more"), false),
            (format!("ff-{TRACE}-{PARENT}-01"), false),
            (format!("00-{TRACE}-{PARENT}-01-more"), false),
            (format!("00-{TRACE}-{PARENT}-01-"), false),
            (format!("00-{TRACE}-{PARENT}"), false),
            (format!("00-{TRACE}-{PARENT}-1"), false),
            (format!("0-{TRACE}-{PARENT}-01"), false),
            (format!("00-{}-{PARENT}-01", TRACE.to_uppercase()), false),
            (format!("00-{}-{PARENT}-01", "0".repeat(32)), false),
            (format!("00-{TRACE}-{}-01", "0".repeat(16)), false),
            (format!("00-{}-{PARENT}-01", &TRACE[1..]), false),
            (format!("00-{TRACE}a-{PARENT}-01"), false),
            (format!(" 00-{TRACE}-{PARENT}-01"), false),
            ("\u{e9}".repeat(28), false),
            (String::new(), false),
        ] {
            assert_eq!(trace_id(&value), is_valid.then_some(TRACE), "{value}");
        }
    }
}
