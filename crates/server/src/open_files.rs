//! The limit of open files, which is the limit of connections.

/// Too few for more than a trial.
const LOW: u64 = 4096;

/// Left for the store, the log and everything that is no connection.
const RESERVED: u64 = 128;

/// How many files this process may open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenFiles(u64);

impl OpenFiles {
    /// Raises the process's limit as far as it may, and says so where it is low all the same.
    pub fn raise() -> Self {
        // The soft limit is low only for the sake of programs that use select(2), which Chinwag does not.
        let limit = rlimit::increase_nofile_limit(u64::MAX).unwrap_or_else(|error| {
            tracing::warn!(%error, "the limit of open files cannot be raised");
            rlimit::Resource::NOFILE.get().map_or(1024, |(soft, _)| soft)
        });
        if limit < LOW {
            tracing::warn!(
                limit,
                "few files may be open, so few clients may connect; raise the hard limit (ulimit -Hn, LimitNOFILE=)"
            );
        }
        Self(limit)
    }

    /// How many connections that allows, or fewer where the configuration says so.
    #[must_use]
    pub fn max_connections(self, configured: usize) -> usize {
        let possible = usize::try_from(self.0.saturating_sub(RESERVED)).unwrap_or(usize::MAX).max(1);
        if configured == 0 { possible } else { configured.min(possible) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_files_for_everything_else() {
        assert_eq!(OpenFiles(1024).max_connections(0), 896);
        assert_eq!(OpenFiles(1024).max_connections(5000), 896);
        assert_eq!(OpenFiles(1024).max_connections(10), 10);
        assert_eq!(OpenFiles(16).max_connections(0), 1);
    }
}
