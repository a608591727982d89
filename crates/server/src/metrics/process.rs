//! The process's own figures, read when somebody asks for them.

use super::names;

/// Records memory and file descriptors. Where there is no `/proc`, there are no such figures.
pub(super) fn record() {
    if let Some(bytes) = resident_bytes() {
        ::metrics::gauge!(names::PROCESS_RESIDENT_MEMORY_BYTES).set(as_figure(bytes));
    }
    if let Some(seconds) = cpu_seconds() {
        ::metrics::gauge!(names::PROCESS_CPU_SECONDS).set(seconds);
    }
    if let Ok(entries) = std::fs::read_dir("/proc/self/fd") {
        // The directory itself is open while it is counted.
        let open = entries.count().saturating_sub(1);
        ::metrics::gauge!(names::PROCESS_OPEN_FDS).set(as_figure(open as u64));
    }
    if let Ok((soft, _)) = rlimit::Resource::NOFILE.get() {
        ::metrics::gauge!(names::PROCESS_MAX_FDS).set(as_figure(soft));
    }
}

fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

/// The processor time that the process has used, in user and kernel.
fn cpu_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // What is before the last parenthesis is the name, which may hold anything.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |place: usize| fields.get(place)?.parse::<u64>().ok();
    // Linux counts hundredths of a second here, whatever its own clock does.
    Some(as_figure(ticks(11)? + ticks(12)?) / 100.0)
}

/// Prometheus knows no other numbers; what is beyond 2^53 need not be exact.
fn as_figure(number: u64) -> f64 {
    number as f64
}
