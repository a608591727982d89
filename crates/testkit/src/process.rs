//! What the kernel tells about a process, and which cores it may use.
//!
//! Linux only: it reads `/proc` and pins with `taskset`, which every Debian has.

use std::fs;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

/// Clock ticks per second in `/proc/PID/stat`. Linux has shown 100 to user space on every platform for decades.
const TICKS_PER_SECOND: f64 = 100.0;

/// A process's memory, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// Resident set size.
    pub rss_bytes: u64,
    /// Proportional set size: shared pages are divided among those who share them.
    pub pss_bytes: u64,
}

/// How much memory the process has now.
///
/// # Errors
/// The process is gone.
pub fn memory(pid: u32) -> Result<Memory> {
    let read = |name: &str| {
        let path = format!("/proc/{pid}/{name}");
        fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))
    };
    let rss_bytes = kib_field(&read("status")?, "VmRSS:").context("no VmRSS in /proc/PID/status")?;
    let pss_bytes = kib_field(&read("smaps_rollup")?, "Pss:").context("no Pss in /proc/PID/smaps_rollup")?;
    Ok(Memory { rss_bytes, pss_bytes })
}

fn kib_field(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kib| kib * 1024)
}

/// The processor time, user and system, that all threads of the process have used since it started.
///
/// # Errors
/// The process is gone.
pub fn cpu_time(pid: u32) -> Result<Duration> {
    let path = format!("/proc/{pid}/stat");
    let stat = fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
    let ticks = cpu_ticks(&stat).with_context(|| format!("cannot understand {path}"))?;
    Ok(Duration::from_secs_f64(ticks as f64 / TICKS_PER_SECOND))
}

/// Fields 14 (`utime`) and 15 (`stime`). Field 2 is the command's name, which may hold spaces and parentheses.
fn cpu_ticks(stat: &str) -> Option<u64> {
    let after_name = &stat[stat.rfind(')')? + 1..];
    let mut fields = after_name.split_whitespace().skip(11);
    Some(fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?)
}

/// A command that will run on that core only; anywhere if there is none.
pub fn command_on(core: Option<usize>, program: impl AsRef<std::ffi::OsStr>) -> Command {
    match core {
        Some(core) => {
            let mut command = Command::new("taskset");
            command.args(["-c", &core.to_string()]).arg(program);
            command
        }
        None => Command::new(program),
    }
}

/// Moves this process, all its threads, to that core.
///
/// # Errors
/// There is no `taskset` or no such core.
pub fn pin_self(core: usize) -> Result<()> {
    let pid = std::process::id().to_string();
    let output = Command::new("taskset")
        .args(["-a", "-c", "-p", &core.to_string(), &pid])
        .output()
        .context("cannot run taskset (package util-linux)")?;
    ensure!(
        output.status.success(),
        "taskset cannot pin to core {core}: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(())
}

/// Lets a process, all its threads and whatever it will start use every core.
///
/// # Errors
/// There is no `taskset` or no such process.
pub fn unpin(pid: u32) -> Result<()> {
    let cores = fs::read_to_string("/sys/devices/system/cpu/online")?;
    let output = Command::new("taskset")
        .args(["-a", "-c", "-p", cores.trim(), &pid.to_string()])
        .output()
        .context("cannot run taskset (package util-linux)")?;
    ensure!(
        output.status.success(),
        "taskset cannot unpin {pid}: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(())
}

/// Raises the limit of open files as far as it goes; tells how many there may be.
///
/// # Errors
/// The kernel refuses.
pub fn raise_open_files() -> Result<u64> {
    rlimit::increase_nofile_limit(u64::MAX).context("cannot raise the limit of open files")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_behind_an_odd_name() {
        let stat = "42 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 250 50 0 0";
        assert_eq!(cpu_ticks(stat), Some(300));
        assert_eq!(cpu_ticks("42 (cut) S 1"), None);
        assert_eq!(kib_field("VmHWM:\t 9 kB\nVmRSS:\t  12 kB\n", "VmRSS:"), Some(12 * 1024));
    }

    #[test]
    fn this_process_uses_memory_and_time() {
        let pid = std::process::id();
        let memory = memory(pid).unwrap();
        assert!(memory.rss_bytes > 0 && memory.pss_bytes <= memory.rss_bytes);
        cpu_time(pid).unwrap();
        assert!(cpu_time(u32::MAX).is_err());
    }
}
