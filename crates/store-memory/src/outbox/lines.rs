//! The lines of work, and what workers do with them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;

use chinwag_chat::Timestamp;
use chinwag_chat::outbox::{
    Backlog, Job, JobId, Lease, Leased, Letters, NewWork, Part, Placing, Settlement, WorkKind,
};

/// A line: what is of one kind and key.
type LineId = (WorkKind, String);

/// All work that is owed, and the dead letters.
#[derive(Default)]
pub(crate) struct Lines {
    last_id: u64,
    owed: BTreeMap<JobId, Entry>,
    dead: BTreeMap<JobId, Entry>,
    lines: HashMap<LineId, Line>,
    /// The lines of each kind, the one that has waited longest first.
    due: BTreeSet<(WorkKind, Timestamp, String)>,
}

/// A job and the number of its newest lease.
struct Entry {
    job: Job,
    lease: u64,
    /// When it may be begun for the first time.
    not_before: Timestamp,
}

/// A line is there as long as there is work in it.
struct Line {
    jobs: BTreeSet<JobId>,
    /// When the next of its jobs may be leased: while one is held, the end of its lease.
    due_at: Timestamp,
    held: Option<JobId>,
}

impl Lines {
    /// Puts work into its lines.
    pub(crate) fn owe(&mut self, work: Vec<NewWork>, at: Timestamp) {
        for NewWork { kind, key, payload, placing, delay } in work {
            let line = (kind, key);
            let waiting = match placing {
                Placing::Behind => None,
                Placing::UnlessWaiting | Placing::InsteadOfWaiting => self.waiting(&line),
            };
            if let Some(waiting) = waiting {
                if placing == Placing::InsteadOfWaiting
                    && let Some(entry) = self.owed.get_mut(&waiting)
                {
                    entry.job.payload = payload;
                }
                continue;
            }
            self.last_id += 1;
            let (id, (kind, key), not_before) = (JobId(self.last_id), line, at.plus(delay));
            let job = Job { id, kind, key, payload, created_at: at, attempts: 0, reason: None };
            self.enqueue(Entry { job, lease: 0, not_before }, not_before);
        }
    }

    /// What waits last in a line.
    fn waiting(&self, line: &LineId) -> Option<JobId> {
        let line = self.lines.get(line)?;
        line.jobs.iter().next_back().filter(|id| line.held != Some(**id)).copied()
    }

    /// Leases the oldest job of each of the lines that have waited longest.
    pub(super) fn lease(
        &mut self,
        kinds: &[WorkKind],
        most: usize,
        now: Timestamp,
        until: Timestamp,
    ) -> Vec<Leased> {
        let mut leased = Vec::new();
        for kind in kinds {
            let free = most.saturating_sub(leased.len());
            let of_kind =
                (Bound::Included((kind.clone(), Timestamp::default(), String::new())), Bound::Unbounded);
            let ripe = self.due.range(of_kind).take_while(|(of, due_at, _)| of == kind && *due_at <= now);
            let ripe: Vec<LineId> =
                ripe.take(free).map(|(kind, _, key)| (kind.clone(), key.clone())).collect();
            leased.extend(ripe.iter().filter_map(|line| self.begin(line, until)));
        }
        leased
    }

    fn begin(&mut self, id: &LineId, until: Timestamp) -> Option<Leased> {
        let line = self.lines.get(id)?;
        let entry = self.owed.get_mut(line.jobs.first()?)?;
        entry.job.attempts += 1;
        entry.lease += 1;
        let leased =
            Leased { job: entry.job.clone(), lease: Lease { job: entry.job.id, number: entry.lease } };
        self.wait(id, until, Some(leased.job.id));
        Some(leased)
    }

    /// Ends a lease; nothing where it is not in force.
    pub(super) fn settle(&mut self, lease: Lease, how: Settlement, now: Timestamp) -> Option<()> {
        let entry = self.owed.get_mut(&lease.job).filter(|entry| entry.lease == lease.number)?;
        let line = (entry.job.kind.clone(), entry.job.key.clone());
        if self.lines.get(&line)?.held != Some(lease.job) {
            return None;
        }
        let (mut due_at, mut instead) = (now, Vec::new());
        match how {
            Settlement::Done => drop(self.remove(&line, lease.job)),
            Settlement::Split(work) => {
                drop(self.remove(&line, lease.job));
                instead = work;
            }
            Settlement::GivenBack => entry.job.attempts -= 1,
            Settlement::Retry { reason, after } => {
                due_at = now.plus(after);
                entry.job.reason = Some(reason);
            }
            Settlement::Dead { reason } => {
                entry.job.reason = Some(reason);
                let entry = self.remove(&line, lease.job)?;
                self.dead.insert(lease.job, entry);
            }
        }
        let next = self.lines.get(&line).and_then(|line| self.owed.get(line.jobs.first()?));
        let due_at = next.map_or(due_at, |next| due_at.max(next.not_before));
        self.wait(&line, due_at, None);
        self.owe(instead, now);
        Some(())
    }

    /// Jobs after that one, the oldest first.
    pub(super) fn jobs(&self, part: Part, after: Option<JobId>, most: usize) -> Vec<Job> {
        let entries = match part {
            Part::Owed => &self.owed,
            Part::Dead => &self.dead,
        };
        let begin = after.map_or(Bound::Unbounded, Bound::Excluded);
        entries.range((begin, Bound::Unbounded)).take(most).map(|(_, entry)| entry.job.clone()).collect()
    }

    /// Puts dead letters back into their lines, under their old numbers: so they come before what was noted later.
    pub(super) fn replay(&mut self, letters: &Letters, now: Timestamp) -> u64 {
        let letters = self.take_letters(letters);
        let count = letters.len() as u64;
        for Entry { job, lease, .. } in letters {
            self.enqueue(Entry { job: Job { attempts: 0, ..job }, lease, not_before: now }, now);
        }
        count
    }

    /// Throws dead letters away.
    pub(super) fn discard(&mut self, letters: &Letters) -> u64 {
        self.take_letters(letters).len() as u64
    }

    /// Takes away the dead letters that are meant and there.
    fn take_letters(&mut self, letters: &Letters) -> Vec<Entry> {
        match letters {
            Letters::Of(ids) => ids.iter().filter_map(|id| self.dead.remove(id)).collect(),
            Letters::OfKind(kind) => {
                self.dead.extract_if(.., |_, entry| entry.job.kind == *kind).map(|(_, entry)| entry).collect()
            }
        }
    }

    pub(super) fn backlog(&self, now: Timestamp) -> Backlog {
        let is_leased = |line: &&Line| line.held.is_some() && line.due_at > now;
        let oldest = self.owed.values().map(|entry| entry.job.created_at).min();
        let oldest = oldest.map_or(0, |at| now.unix_ms().saturating_sub(at.unix_ms()));
        Backlog {
            owed: self.owed.len() as u64,
            leased: self.lines.values().filter(is_leased).count() as u64,
            dead: self.dead.len() as u64,
            oldest_ms: u64::try_from(oldest).unwrap_or(0),
        }
    }

    /// Puts a job into its line. A line that is there already keeps its time.
    fn enqueue(&mut self, entry: Entry, due_at: Timestamp) {
        let Job { id, kind, key, .. } = &entry.job;
        let line = self.lines.entry((kind.clone(), key.clone())).or_insert_with(|| {
            self.due.insert((kind.clone(), due_at, key.clone()));
            Line { jobs: BTreeSet::new(), due_at, held: None }
        });
        line.jobs.insert(*id);
        self.owed.insert(*id, entry);
    }

    fn remove(&mut self, line: &LineId, id: JobId) -> Option<Entry> {
        self.lines.get_mut(line)?.jobs.remove(&id);
        self.owed.remove(&id)
    }

    /// Has a line wait until then, or be gone where nothing is left in it.
    fn wait(&mut self, id: &LineId, due_at: Timestamp, held: Option<JobId>) {
        let Some(line) = self.lines.get_mut(id) else { return };
        let (kind, key) = id;
        self.due.remove(&(kind.clone(), line.due_at, key.clone()));
        if line.jobs.is_empty() {
            self.lines.remove(id);
            return;
        }
        (line.due_at, line.held) = (due_at, held);
        self.due.insert((kind.clone(), due_at, key.clone()));
    }
}
