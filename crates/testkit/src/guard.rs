//! Sees to it that nothing outlives this process, however that ends: no process that it started, no directory that it made.
//!
//! The kernel's own way, a signal at the parent's death, is bound to the *thread* that started the process, and threads of
//! a runtime come and go.

use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use anyhow::{Context as _, Result};
use parking_lot::Mutex;

use crate::daemon::Signal;

/// Reads what is to be ended and what has ended by itself. When there is no more to read, this process is gone: ends what
/// is left, first the processes, then the directories, which may still be written to for a moment.
const SHELL: &str = r#"
while read -r word what; do
  case $word in
    began) set -- "$@" "$what" ;;
    ended) for each do shift; [ "$each" = "$what" ] || set -- "$@" "$each"; done ;;
  esac
done
for each do
  case $each in /*) ;; *) kill -s "${each% *}" "${each#* }" 2>/dev/null ;; esac
done
for each do
  case $each in
    /*) for attempt in 1 2 3 4 5 6 7 8 9 10; do rm -rf "$each" 2>/dev/null && break; sleep 0.3; done ;;
  esac
done
"#;

/// The shell that guards this process. It ends after it, never with it.
static GUARD: Mutex<Option<Shell>> = Mutex::new(None);

/// A process or a directory that ends with this process at the latest. Whoever drops this has ended it already.
#[derive(Debug)]
pub(crate) struct Guarded(String);

impl Guarded {
    /// Guards a process, to be ended by that signal.
    pub(crate) fn process(pid: u32, by: Signal) -> Result<Self> {
        Self::begin(format!("{} {pid}", by.name()))
    }

    /// Guards a directory.
    pub(crate) fn directory(path: &Path) -> Result<Self> {
        let path = std::path::absolute(path)?;
        Self::begin(path.to_str().context("a directory whose name is not UTF-8")?.to_owned())
    }

    fn begin(what: String) -> Result<Self> {
        let mut guard = GUARD.lock();
        let shell = match &mut *guard {
            Some(shell) => shell,
            none => none.insert(Shell::start()?),
        };
        shell.say("began", &what).context("the guard was killed")?;
        Ok(Self(what))
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        if let Some(shell) = GUARD.lock().as_mut() {
            // A guard that somebody has killed cannot guard.
            let _ = shell.say("ended", &self.0);
        }
    }
}

struct Shell {
    input: ChildStdin,
    _process: Child,
}

impl Shell {
    fn start() -> Result<Self> {
        let mut shell = Command::new("/bin/sh");
        // Whoever stops the test with Ctrl-C stops it alone.
        shell.args(["-c", SHELL]).process_group(0);
        shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut process = shell.spawn().context("cannot start a shell")?;
        let input = process.stdin.take().context("a shell without input")?;
        Ok(Self { input, _process: process })
    }

    fn say(&mut self, word: &str, what: &str) -> std::io::Result<()> {
        self.input.write_all(format!("{word} {what}\n").as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_ends_with_the_process_and_what_ended_before_is_not_touched() {
        let directories = [(); 2].map(|()| tempfile::Builder::new().prefix("a b ").tempdir().unwrap().keep());
        let mut shell = Shell::start().unwrap();
        let mut children: Vec<Child> =
            (0..3).map(|_| Command::new("sleep").arg("60").spawn().unwrap()).collect();
        let entry = |child: &Child| format!("KILL {}", child.id());
        let mut entries: Vec<String> = children.iter().map(entry).collect();
        entries.extend(directories.iter().map(|directory| directory.display().to_string()));
        for entry in &entries {
            shell.say("began", entry).unwrap();
        }
        shell.say("ended", &entries[1]).unwrap();
        shell.say("ended", &entries[3]).unwrap();
        let Shell { input, _process: mut process } = shell;
        drop(input);
        process.wait().unwrap();
        assert!(!children[0].wait().unwrap().success() && !children[2].wait().unwrap().success());
        assert!(children[1].try_wait().unwrap().is_none());
        assert!(directories[0].exists() && !directories[1].exists());
        children[1].kill().unwrap();
        children[1].wait().unwrap();
        std::fs::remove_dir(&directories[0]).unwrap();
    }
}
