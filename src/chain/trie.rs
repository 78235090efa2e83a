//! A Merkle-Patricia trie that shares structure: a clone is free, a root rehashes only what changed.
//!
//! Keys are 32-byte hashes, so no key is a prefix of another and no branch carries a value.
//! Every node remembers its reference (hash, or its own bytes when shorter) until it is edited.

use std::{
    mem,
    sync::{Arc, OnceLock},
};

use alloy_primitives::{B256, Bytes, keccak256};
use alloy_rlp::{BufMut, EMPTY_STRING_CODE, Header};
use alloy_trie::{
    EMPTY_ROOT_HASH, Nibbles,
    nodes::{ExtensionNodeRef, LeafNodeRef, RlpNode},
};

use crate::ahead::aside;

/// How many levels of a large trie the keys of one block are likely to share.
const LEVELS_SHARED: usize = 3;

/// A persistent trie from hashed keys to RLP values.
#[derive(Clone, Debug, Default)]
pub struct Trie {
    root: Option<Link>,
}

impl Trie {
    /// Puts `value` under `key`, replacing what was there.
    pub fn insert(&mut self, key: B256, value: Vec<u8>) {
        let key = Nibbles::unpack(key);
        match &mut self.root {
            Some(root) => put(root, &key, value),
            None => self.root = Some(Link::new(Node::Leaf { path: key, value })),
        }
    }

    /// Takes out what is under `key`, if anything is.
    pub fn remove(&mut self, key: B256) {
        let key = Nibbles::unpack(key);
        let Some(root) = &mut self.root else { return };
        // A miss must not copy the path it walked, so look before editing.
        if holds(root, key) && cut(root, &key) {
            self.root = None;
        }
    }

    /// Returns the root hash, computing only what changed since it was last asked for.
    pub fn root(&self) -> B256 {
        let Some(root) = &self.root else {
            return EMPTY_ROOT_HASH;
        };
        let reference = root.reference();
        reference
            .as_hash()
            .unwrap_or_else(|| keccak256(reference.as_slice()))
    }

    /// Has a second thread hash what changed from the far end of the trie, while
    /// [`root`](Self::root), to be called next, begins at the near end.
    pub(super) fn hash_ahead(&self) {
        let Some(root) = &self.root else { return };
        let stale: Vec<Link> = root
            .children()
            .flat_map(Link::children)
            .filter(|link| link.0.reference.get().is_none())
            .cloned()
            .collect();
        aside(move || {
            for link in stale.iter().rev() {
                link.reference();
            }
        });
    }

    /// Hashes the nodes on the way to `key` but for the top ones, which the next key likely shares.
    pub(super) fn hash_low(&self, key: B256) {
        let mut key = Nibbles::unpack(key);
        let mut next = self.root.as_ref();
        for _ in 0..LEVELS_SHARED {
            let Some(link) = next else { return };
            next = link.towards(&mut key);
        }
        if let Some(link) = next {
            link.reference();
        }
    }

    /// Returns the nodes from the root towards `key`, RLP-encoded, root first.
    ///
    /// The nodes prove the value under `key`, or that there is none. Nodes embedded in their
    /// parent are not listed again. The empty trie is proved by the empty string's encoding.
    pub fn proof(&self, key: B256) -> Vec<Bytes> {
        let mut key = Nibbles::unpack(key);
        let mut proof = Vec::new();
        let mut next = self.root.as_ref();
        if next.is_none() {
            return vec![Bytes::from_static(&[EMPTY_STRING_CODE])];
        }
        while let Some(link) = next {
            if proof.is_empty() || link.reference().is_hash() {
                proof.push(link.0.node.encoded().into());
            }
            next = link.towards(&mut key);
        }
        proof
    }
}

#[derive(Clone, Debug)]
struct Link(Arc<Cell>);

#[derive(Clone, Debug)]
struct Cell {
    node: Node,
    reference: OnceLock<RlpNode>,
}

type Children = Box<[Option<Link>; 16]>;

#[derive(Clone, Debug)]
enum Node {
    Leaf { path: Nibbles, value: Vec<u8> },
    Extension { path: Nibbles, child: Link },
    Branch { children: Children },
}

impl Link {
    fn new(node: Node) -> Self {
        Self(Arc::new(Cell {
            node,
            reference: OnceLock::new(),
        }))
    }

    /// Opens the node for writing: copies it if others hold it, and forgets its reference.
    fn edit(&mut self) -> &mut Node {
        let cell = Arc::make_mut(&mut self.0);
        cell.reference = OnceLock::new();
        &mut cell.node
    }

    /// Returns the nodes below this one, in the order of their keys.
    fn children(&self) -> impl Iterator<Item = &Self> {
        let (one, many) = match &self.0.node {
            Node::Leaf { .. } => (None, None),
            Node::Extension { child, .. } => (Some(child), None),
            Node::Branch { children } => (None, Some(children.iter().flatten())),
        };
        one.into_iter().chain(many.into_iter().flatten())
    }

    /// Returns the node below this one on the way to `key`, which is shortened by that much.
    fn towards(&self, key: &mut Nibbles) -> Option<&Self> {
        match &self.0.node {
            Node::Branch { children } => {
                let index = first(key);
                *key = key.slice(1..);
                children[index].as_ref()
            }
            Node::Extension { path, child } if key.starts_with(path) => {
                *key = key.slice(path.len()..);
                Some(child)
            }
            Node::Extension { .. } | Node::Leaf { .. } => None,
        }
    }

    fn reference(&self) -> &RlpNode {
        self.0
            .reference
            .get_or_init(|| RlpNode::from_rlp(&self.0.node.encoded()))
    }
}

impl Node {
    fn encoded(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(128);
        match self {
            Self::Leaf { path, value } => {
                LeafNodeRef::new(path, value).rlp(&mut out);
            }
            Self::Extension { path, child } => {
                ExtensionNodeRef::new(path, child.reference().as_slice()).rlp(&mut out);
            }
            Self::Branch { children } => encode_branch(children, &mut out),
        }
        out
    }
}

/// Writes sixteen references and the empty value.
fn encode_branch(children: &Children, out: &mut Vec<u8>) {
    let payload_length: usize = children
        .iter()
        .map(|child| {
            child
                .as_ref()
                .map_or(1, |child| child.reference().as_slice().len())
        })
        .sum();
    let header = Header {
        list: true,
        payload_length: payload_length + 1,
    };
    out.reserve(header.length_with_payload());
    header.encode(out);
    for child in children.iter() {
        match child {
            Some(child) => out.put_slice(child.reference().as_slice()),
            None => out.put_u8(EMPTY_STRING_CODE),
        }
    }
    out.put_u8(EMPTY_STRING_CODE);
}

fn first(key: &Nibbles) -> usize {
    usize::from(key.get_unchecked(0))
}

fn holds(mut link: &Link, mut key: Nibbles) -> bool {
    loop {
        match &link.0.node {
            Node::Leaf { path, .. } => return *path == key,
            Node::Extension { path, child } => {
                if !key.starts_with(path) {
                    return false;
                }
                key = key.slice(path.len()..);
                link = child;
            }
            Node::Branch { children } => {
                let Some(child) = &children[first(&key)] else {
                    return false;
                };
                key = key.slice(1..);
                link = child;
            }
        }
    }
}

fn put(link: &mut Link, key: &Nibbles, value: Vec<u8>) {
    let node = link.edit();
    match node {
        Node::Branch { children } => {
            let rest = key.slice(1..);
            match &mut children[first(key)] {
                Some(child) => put(child, &rest, value),
                empty => *empty = Some(Link::new(Node::Leaf { path: rest, value })),
            }
        }
        Node::Leaf { path, value: old } if path == key => *old = value,
        Node::Extension { path, child } if key.starts_with(path) => {
            put(child, &key.slice(path.len()..), value);
        }
        Node::Leaf { .. } | Node::Extension { .. } => {
            let blank = Node::Branch {
                children: Children::default(),
            };
            let old = mem::replace(node, blank);
            *node = fork(old, key, value);
        }
    }
}

/// Puts a branch where `key` leaves the path of a leaf or an extension.
fn fork(old: Node, key: &Nibbles, value: Vec<u8>) -> Node {
    let mut children = Children::default();
    let shared;
    match old {
        Node::Leaf { path, value } => {
            shared = path.common_prefix_length(key);
            let below = Link::new(Node::Leaf {
                path: path.slice(shared + 1..),
                value,
            });
            children[usize::from(path.get_unchecked(shared))] = Some(below);
        }
        Node::Extension { path, child } => {
            shared = path.common_prefix_length(key);
            let rest = path.slice(shared + 1..);
            let below = if rest.is_empty() {
                child
            } else {
                Link::new(Node::Extension { path: rest, child })
            };
            children[usize::from(path.get_unchecked(shared))] = Some(below);
        }
        branch @ Node::Branch { .. } => return branch,
    }
    let leaf = Node::Leaf {
        path: key.slice(shared + 1..),
        value,
    };
    children[usize::from(key.get_unchecked(shared))] = Some(Link::new(leaf));
    let branch = Node::Branch { children };
    if shared == 0 {
        return branch;
    }
    Node::Extension {
        path: key.slice(..shared),
        child: Link::new(branch),
    }
}

/// Removes `key`, which is there; returns whether nothing is left.
fn cut(link: &mut Link, key: &Nibbles) -> bool {
    let node = link.edit();
    match node {
        Node::Leaf { .. } => return true,
        Node::Extension { path, child } => {
            // The child is a branch: it had two children at least, so one is left.
            cut(child, &key.slice(path.len()..));
            *node = joined(*path, child);
        }
        Node::Branch { children } => {
            let slot = &mut children[first(key)];
            if slot
                .as_mut()
                .is_some_and(|child| cut(child, &key.slice(1..)))
            {
                *slot = None;
            }
            if let Some((index, only)) = only_child(children) {
                *node = joined(Nibbles::from_nibbles_unchecked([index]), only);
            }
        }
    }
    false
}

fn only_child(children: &Children) -> Option<(u8, &Link)> {
    let mut present = (0..16).zip(children.iter());
    let found = present.find_map(|(index, child)| Some((index, child.as_ref()?)))?;
    present.all(|(_, child)| child.is_none()).then_some(found)
}

/// Returns the node that stands for `child` below `prefix`.
fn joined(prefix: Nibbles, child: &Link) -> Node {
    match &child.0.node {
        Node::Leaf { path, value } => Node::Leaf {
            path: prefix.join(path),
            value: value.clone(),
        },
        Node::Extension { path, child } => Node::Extension {
            path: prefix.join(path),
            child: child.clone(),
        },
        Node::Branch { .. } => Node::Extension {
            path: prefix,
            child: child.clone(),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use alloy_primitives::keccak256;
    use alloy_trie::{HashBuilder, proof::verify_proof};
    use proptest::prelude::*;

    use super::*;

    fn reference_root(values: &BTreeMap<B256, Vec<u8>>) -> B256 {
        let mut builder = HashBuilder::default();
        for (key, value) in values {
            builder.add_leaf(Nibbles::unpack(key), value);
        }
        builder.root()
    }

    proptest! {
        #[test]
        fn the_root_is_that_of_a_trie_built_at_once(
            edits in proptest::collection::vec((0_u16..60, proptest::option::of(1_u64..)), 1..200),
        ) {
            let mut trie = Trie::default();
            let mut values = BTreeMap::new();
            let mut views = Vec::new();
            for (key, value) in edits {
                let key = keccak256(key.to_be_bytes());
                match value {
                    Some(value) => {
                        let value = alloy_rlp::encode(value);
                        trie.insert(key, value.clone());
                        values.insert(key, value);
                    }
                    None => {
                        trie.remove(key);
                        values.remove(&key);
                    }
                }
                trie.hash_low(key);
                views.push((trie.clone(), reference_root(&values)));
            }
            // Asked only now: later edits must not have shown through to earlier clones.
            for (view, root) in views {
                prop_assert_eq!(view.root(), root);
            }
        }

        #[test]
        fn a_proof_convinces_a_verifier_of_presence_and_of_absence(count in 0_u16..80) {
            let mut trie = Trie::default();
            for key in 0..count {
                trie.insert(keccak256(key.to_be_bytes()), alloy_rlp::encode(key));
            }
            for key in 0..count + 5 {
                let hashed = keccak256(key.to_be_bytes());
                let expected = (key < count).then(|| alloy_rlp::encode(key));
                let proof = trie.proof(hashed);
                let verdict = verify_proof(trie.root(), Nibbles::unpack(hashed), expected, &proof);
                prop_assert!(verdict.is_ok(), "{verdict:?}");
            }
        }
    }

    #[test]
    fn removing_all_leaves_the_empty_root() {
        let mut trie = Trie::default();
        for key in 0..50_u8 {
            trie.insert(keccak256([key]), vec![key + 1]);
        }
        for key in 0..50_u8 {
            trie.remove(keccak256([key]));
        }
        assert_eq!(trie.root(), EMPTY_ROOT_HASH);
    }
}
