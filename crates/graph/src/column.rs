//! Dense local indices and the columns that they index.
//!
//! A local index is this graph's own: it is never sent, hashed or compared across graphs.

use std::marker::PhantomData;

/// A number that indexes a [`Column`].
pub(crate) trait LocalIndex: Copy {
    fn as_usize(self) -> usize;
    fn from_usize(index: usize) -> Self;
}

macro_rules! local {
    ($($(#[$doc:meta])* $name:ident;)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub(crate) struct $name(u32);

            impl $name {
                /// No row at all: half the size of an `Option`.
                pub(crate) const NONE: Self = Self(u32::MAX);
            }

            impl LocalIndex for $name {
                fn as_usize(self) -> usize {
                    self.0 as usize
                }

                fn from_usize(index: usize) -> Self {
                    u32::try_from(index).map_or(Self::NONE, Self)
                }
            }
        )*
    };
}

local! {
    /// A vertex, in admission order: parents come before their children.
    VertexIndex;
    /// An edge from a vertex to one of its parents.
    EdgeIndex;
    /// A chain: one branch of a lane, or of the milestones.
    ChainIndex;
    /// An (author, lane).
    LaneIndex;
    /// An author.
    AuthorIndex;
}

impl VertexIndex {
    /// M0.
    pub(crate) const ROOT: Self = Self(0);
}

/// A vector indexed by one kind of local index.
///
/// Indices are given out by `push` alone and rows are never removed, so the vacant value of `at` is not met; it is
/// there so that no lookup can panic.
pub(crate) struct Column<K, T> {
    rows: Vec<T>,
    vacant: T,
    key: PhantomData<fn(K)>,
}

impl<K: LocalIndex, T> Column<K, T> {
    pub(crate) const fn new(vacant: T) -> Self {
        Self { rows: Vec::new(), vacant, key: PhantomData }
    }

    pub(crate) fn push(&mut self, row: T) -> K {
        let key = K::from_usize(self.rows.len());
        self.rows.push(row);
        key
    }

    pub(crate) fn get(&self, key: K) -> &T {
        self.rows.get(key.as_usize()).unwrap_or(&self.vacant)
    }

    pub(crate) fn get_mut(&mut self, key: K) -> Option<&mut T> {
        self.rows.get_mut(key.as_usize())
    }

    pub(crate) fn set(&mut self, key: K, row: T) {
        if let Some(slot) = self.get_mut(key) {
            *slot = row;
        }
    }

    /// The rows from one key up to another, which is not included.
    pub(crate) fn between(&self, from: K, to: K) -> &[T] {
        let to = to.as_usize().min(self.rows.len());
        self.rows.get(from.as_usize()..to).unwrap_or_default()
    }

    pub(crate) const fn len(&self) -> usize {
        self.rows.len()
    }

    /// The key that the next row will get.
    pub(crate) fn end(&self) -> K {
        K::from_usize(self.rows.len())
    }

    pub(crate) fn keys(&self) -> impl DoubleEndedIterator<Item = K> + use<K, T> {
        (0..self.rows.len()).map(K::from_usize)
    }

    pub(crate) const fn memory_bytes(&self) -> usize {
        self.rows.capacity().saturating_mul(size_of::<T>())
    }
}

impl<K: LocalIndex, T: Copy> Column<K, T> {
    pub(crate) fn at(&self, key: K) -> T {
        *self.get(key)
    }
}
