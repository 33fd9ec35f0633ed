//! The gate's id of a request, which the answer repeats.

use std::fmt;

/// One request of one connection, never reused. The default belongs to no request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ticket {
    pub(super) slot: usize,
    pub(super) serial: u64,
    pub(super) request: u32,
}

impl fmt::Display for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.slot, self.serial, self.request)
    }
}

impl Ticket {
    /// Parses the displayed form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '.');
        let (slot, serial, request) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Self { slot: slot.parse().ok()?, serial: serial.parse().ok()?, request: request.parse().ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_read_as_it_was_written() {
        let ticket = Ticket { slot: 3, serial: 20, request: 1 };
        assert_eq!(Ticket::parse(&ticket.to_string()), Some(ticket));
        for wrong in ["", "x", "0.0", "1.2.3.4", "18446744073709551616.0.0"] {
            assert_eq!(Ticket::parse(wrong), None, "{wrong}");
        }
    }
}
