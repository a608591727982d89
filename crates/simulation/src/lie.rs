//! Parts that break their promises, to show that the simulation would notice.

/// A promise that a simulated part breaks now and then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lie {
    /// The store says that it has kept a message that it has not.
    StoreForgetsMessages,
    /// The store takes the same `client_id` for another one.
    StoreForgetsClientIds,
    /// The store lets everybody read everything.
    StoreLetsEverybodyRead,
    /// The store shows the heads as they were long ago: what a node would know that never compares them.
    StoreShowsOldHeads,
    /// The bus tells of a change under the number of another one.
    BusRenumbersChanges,
    /// The network brings a frame twice.
    NetworkRepeatsFrames,
    /// The network drops a frame and goes on.
    NetworkLosesFrames,
    /// The client asks to resume one change too late.
    ClientResumesTooLate,
    /// The client sends a message again under another `client_id`.
    ClientRenamesRetries,
}
