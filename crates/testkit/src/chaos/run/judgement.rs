//! The end of a run: everything may arrive, and then what clients saw is held against the store's log.

use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::time::{sleep, timeout};

use super::{RECOVERED_WITHIN, Run, has_reached};
use crate::chaos::figures::{self, Window};
use crate::chaos::final_log::{self, FinalLog};
use crate::chaos::js::JsClients;
use crate::chaos::shared::Phase;
use crate::chaos::verdict::{self, Verdict};
use crate::cluster_launcher::{ClusterUnderTest, NetworkedNode};
use crate::history::Event;

/// How long clients go on writing after the last fault: what they send now must be acknowledged.
const WRITE_AFTER: Duration = Duration::from_secs(2);

impl Run<'_> {
    /// Lets everything arrive, and holds the history against the log.
    pub(super) async fn judge(
        &mut self,
        cluster: &ClusterUnderTest,
        windows: Vec<Window>,
    ) -> Result<Verdict> {
        let recorder = &self.shared.recorder;
        recorder.event(Event::Healed);
        let healed = recorder.now();
        sleep(WRITE_AFTER).await;
        self.shared.enter(Phase::Reading);
        if let Some(js) = &self.js {
            js.stop_writing();
        }
        let is_open = || {
            let here: usize = self.open.iter().map(|open| open.load(Ordering::Acquire)).sum();
            here + self.js.as_ref().map_or(0, JsClients::open_messages)
        };
        self.wait(|| is_open() == 0).await;
        recorder.note(format!("READ: {} messages are not acknowledged", is_open()));
        if timeout(RECOVERED_WITHIN, async { while self.guests.join_next().await.is_some() {} })
            .await
            .is_err()
        {
            recorder.problem("a guest cannot leave".to_owned());
            self.guests.shutdown().await;
        }
        // A node that was never well again answers nothing: any other will do.
        let mut log = Err(anyhow::anyhow!("a cluster without nodes"));
        for NetworkedNode { node, .. } in &cluster.nodes {
            log = final_log::read(node.address, &self.rooms()).await;
            if log.is_ok() {
                break;
            }
        }
        let log: FinalLog = log.context("cannot read how things stand in the store")?;
        let heads: Vec<u64> = self
            .rooms()
            .iter()
            .map(|room| log.rows.get(room).and_then(|rows| rows.last()).map_or(0, |row| row.position.offset))
            .collect();
        let late = || self.readers.iter().filter(|seen| !has_reached(seen, &heads));
        recorder.note(format!("THE LOG IS READ: {} clients are not at its heads", late().count()));
        self.wait(|| late().next().is_none()).await;
        recorder.note(format!("THE END: {} clients are not at the heads", late().count()));
        let all_at_head_after = recorder.now().saturating_sub(healed);
        self.tasks.shutdown().await;
        self.js = None;
        for disagreement in &log.disagreements {
            recorder.problem(disagreement.clone());
        }
        for NetworkedNode { node, .. } in &cluster.nodes {
            for line in verdict::panics(node.log()) {
                recorder.problem(format!("{} panicked: {line}", node.name));
            }
        }
        let events = recorder.events();
        let windows = figures::measure(&events, windows);
        Ok(verdict::judge(self.plan, &self.readers, &self.shared, events, log, windows, all_at_head_after))
    }

    fn rooms(&self) -> Vec<String> {
        self.shared.rooms.iter().map(|room| room.id.clone()).collect()
    }

    /// What is needed to understand a run that went wrong.
    pub(super) fn write_down(&self, verdict: Result<&Verdict, &anyhow::Error>) -> Result<()> {
        let directory = &self.plan.directory;
        std::fs::write(directory.join("timeline.txt"), self.shared.recorder.timeline())?;
        std::fs::write(directory.join("history.txt"), self.shared.recorder.history())?;
        let text = match verdict {
            Ok(verdict) => verdict.text(),
            Err(error) => format!("{error:#}\n"),
        };
        Ok(std::fs::write(directory.join("verdict.txt"), text)?)
    }
}
