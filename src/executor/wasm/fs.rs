//! The file system of a sandboxed program: in memory, counted, and nowhere near the machine's.
//!
//! There are directories and regular files, no links and no devices. Directories list their
//! entries in the order of the names' bytes. Nodes are named by number; the root is node 0.

use std::collections::BTreeMap;

use alloy_primitives::Bytes;

use super::errno::Errno;
use crate::executor::{Files, FilesError};

/// The number of a node.
pub(super) type Id = usize;

/// The root directory.
pub(super) const ROOT: Id = 0;

/// What a file holds: shared with the inputs until it is written to.
#[derive(Clone)]
enum Content {
    Shared(Bytes),
    Own(Vec<u8>),
}

impl Content {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Shared(bytes) => bytes,
            Self::Own(bytes) => bytes,
        }
    }
}

enum Node {
    Directory(BTreeMap<String, Id>),
    File {
        content: Content,
        /// How many open descriptors and directory entries keep it alive.
        uses: u32,
    },
    Free,
}

/// A tree of nodes with room for so many more files and bytes.
pub(super) struct Fs {
    nodes: Vec<Node>,
    free: Vec<Id>,
    nodes_left: usize,
    bytes_left: u64,
}

impl Fs {
    /// Returns a file system with only a root, and room for `nodes` and `bytes`.
    pub(super) fn new(nodes: usize, bytes: u64) -> Self {
        Self {
            nodes: vec![Node::Directory(BTreeMap::new())],
            free: Vec::new(),
            nodes_left: nodes,
            bytes_left: bytes,
        }
    }

    /// Puts `files` into the new directory `name` of the root; they do not count.
    pub(super) fn mount(&mut self, name: &str, files: &Files) -> Result<Id, Errno> {
        let (nodes, bytes) = (self.nodes_left, self.bytes_left);
        (self.nodes_left, self.bytes_left) = (usize::MAX, u64::MAX);
        let top = self.make_directory(ROOT, name)?;
        for path in files.directories() {
            self.directory_at(top, path)?;
        }
        for (path, content) in files.iter() {
            let (parent, name) = match path.rsplit_once('/') {
                Some((parent, name)) => (self.directory_at(top, parent)?, name),
                None => (top, path),
            };
            let file = self.create(parent, name)?;
            self.nodes[file] = Node::File {
                content: Content::Shared(content.clone()),
                uses: 1,
            };
        }
        (self.nodes_left, self.bytes_left) = (nodes, bytes);
        Ok(top)
    }

    /// Returns everything below directory `top`.
    pub(super) fn collect(&self, top: Id) -> Result<Files, FilesError> {
        let mut files = Files::new();
        let mut pending = vec![(String::new(), top)];
        while let Some((prefix, id)) = pending.pop() {
            for (name, child) in self.entries(id).into_iter().flatten() {
                let path = format!("{prefix}{name}");
                match &self.nodes[*child] {
                    Node::Directory(_) => {
                        files.insert_directory(&path)?;
                        pending.push((path + "/", *child));
                    }
                    Node::File { content, .. } => match content {
                        Content::Shared(bytes) => files.insert(&path, bytes.clone())?,
                        Content::Own(bytes) => files.insert(&path, bytes.clone())?,
                    },
                    Node::Free => {}
                }
            }
        }
        Ok(files)
    }

    /// Returns how many nodes there are or were.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether `id` is a directory.
    pub(super) fn is_directory(&self, id: Id) -> bool {
        matches!(self.nodes[id], Node::Directory(_))
    }

    /// Returns the entries of a directory in order.
    pub(super) fn entries(&self, id: Id) -> Result<&BTreeMap<String, Id>, Errno> {
        match &self.nodes[id] {
            Node::Directory(entries) => Ok(entries),
            Node::File { .. } | Node::Free => Err(Errno::NotDir),
        }
    }

    /// Returns what a file holds.
    pub(super) fn content(&self, id: Id) -> Result<&[u8], Errno> {
        match &self.nodes[id] {
            Node::File { content, .. } => Ok(content.bytes()),
            Node::Directory(_) => Err(Errno::IsDir),
            Node::Free => Err(Errno::BadF),
        }
    }

    /// Returns a node's size: of a directory, none.
    pub(super) fn size(&self, id: Id) -> u64 {
        self.content(id).map_or(0, |content| content.len() as u64)
    }

    /// Returns the node called `name` in directory `parent`.
    pub(super) fn child(&self, parent: Id, name: &str) -> Result<Id, Errno> {
        let entries = self.entries(parent)?;
        entries.get(name).copied().ok_or(Errno::NoEnt)
    }

    /// Makes an empty file.
    pub(super) fn create(&mut self, parent: Id, name: &str) -> Result<Id, Errno> {
        let content = Content::Shared(Bytes::new());
        self.add(parent, name, Node::File { content, uses: 1 })
    }

    /// Makes an empty directory.
    pub(super) fn make_directory(&mut self, parent: Id, name: &str) -> Result<Id, Errno> {
        self.add(parent, name, Node::Directory(BTreeMap::new()))
    }

    /// Removes a file from its directory; it lives on while somebody has it open.
    pub(super) fn unlink(&mut self, parent: Id, name: &str) -> Result<(), Errno> {
        let id = self.child(parent, name)?;
        if self.is_directory(id) {
            return Err(Errno::IsDir);
        }
        self.entries_mut(parent)?.remove(name);
        self.release(id);
        Ok(())
    }

    /// Removes an empty directory.
    pub(super) fn remove_directory(&mut self, parent: Id, name: &str) -> Result<(), Errno> {
        let id = self.child(parent, name)?;
        if !self.entries(id)?.is_empty() {
            return Err(Errno::NotEmpty);
        }
        // An open descriptor may still name it, so its number is not given to another node.
        self.entries_mut(parent)?.remove(name);
        Ok(())
    }

    /// Gives a node another name, replacing what has that name.
    pub(super) fn rename(&mut self, from: (Id, &str), to: (Id, &str)) -> Result<(), Errno> {
        let id = self.child(from.0, from.1)?;
        if self.is_directory(id) && self.holds(id, to.0) {
            return Err(Errno::Inval);
        }
        match self.child(to.0, to.1) {
            Ok(same) if same == id => return Ok(()),
            Ok(old) => match (self.is_directory(id), self.is_directory(old)) {
                (true, true) => self.remove_directory(to.0, to.1)?,
                (false, false) => self.unlink(to.0, to.1)?,
                (true, false) => return Err(Errno::NotDir),
                (false, true) => return Err(Errno::IsDir),
            },
            Err(Errno::NoEnt) => {}
            Err(error) => return Err(error),
        }
        self.entries_mut(from.0)?.remove(from.1);
        self.entries_mut(to.0)?.insert(to.1.into(), id);
        Ok(())
    }

    /// Notes that a descriptor has the file open.
    pub(super) fn hold(&mut self, id: Id) {
        if let Node::File { uses, .. } = &mut self.nodes[id] {
            *uses += 1;
        }
    }

    /// Notes that a descriptor or entry of the file is gone, and with the last one the file.
    pub(super) fn release(&mut self, id: Id) {
        let Node::File { content, uses } = &mut self.nodes[id] else {
            return;
        };
        *uses -= 1;
        if *uses == 0 {
            let bytes = content.bytes().len() as u64;
            self.bytes_left = self.bytes_left.saturating_add(bytes);
            self.nodes_left = self.nodes_left.saturating_add(1);
            self.nodes[id] = Node::Free;
            self.free.push(id);
        }
    }

    /// Writes `bytes` at `offset`, filling a gap before it with zeros.
    pub(super) fn write(&mut self, id: Id, offset: u64, bytes: &[u8]) -> Result<(), Errno> {
        let end = offset.checked_add(bytes.len() as u64).ok_or(Errno::FBig)?;
        if end > self.size(id) {
            self.resize(id, end)?;
        }
        let start = offset as usize;
        self.own(id)?[start..start + bytes.len()].copy_from_slice(bytes);
        Ok(())
    }

    /// Cuts a file or fills it with zeros to `size`.
    pub(super) fn resize(&mut self, id: Id, size: u64) -> Result<(), Errno> {
        let before = self.size(id);
        let room = self.bytes_left.saturating_add(before);
        self.bytes_left = room.checked_sub(size).ok_or(Errno::NoSpc)?;
        let size = usize::try_from(size).map_err(|_| Errno::FBig)?;
        self.own(id)?.resize(size, 0);
        Ok(())
    }

    /// The content of a file to change.
    fn own(&mut self, id: Id) -> Result<&mut Vec<u8>, Errno> {
        match &mut self.nodes[id] {
            Node::File { content, .. } => {
                if let Content::Shared(bytes) = content {
                    *content = Content::Own(bytes.to_vec());
                }
                match content {
                    Content::Own(bytes) => Ok(bytes),
                    Content::Shared(_) => Err(Errno::Io),
                }
            }
            Node::Directory(_) => Err(Errno::IsDir),
            Node::Free => Err(Errno::BadF),
        }
    }

    fn add(&mut self, parent: Id, name: &str, node: Node) -> Result<Id, Errno> {
        if self.entries(parent)?.contains_key(name) {
            return Err(Errno::Exist);
        }
        self.nodes_left = self.nodes_left.checked_sub(1).ok_or(Errno::NoSpc)?;
        let id = match self.free.pop() {
            Some(id) => {
                self.nodes[id] = node;
                id
            }
            None => {
                self.nodes.push(node);
                self.nodes.len() - 1
            }
        };
        self.entries_mut(parent)?.insert(name.into(), id);
        Ok(id)
    }

    fn entries_mut(&mut self, id: Id) -> Result<&mut BTreeMap<String, Id>, Errno> {
        match &mut self.nodes[id] {
            Node::Directory(entries) => Ok(entries),
            Node::File { .. } | Node::Free => Err(Errno::NotDir),
        }
    }

    /// The directory at `path` below `top`, made if it is not there.
    fn directory_at(&mut self, top: Id, path: &str) -> Result<Id, Errno> {
        let mut at = top;
        for name in path.split('/') {
            at = match self.child(at, name) {
                Err(Errno::NoEnt) => self.make_directory(at, name)?,
                found => found?,
            };
        }
        Ok(at)
    }

    /// Whether directory `id` is `below` or has it somewhere below.
    fn holds(&self, id: Id, below: Id) -> bool {
        let mut pending = vec![id];
        while let Some(id) = pending.pop() {
            if id == below {
                return true;
            }
            pending.extend(
                self.entries(id)
                    .into_iter()
                    .flatten()
                    .map(|(_, child)| *child),
            );
        }
        false
    }
}
