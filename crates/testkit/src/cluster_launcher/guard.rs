//! Sees to it that nothing outlives the test, however that ends.

use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use anyhow::{Context as _, Result};
use parking_lot::Mutex;

/// Reads of processes that came and went, and ends those that are left when its input does.
const GUARD: &str = r#"
left=" "
while read -r what pid; do
  case $what in
    came) left="$left$pid " ;;
    went) left="${left%% "$pid" *} ${left#* "$pid" }" ;;
    keep) keep=1 ;;
  esac
done
for pid in $left; do kill -KILL "$pid" 2>/dev/null; done
[ -n "$keep" ] || rm -rf "$1"
"#;

/// A shell that waits for the end of this process, and then ends the processes that it was told of and removes the
/// directory.
///
/// The kernel's own way, a signal at the parent's death, is bound to the *thread* that started the process, and threads
/// of a runtime come and go.
#[derive(Debug)]
pub(super) struct Guard {
    shell: Child,
    input: Mutex<Option<ChildStdin>>,
}

impl Guard {
    pub(super) fn start(directory: &Path) -> Result<Self> {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", GUARD, "guard"]).arg(directory).process_group(0);
        let mut shell =
            shell.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().context("cannot start a shell")?;
        let input = shell.stdin.take();
        Ok(Self { shell, input: Mutex::new(input) })
    }

    pub(super) fn came(&self, pid: u32) {
        self.say(&format!("came {pid}"));
    }

    pub(super) fn went(&self, pid: u32) {
        self.say(&format!("went {pid}"));
    }

    /// The directory is wanted after the end.
    pub(super) fn keep(&self) {
        self.say("keep now");
    }

    fn say(&self, line: &str) {
        if let Some(input) = self.input.lock().as_mut() {
            // A guard that somebody has killed cannot guard.
            let _ = writeln!(input, "{line}");
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        drop(self.input.lock().take());
        let _ = self.shell.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(pid: u32) -> bool {
        Path::new(&format!("/proc/{pid}")).exists()
    }

    #[test]
    fn what_is_left_ends_with_the_guard_and_what_went_is_not_touched() {
        let directory = tempfile::tempdir().unwrap().keep();
        let guard = Guard::start(&directory).unwrap();
        let mut children: Vec<Child> =
            (0..3).map(|_| Command::new("sleep").arg("60").spawn().unwrap()).collect();
        for child in &children {
            guard.came(child.id());
        }
        guard.went(children[1].id());
        drop(guard);
        assert!(!directory.exists());
        assert!(!children[0].wait().unwrap().success() && !children[2].wait().unwrap().success());
        assert!(runs(children[1].id()));
        children[1].kill().unwrap();
        children[1].wait().unwrap();
    }
}
