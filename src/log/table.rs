//! Rows by name, in the order in which they appeared; a copy is one pointer.

use std::{borrow::Borrow, hash::Hash, sync::Arc};

use alloy_primitives::map::DefaultHashBuilder;
use indexmap::IndexMap;

use crate::protocol::Name;

/// Rows by name in order of appearance. Clones share everything; a write copies only the row it
/// touches and, the first time after a clone, the list of pointers to rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Table<T> {
    rows: Arc<IndexMap<Name, Arc<T>, DefaultHashBuilder>>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self {
            rows: Arc::default(),
        }
    }
}

impl<T> Table<T> {
    /// Returns the row called `name`.
    pub fn get<Q: Hash + Eq + ?Sized>(&self, name: &Q) -> Option<&T>
    where
        Name: Borrow<Q>,
    {
        self.rows.get(name).map(Arc::as_ref)
    }

    /// Returns the row called `name` together with its name.
    pub fn row(&self, name: &str) -> Option<(&Name, &T)> {
        let (name, row) = self.rows.get_key_value(name)?;
        Some((name, row))
    }

    /// Tells whether there is a row called `name`.
    pub fn contains(&self, name: &str) -> bool {
        self.rows.contains_key(name)
    }

    /// Returns all rows with their names, in order of appearance.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&Name, &T)> + ExactSizeIterator {
        self.rows.iter().map(|(name, row)| (name, row.as_ref()))
    }

    /// Returns all names, in order of appearance.
    pub fn names(&self) -> impl DoubleEndedIterator<Item = &Name> + ExactSizeIterator {
        self.rows.keys()
    }

    /// Returns all rows, in order of appearance.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &T> + ExactSizeIterator {
        self.rows.values().map(Arc::as_ref)
    }

    /// Returns the number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Tells whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

impl<T: Clone + Default> Table<T> {
    /// Returns the row called `name` for writing; a new one when there is none.
    pub(super) fn entry(&mut self, name: &Name) -> &mut T {
        let rows = Arc::make_mut(&mut self.rows);
        let at = match rows.get_index_of(name) {
            Some(at) => at,
            None => rows.insert_full(name.clone(), Arc::default()).0,
        };
        Arc::make_mut(&mut rows[at])
    }

    /// Returns the row called `name` for writing, if there is one.
    pub(super) fn get_mut(&mut self, name: &str) -> Option<&mut T> {
        let at = self.rows.get_index_of(name)?;
        Some(Arc::make_mut(&mut Arc::make_mut(&mut self.rows)[at]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clone_is_not_changed_by_later_writes() {
        let mut table = Table::<u64>::default();
        *table.entry(&"b".into()) = 1;
        *table.entry(&"a".into()) = 2;
        let before = table.clone();
        *table.entry(&"b".into()) += 10;
        *table.entry(&"c".into()) = 3;
        assert_eq!(before.get("b"), Some(&1));
        assert_eq!(before.len(), 2);
        assert_eq!(table.get("b"), Some(&11));
        assert_eq!(table.get_mut("missing"), None);
        let names: Vec<&str> = table.names().map(Name::as_str).collect();
        assert_eq!(names, ["b", "a", "c"], "in order of appearance");
    }
}
