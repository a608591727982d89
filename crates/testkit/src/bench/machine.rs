//! What the figures were taken on, without a date: the same machine gives the same words.

use std::fs;

use anyhow::Result;

use super::Bench;
use crate::daemon::version;
use crate::launcher::NO_LIMITS;

/// Names and values, in the order they are shown.
pub(super) fn describe(bench: &Bench) -> Result<Vec<(&'static str, String)>> {
    let options = &bench.options;
    let pinning = match bench.server_core {
        Some(core) => format!("server on core {core}, load on core {}", options.load_core),
        None => "server and load on the same core".to_owned(),
    };
    let mut lines = vec![
        ("Machine", format!("{}; {pinning}", hardware()?)),
        ("System", format!("{}, data on {}", system(), filesystem(bench))),
        ("Busy", busy()),
        ("Version", version(&bench.binary, "--version")?),
        ("Command", command()),
        (
            "Server flags",
            format!(
                "`chinwag serve {}` beside address, data directory and token secret",
                NO_LIMITS.join(" ")
            ),
        ),
        (
            "Runs",
            format!(
                "{} of {:.1} s each after {:.1} s of warm-up",
                options.runs(),
                options.measured_for().as_secs_f64(),
                options.warm_up().as_secs_f64()
            ),
        ),
    ];
    lines.extend(bench.peers.iter().map(|(peer, description)| (peer.name(), description.clone())));
    lines.extend(bench.skipped.iter().map(|skipped| ("Not here", skipped.clone())));
    Ok(lines)
}

/// Processor, cores and memory.
pub(crate) fn hardware() -> Result<String> {
    let cpu = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown processor".to_owned());
    let cores = fs::read_to_string("/proc/cpuinfo")?.lines().filter(|l| l.starts_with("processor")).count();
    let memory = field("/proc/meminfo", "MemTotal").unwrap_or_default();
    let memory_kib: f64 = memory.trim_end_matches("kB").trim().parse().unwrap_or(f64::NAN);
    Ok(format!("{cpu}, {cores} cores, {:.0} GiB memory", memory_kib / 1024.0 / 1024.0))
}

/// The distribution and the kernel.
pub(crate) fn system() -> String {
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let system = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let system = system.lines().find_map(|line| line.strip_prefix("PRETTY_NAME=")).unwrap_or("Linux");
    format!("{}, Linux {}", system.trim_matches('"'), kernel.trim())
}

/// The load average of the last minute: what else was going on when the measurement began.
pub(crate) fn busy() -> String {
    let averages = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let tasks = averages.split(' ').next().unwrap_or("unknown");
    format!("{tasks} runnable tasks in the minute before; rates need a machine that is quiet")
}

fn field(path: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// What was typed, with cargo's part instead of the path of the program.
pub(crate) fn command() -> String {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    format!("`cargo run --release -p chinwag-testkit -- {}`", arguments.join(" "))
}

/// The kind of file system that data directories are on: the longest mount point that is a prefix.
fn filesystem(bench: &Bench) -> String {
    let scratch = bench.scratch.canonicalize().unwrap_or_else(|_| bench.scratch.clone());
    let mounts = fs::read_to_string("/proc/mounts").unwrap_or_default();
    let mounts = mounts.lines().filter_map(|line| {
        let mut fields = line.split(' ').skip(1);
        Some((fields.next()?, fields.next()?))
    });
    mounts
        .filter(|(point, _)| scratch.starts_with(point))
        .max_by_key(|(point, _)| point.len())
        .map_or_else(|| "an unknown file system".to_owned(), |(_, kind)| kind.to_owned())
}
