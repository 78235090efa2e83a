//! A tree of files in memory: what lies in a program's folder before and after it runs.
//!
//! Paths are relative, with `/` between segments, and never climb: a [`Files`] can be written
//! below any folder without leaving it. The order is the order of the paths' bytes.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Arc, OnceLock},
};

use alloy_primitives::{B256, Bytes, hex};
use sha2::{Digest, Sha256};
use thiserror::Error;

/// The most bytes a path may have.
const PATH_BYTES_MAX: usize = 1024;

/// Why a file or directory cannot be part of a tree.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FilesError {
    /// The path has no segment.
    #[error("a path is empty")]
    Empty,
    /// The path begins with a slash.
    #[error("{path:?} is absolute; paths are relative to the program's folder")]
    Absolute {
        /// The path.
        path: String,
    },
    /// A segment is empty, `.` or `..`.
    #[error("{path:?} has the segment {segment:?}; every segment must be a plain name")]
    Segment {
        /// The path.
        path: String,
        /// The segment at fault.
        segment: String,
    },
    /// The path holds a NUL byte.
    #[error("{path:?} holds a NUL byte")]
    Nul {
        /// The path.
        path: String,
    },
    /// The path is longer than any path should be.
    #[error("a path has {bytes} bytes, at most {PATH_BYTES_MAX} are allowed")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// The same path would be a file and a directory.
    #[error("{path:?} would be both a file and a directory")]
    FileAndDirectory {
        /// The path.
        path: String,
    },
}

/// An ordered tree of files, cheap to clone: clones share their contents until one is changed.
#[derive(Clone, Default)]
pub struct Files(Arc<Tree>);

#[derive(Default)]
struct Tree {
    files: BTreeMap<String, Bytes>,
    /// Every directory, with all its parents; the root is not listed.
    directories: BTreeSet<String>,
    digest: OnceLock<B256>,
}

impl Clone for Tree {
    /// The copy is about to be changed, so it starts without a digest.
    fn clone(&self) -> Self {
        Self {
            files: self.files.clone(),
            directories: self.directories.clone(),
            digest: OnceLock::new(),
        }
    }
}

impl Files {
    /// Returns a tree without files.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds or replaces the file at `path`; missing directories are made.
    ///
    /// # Errors
    /// When `path` is not a plain relative path, or is or lies below something of another kind.
    pub fn insert(&mut self, path: &str, content: impl Into<Bytes>) -> Result<(), FilesError> {
        check(path)?;
        if self.0.directories.contains(path) {
            return Err(FilesError::FileAndDirectory { path: path.into() });
        }
        self.make_parents(path)?;
        self.tree().files.insert(path.into(), content.into());
        Ok(())
    }

    /// Adds the directory at `path` and its parents; one that exists is left as it is.
    ///
    /// # Errors
    /// As [`Files::insert`].
    pub fn insert_directory(&mut self, path: &str) -> Result<(), FilesError> {
        check(path)?;
        if self.0.files.contains_key(path) {
            return Err(FilesError::FileAndDirectory { path: path.into() });
        }
        self.make_parents(path)?;
        self.tree().directories.insert(path.into());
        Ok(())
    }

    /// Adds everything in `other`, whose files replace those of the same path.
    ///
    /// # Errors
    /// When a path is a file here and a directory there.
    pub fn extend(&mut self, other: &Self) -> Result<(), FilesError> {
        for path in &other.0.directories {
            self.insert_directory(path)?;
        }
        for (path, content) in other.iter() {
            self.insert(path, content.clone())?;
        }
        Ok(())
    }

    /// Removes the file at `path` and returns its content.
    pub fn remove(&mut self, path: &str) -> Option<Bytes> {
        self.tree().files.remove(path)
    }

    /// Returns the content of the file at `path`.
    pub fn get(&self, path: &str) -> Option<&Bytes> {
        self.0.files.get(path)
    }

    /// Whether there is a directory at `path`.
    pub fn has_directory(&self, path: &str) -> bool {
        self.0.directories.contains(path)
    }

    /// Returns the files in the order of their paths.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Bytes)> {
        self.0
            .files
            .iter()
            .map(|(path, content)| (path.as_str(), content))
    }

    /// Returns the directories, parents before children; the root is not among them.
    pub fn directories(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.directories.iter().map(String::as_str)
    }

    /// Returns the paths of the files in order.
    pub fn paths(&self) -> Vec<String> {
        self.0.files.keys().cloned().collect()
    }

    /// Returns the number of files.
    pub fn len(&self) -> usize {
        self.0.files.len()
    }

    /// Whether there is no file.
    pub fn is_empty(&self) -> bool {
        self.0.files.is_empty()
    }

    /// Returns the size of all files together, in bytes.
    pub fn bytes(&self) -> u64 {
        self.iter().map(|(_, content)| content.len() as u64).sum()
    }

    /// Returns the files that are not in `before`, or differ from it.
    #[must_use]
    pub fn changed_since(&self, before: &Self) -> Self {
        let mut changed = self.clone();
        changed
            .tree()
            .files
            .retain(|path, content| before.get(path) != Some(content));
        changed
    }

    /// Returns the digest of the tree: names, sizes and contents of all files, directories aside.
    ///
    /// It is the SHA-256 of `iexec-tree-v1`, NUL, and for each file in order its path, NUL, its
    /// size in decimal, NUL, the SHA-256 of its content in lower-case hex, and a line feed.
    /// Computed once for all clones.
    pub fn digest(&self) -> B256 {
        *self.0.digest.get_or_init(|| {
            let mut hasher = Sha256::new();
            hasher.update(b"iexec-tree-v1\0");
            for (path, content) in self.iter() {
                let hash = hex::encode(Sha256::digest(content));
                hasher.update(format!("{path}\0{}\0{hash}\n", content.len()));
            }
            B256::from_slice(&hasher.finalize())
        })
    }

    fn make_parents(&mut self, path: &str) -> Result<(), FilesError> {
        for (at, _) in path.match_indices('/') {
            let parent = &path[..at];
            if self.0.directories.contains(parent) {
                continue;
            }
            if self.0.files.contains_key(parent) {
                return Err(FilesError::FileAndDirectory {
                    path: parent.into(),
                });
            }
            self.tree().directories.insert(parent.into());
        }
        Ok(())
    }

    /// The tree to change: no longer shared, and without its old digest.
    fn tree(&mut self) -> &mut Tree {
        let tree = Arc::make_mut(&mut self.0);
        tree.digest = OnceLock::new();
        tree
    }
}

impl PartialEq for Files {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
            || (self.0.files == other.0.files && self.0.directories == other.0.directories)
    }
}

impl Eq for Files {}

impl fmt::Debug for Files {
    /// Writes paths and sizes, not contents.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sizes = self.iter().map(|(path, content)| (path, content.len()));
        f.debug_map().entries(sizes).finish()
    }
}

fn check(path: &str) -> Result<(), FilesError> {
    if path.is_empty() {
        return Err(FilesError::Empty);
    }
    if path.len() > PATH_BYTES_MAX {
        return Err(FilesError::TooLong { bytes: path.len() });
    }
    if path.starts_with('/') {
        return Err(FilesError::Absolute { path: path.into() });
    }
    if path.contains('\0') {
        return Err(FilesError::Nul { path: path.into() });
    }
    let odd = |segment: &&str| matches!(*segment, "" | "." | "..");
    if let Some(segment) = path.split('/').find(odd) {
        return Err(FilesError::Segment {
            path: path.into(),
            segment: segment.into(),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> Files {
        let mut tree = Files::new();
        for (path, content) in files {
            tree.insert(path, content.as_bytes().to_vec()).unwrap();
        }
        tree
    }

    #[test]
    fn a_path_that_could_leave_the_folder_is_refused() {
        let mut files = Files::new();
        for path in ["", "/a", "a//b", "../a", "a/../b", "./a", "a/", "a\0b"] {
            assert!(files.insert(path, Bytes::new()).is_err(), "{path:?}");
            assert!(files.insert_directory(path).is_err(), "{path:?}");
        }
        assert!(files.insert(&"a".repeat(1025), Bytes::new()).is_err());
        assert!(files.is_empty());
    }

    #[test]
    fn a_path_is_a_file_or_a_directory_never_both() {
        let mut files = tree(&[("a/b", "")]);
        assert!(files.insert("a", Bytes::new()).is_err());
        assert!(files.insert("a/b/c", Bytes::new()).is_err());
        assert!(files.insert_directory("a/b").is_err());
        assert_eq!(files.directories().collect::<Vec<_>>(), ["a"]);
    }

    #[test]
    fn a_changed_clone_leaves_the_original_and_its_digest_alone() {
        let original = tree(&[("a", "1")]);
        let digest = original.digest();
        let mut changed = original.clone();
        changed.insert("b", &b"2"[..]).unwrap();
        assert_eq!(original.paths(), ["a"]);
        assert_eq!(original.digest(), digest);
        assert_ne!(changed.digest(), digest);
        assert_eq!(changed.changed_since(&original).paths(), ["b"]);
        changed.remove("b");
        assert_eq!(changed.digest(), digest);
    }

    #[test]
    fn the_digest_covers_names_sizes_and_contents() {
        // printf 'iexec-tree-v1\0a.txt\x004\0%s\n' "$(printf aaaa | sha256sum | cut -c-64)" | sha256sum
        let expected = "f71262511907de8d66e0308a8b1449f0e0331d2c1d90600d3bb3909db2c83510";
        let digest = tree(&[("a.txt", "aaaa")]).digest();
        assert_eq!(hex::encode(digest), expected);
        assert_ne!(digest, tree(&[("b.txt", "aaaa")]).digest());
        assert_ne!(digest, tree(&[("a.txt", "aaab")]).digest());
    }
}
