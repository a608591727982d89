//! The connections of this node.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::connection::Connection;
use crate::connection_id::ConnectionId;
use crate::figures;

/// Every live connection by its id.
#[derive(Debug)]
pub(crate) struct Connections {
    max: usize,
    live: Mutex<HashMap<ConnectionId, Arc<Connection>>>,
}

impl Connections {
    pub(crate) fn new(max: usize) -> Self {
        Self { max, live: Mutex::default() }
    }

    /// Whether there is room for another one.
    pub(crate) fn has_room(&self) -> bool {
        self.live.lock().len() < self.max
    }

    pub(crate) fn insert(&self, connection: Arc<Connection>) {
        let mut live = self.live.lock();
        live.insert(connection.id, connection);
        metrics::gauge!(figures::CONNECTIONS).set(live.len() as f64);
    }

    pub(crate) fn remove(&self, id: ConnectionId) {
        let mut live = self.live.lock();
        live.remove(&id);
        metrics::gauge!(figures::CONNECTIONS).set(live.len() as f64);
    }

    pub(crate) fn get(&self, id: ConnectionId) -> Option<Arc<Connection>> {
        self.live.lock().get(&id).cloned()
    }

    pub(crate) fn all(&self) -> Vec<Arc<Connection>> {
        self.live.lock().values().cloned().collect()
    }
}
