//! Processes whose wall clock is wrong, by a few lines of C that are preloaded into them.
//!
//! Debian's `faketime` does the same and more, and for that asks for memory while the process's allocator begins: with one
//! that looks at the clock then, both wait for each other.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::{env, fs, process};

use anyhow::{Context as _, Result, ensure};

/// What the preloaded lines read.
pub(super) const OFF_BY: &str = "CLOCK_OFF_BY_SECONDS";

const SOURCE: &str = include_str!("wrong_clock.c");

/// The library to preload, compiled when it is asked for first by the C compiler that every Rust toolchain links with;
/// nothing where that does not work.
pub(super) fn library() -> Option<&'static Path> {
    static LIBRARY: OnceLock<Option<PathBuf>> = OnceLock::new();
    LIBRARY.get_or_init(|| compile().ok()).as_deref()
}

fn compile() -> Result<PathBuf> {
    let beside = env::current_exe()?.parent().context("a program is in no directory")?.to_owned();
    // Several processes may do so at the same time.
    let source = beside.join(format!("wrong_clock.{}.c", process::id()));
    let fresh = source.with_extension("so");
    fs::write(&source, SOURCE)?;
    let cc = env::var_os("CC").unwrap_or_else(|| "cc".into());
    let status = Command::new(cc).args(["-shared", "-fPIC", "-O1", "-o"]).arg(&fresh).arg(&source).status();
    fs::remove_file(&source)?;
    ensure!(status.context("there is no C compiler")?.success(), "the C compiler failed");
    let library = beside.join("wrong_clock.so");
    fs::rename(&fresh, &library)?;
    Ok(library)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_has_another_time() {
        let date = |off_by: &str| -> i64 {
            let mut command = Command::new("date");
            command.arg("+%s").env("LD_PRELOAD", library().unwrap()).env(OFF_BY, off_by);
            String::from_utf8(command.output().unwrap().stdout).unwrap().trim().parse().unwrap()
        };
        let (right, later, earlier) = (date("0"), date("3600"), date("-3600"));
        assert!((3_600..3_660).contains(&(later - right)), "{right} {later}");
        assert!((3_540..=3_600).contains(&(right - earlier)), "{right} {earlier}");
    }
}
