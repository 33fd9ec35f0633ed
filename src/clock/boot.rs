//! Time since this machine booted. It cannot be set and is the same for all processes. On Linux it also
//! counts while the machine sleeps (CLOCK_BOOTTIME).

/// Identifies the current boot. Processes of the same boot read the same clock.
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// Milliseconds since boot.
#[cfg(target_os = "linux")]
pub(super) fn millis() -> i64 {
    use rustix::time::{ClockId, clock_gettime};
    let since = clock_gettime(ClockId::Boottime);
    since.tv_sec.saturating_mul(1000).saturating_add(since.tv_nsec / 1_000_000)
}

/// Milliseconds since the first call in this process.
#[cfg(not(target_os = "linux"))]
pub(super) fn millis() -> i64 {
    use std::sync::OnceLock;
    use std::time::Instant;
    static FIRST: OnceLock<Instant> = OnceLock::new();
    i64::try_from(FIRST.get_or_init(Instant::now).elapsed().as_millis()).unwrap_or(i64::MAX)
}

/// The ID of the current boot. `None` means that no other process can share this clock.
pub(super) fn id() -> Option<String> {
    let id = std::fs::read_to_string(BOOT_ID).ok()?;
    Some(id.trim().to_owned()).filter(|id| !id.is_empty())
}
