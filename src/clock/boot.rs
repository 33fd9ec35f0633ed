//! The time since this machine has started. Nobody sets it, it runs at the same pace for all processes, and
//! on Linux it counts while the machine sleeps (CLOCK_BOOTTIME).

/// Names this run of the machine: two processes of one run read the same clock.
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// Milliseconds since the machine has started.
#[cfg(target_os = "linux")]
pub(super) fn millis() -> i64 {
    use rustix::time::{ClockId, clock_gettime};
    let since = clock_gettime(ClockId::Boottime);
    since.tv_sec.saturating_mul(1000).saturating_add(since.tv_nsec / 1_000_000)
}

/// Milliseconds since this process has asked first.
#[cfg(not(target_os = "linux"))]
pub(super) fn millis() -> i64 {
    use std::sync::OnceLock;
    use std::time::Instant;
    static FIRST: OnceLock<Instant> = OnceLock::new();
    i64::try_from(FIRST.get_or_init(Instant::now).elapsed().as_millis()).unwrap_or(i64::MAX)
}

/// The name of this run of the machine, where it has one: without it no other process reads the same clock.
pub(super) fn id() -> Option<String> {
    let id = std::fs::read_to_string(BOOT_ID).ok()?;
    Some(id.trim().to_owned()).filter(|id| !id.is_empty())
}
