//! A unit of work: what it read, what it will write, and the one transaction in which that is done.
//!
//! What is written is conditional on what was read of it; what was only read counts where it was pinned. So whoever decides
//! on a unit's reads decides as if they were alone, or is told that they were not.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chinwag_chat::StoreError;
use serde::de::DeserializeOwned;

use crate::item::{Item, Key, NewItem, parse};
use crate::table::{Range, Table, Write};

/// How many items one transaction takes.
pub(crate) const MAX_ITEMS: usize = 100;
/// How many bytes it takes, with some to spare: DynamoDB's own limit is 4 MB.
pub(crate) const MAX_BYTES: usize = 3 * 1024 * 1024;

/// The unit.
pub(crate) struct Unit<'a> {
    table: &'a Table,
    /// What was read, with nothing for what is not there.
    seen: HashMap<Key, Option<Item>>,
    pinned: BTreeSet<Key>,
    writes: BTreeMap<Key, Written>,
}

#[derive(Clone)]
enum Written {
    Put(NewItem),
    /// Whatever was there.
    Replace(NewItem),
    Delete,
}

/// What a unit had to write at some time.
pub(crate) struct Mark {
    writes: BTreeMap<Key, Written>,
    pinned: BTreeSet<Key>,
}

impl<'a> Unit<'a> {
    pub(crate) fn new(table: &'a Table) -> Self {
        Self { table, seen: HashMap::new(), pinned: BTreeSet::new(), writes: BTreeMap::new() }
    }

    pub(crate) const fn table(&self) -> &'a Table {
        self.table
    }

    /// Reads these items at once, those that it has not read yet.
    pub(crate) async fn fetch(&mut self, keys: impl IntoIterator<Item = Key>) -> Result<(), StoreError> {
        let unread: Vec<Key> = keys.into_iter().filter(|key| !self.seen.contains_key(key)).collect();
        match unread.as_slice() {
            [] => return Ok(()),
            [key] => {
                let item = self.table.get(key).await?;
                self.seen.insert(key.clone(), item);
                return Ok(());
            }
            _ => {}
        }
        let found = self.table.get_many(&unread).await?;
        self.seen.extend(unread.into_iter().map(|key| (key, None)));
        self.seen.extend(found.into_iter().map(|item| (item.key.clone(), Some(item))));
        Ok(())
    }

    /// What an item holds, with what this unit has put into it.
    pub(crate) async fn read<T: DeserializeOwned>(&mut self, key: &Key) -> Result<Option<T>, StoreError> {
        self.fetch([key.clone()]).await?;
        match self.writes.get(key) {
            Some(Written::Put(item) | Written::Replace(item)) => parse(key, &item.doc).map(Some),
            Some(Written::Delete) => Ok(None),
            None => self.seen.get(key).and_then(Option::as_ref).map(Item::record).transpose(),
        }
    }

    pub(crate) async fn has(&mut self, key: &Key) -> Result<bool, StoreError> {
        Ok(self.read::<serde::de::IgnoredAny>(key).await?.is_some())
    }

    /// The items of a range, with what this unit has written there: the sort key and the record of each.
    pub(crate) async fn range<T: DeserializeOwned>(
        &mut self,
        range: &Range,
    ) -> Result<Vec<(String, T)>, StoreError> {
        let mut docs = BTreeMap::new();
        for item in self.table.range(range).await? {
            docs.insert(item.key.sk.clone(), item.doc.clone());
            self.seen.entry(item.key.clone()).or_insert(Some(item));
        }
        let first = Key::new(&range.pk, &range.from);
        let own = self.writes.range(first..).take_while(|(key, _)| key.pk == range.pk && key.sk <= range.to);
        for (key, written) in own {
            match written {
                Written::Put(item) | Written::Replace(item) => {
                    docs.insert(key.sk.clone(), item.doc.clone());
                }
                Written::Delete => drop(docs.remove(&key.sk)),
            }
        }
        let records = docs.into_iter().map(|(sk, doc)| {
            let record = parse(&Key::new(&range.pk, &sk), &doc)?;
            Ok((sk, record))
        });
        records.collect()
    }

    /// Has the transaction hold only where the item is as it was read.
    pub(crate) fn pin(&mut self, key: Key) {
        self.pinned.insert(key);
    }

    /// Writes an item: in place of the one that was read, or where none may be.
    pub(crate) fn put(&mut self, item: NewItem) {
        let key = item.key.clone();
        self.writes.insert(key, Written::Put(item));
    }

    /// Writes an item whatever is there.
    pub(crate) fn replace(&mut self, item: NewItem) {
        let key = item.key.clone();
        self.writes.insert(key, Written::Replace(item));
    }

    /// Deletes an item that was read, or one that this unit has put.
    pub(crate) fn delete(&mut self, key: &Key) {
        if self.seen.get(key).is_some_and(Option::is_some) {
            self.writes.insert(key.clone(), Written::Delete);
        } else {
            self.writes.remove(key);
        }
    }

    /// What it has to write now.
    pub(crate) fn mark(&self) -> Mark {
        Mark { writes: self.writes.clone(), pinned: self.pinned.clone() }
    }

    /// Forgets what it has to write since then.
    pub(crate) fn back_to(&mut self, mark: Mark) {
        self.writes = mark.writes;
        self.pinned = mark.pinned;
    }

    /// Whether one transaction takes it.
    pub(crate) fn fits(&self) -> bool {
        let bytes = |written: &Written| match written {
            Written::Put(item) | Written::Replace(item) => item.bytes(),
            Written::Delete => 0,
        };
        let only_pinned = self.pinned.iter().filter(|key| !self.writes.contains_key(*key)).count();
        self.writes.len() + only_pinned <= MAX_ITEMS
            && self.writes.values().map(bytes).sum::<usize>() <= MAX_BYTES
    }

    /// Does all of it; false where something that it stands on is not so any more. Where nothing is to be written there is
    /// nothing to fail.
    pub(crate) async fn commit(self) -> Result<bool, StoreError> {
        if self.writes.is_empty() {
            return Ok(true);
        }
        let version = |key: &Key| Some(self.seen.get(key)?.as_ref()?.version.as_str());
        let written = self.writes.iter().map(|(key, written)| match written {
            Written::Put(item) => Write::Put(item, version(key)),
            Written::Replace(item) => Write::Replace(item),
            Written::Delete => Write::Delete(key, version(key)),
        });
        let checked = self.pinned.iter().filter(|key| !self.writes.contains_key(*key));
        let checked = checked.map(|key| Write::Check(key, version(key)));
        let writes: Vec<Write<'_>> = written.chain(checked).collect();
        self.table.write(&writes).await
    }
}
