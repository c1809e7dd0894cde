//! JSON documents that fold out of a causal graph of edits: in any causal order, with one result.
//!
//! Parties who do not trust each other write to one document without asking each other. Every replica must end with the
//! same value, in whatever order the edits arrive, and whatever a Byzantine author's events refer to. So a document is a
//! *fold*: a pure function of the set of events addressed to its name and of their causal order. A Byzantine author gains
//! nothing, since every id in it is a hash (Kleppmann, "Making CRDTs Byzantine Fault Tolerant", 2022,
//! <https://doi.org/10.1145/3517209.3524042>). Lists and texts follow Fugue (Weidner & Kleppmann, "The Art of the Fugue",
//! 2023, <https://arxiv.org/abs/2305.00583>), stored in runs; keys are multi-value registers (Shapiro et al., "A
//! comprehensive study of CRDTs", 2011, <https://inria.hal.science/inria-00555588>); moves of list elements follow
//! Kleppmann, "Moving Elements in List CRDTs", 2020, <https://doi.org/10.1145/3380787.3393677>.
//!
//! # Vocabulary
//! The terms of the whole project are in [docs/glossary.md](../../../docs/glossary.md).
//!
//! | word | type | meaning |
//! |---|---|---|
//! | document | [`Document`] | every write to one name |
//! | container | [`ContainerId`] | the root object, or an object, list, text, register or counter that an edit made |
//! | element | [`ElementId`] | an inserted item or character: its event, and its index there |
//! | causal order | [`CausalOrder`] | which events were in an event's past, as the graph knows it |
//! | view | [`DocumentView`] | the events that count: merged, a milestone's cut, any past; void events never count |
//! | outcome | [`EditOutcome`] | whether an edit was applied or ignored |
//! | session | [`Editor`] | writes by path, each of which sees the ones before it |
//! | command | [`EditCommand`] | a write by path, as JSON |
//! | patch | [`ViewPatch`] | what differs between two views |
//! | saved document | [`Document::save`] | a document in bytes that [open](Document::open) faster than its events fold |
//! | draft, batch | [`EventDraft`], [`EditBatch`] | edits that are packed into one event, or into several |
//!
//! # Folders
//! ```text
//!   edit/   wanted change -> edits -> payloads ----> view/, json/, model/
//!   view/   what shows in a view; digests; patches -> json/, model/
//!   saved/  a document in bytes -------------------> model/
//!   model/  every write, and the fold -------------> quorate-event
//!   json/   JSON text: parser, canonical form -----> quorate-event
//! ```
//!
//! # Rules
//! Upon receiving an event, after the events of its past, for each of its edits in order ([`Document::fold`]):
//! - what the edit refers to must lie in the strict past of the event, or at a lower index of the same event; the
//!   container must exist in this document, be of the kind that the edit needs, and hold the element; a new container
//!   lies at most [`DOCUMENT_DEPTH`](quorate_event::limits::DOCUMENT_DEPTH) deep, where the root's depth is 1. An edit that
//!   breaks a rule is ignored. The changes of a splice are judged one by one.
//! - *Set* and *Delete* write a key, *Assign* writes the root or a register. All writes are stored. *Add* adds to a counter.
//! - *Insert*, and an insertion of a splice, adds a run to the sequence's tree: as a left child of its right origin, if the
//!   right origin is a descendant of the left origin; otherwise as a right child of its left origin. A *removal* is stored
//!   with the event that removed; it covers elements that one insertion wrote. *Move* makes a new place for an element.
//!
//! Upon reading through a view ([`Document::value`]):
//! - of a key's writes in the view, a write is replaced if another write in the view has it in its past; of the remaining
//!   values the greatest (depth, event, index) shows. A deletion replaces and has no value.
//! - an element shows if its insertion is in the view and none of its removals is; it stands where the greatest (depth,
//!   event, index) of its moves in the view has put it.
//! - a text shows as a string, a register as its value or null, a counter as the sum of the amounts that the view's events
//!   added: a number, or its digits as a string where it leaves JSON's integers.
//! - the greatest assigned value is the root; where nothing is assigned, the root is the object that every document starts
//!   with.
//! - the content of a container shows only where the container does.
//!
//! Upon a wanted change ([`Document::put`], [`set`](Document::set), [`merge_patch`](Document::merge_patch),
//! [`json_patch`](Document::json_patch), [`command`](Document::command), [`edit`](Document::edit)): write the fewest edits
//! that make it show. Insertions name the left neighbour that shows, and the very next element after it among all that
//! were inserted in the view, removed or not: Fugue needs both.
//!
//! ```text
//!   event, causal order --fold--> every write (registers, runs, removals) --view--> value --> canonical text --> digest
//!                         |                                                  |
//!                         +--> outcome of each edit   wanted change, view ---+--> edits --draft, batch--> payloads
//!                                                          two views -------+--> patches
//! ```
//!
//! # Invariants
//! - **D1** Any causal order of the same events ends in the same value, digest and outcomes (`model`).
//! - **D2** A causally closed view shows what a document folded from its events alone shows (`view::reading`).
//! - **D3** The fold is total: no edit fails, panics, or is judged by its time of arrival (`model::fold`).
//! - **D4** A deletion removes what its author saw and nothing else (`model::register`).
//! - **D5** Concurrent runs of insertions do not interleave, typed forwards or backwards (`model::sequence`).
//! - **D6** A value that is put shows; to put a value that shows takes no edit (`edit::builder`).
//! - **D7** A value has one canonical text, and integers keep their digits (`json::canonical`, `view::reading`).
//! - **D8** JSON is read without loss; a text that could not be kept exactly is refused (`json::parse`).
//! - **D9** Packing edits into one event or into several does not change their meaning (`edit::packing`).
//! - **D10** A root derived from a former one equals the root of all documents (`view::root`).
//! - **D11** A document that was saved and opened behaves as the one that was saved (`saved`).
//!
//! # Deviations from the papers, and limits
//! - Siblings in the tree are ordered by id: Fugue, not FugueMax. Runs of three or more authors who share an origin, some of
//!   them typing backwards, may stand in another order than FugueMax gives; they do not interleave.
//! - An edit names two origins, not Fugue's parent and side; both follow from the origins, whichever origins a Byzantine
//!   author names.
//! - An empty document and one without any write both show `{}`; [`Document::known`] distinguishes them. Putting `{}` where
//!   nothing was written writes nothing.
//! - Two authors who make a container at one key concurrently make two: one shows, the other is a conflict.
//! - Placing a run, and finding a position in a view that [shows everything](DocumentView::shows_everything), takes O(log n)
//!   steps, O(log² n) between siblings; a removal costs as much for each range that it hides, and each element is hidden
//!   once. Any other view is read in O(n), as are a value and its digest.
//! - Reading a key stops at a write that replaces all before it; a key with n concurrent deletions takes n² comparisons.
//!   Removed elements and replaced values stay in memory.
//! - A text holds 4 GiB, a list 2^32 items, removed ones included; further insertions are ignored.
//! - Opening a saved document takes O(n log n) steps in the number of writes. Damaged bytes are refused; forged bytes open as
//!   some document or not at all.
//! - A float in [2^64, 10^21) is an integer in its canonical text, which [`parse_json`] refuses; JSON that is sent out
//!   writes it with an exponent.
//!
//! # Example
//! ```
//! use quorate_document::*;
//! use quorate_event::{Address, EventId};
//! use serde_json::json;
//!
//! /// Two events that do not know of each other.
//! struct Concurrent;
//! impl CausalOrder for Concurrent {
//!     fn precedes(&self, _: &EventId, _: &EventId) -> bool { false }
//!     fn depth(&self, _: &EventId) -> u64 { 1 }
//!     fn author(&self, _: &EventId) -> Option<Address> { None }
//! }
//!
//! let (ann, bob) = (EventId::new([1; 32]), EventId::new([2; 32]));
//! let empty = Document::default();
//! let hers = empty.put(&Everything, &Concurrent, &json!({"name": "Ann", "sizes": [1, 2]}))?;
//! let his = empty.set(&Everything, &Concurrent, "/name", &json!("Bob"))?;
//!
//! let (mut one, mut other) = (Document::default(), Document::default());
//! one.fold(ann, 0, &hers, &Concurrent);
//! one.fold(bob, 0, &his, &Concurrent);
//! other.fold(bob, 0, &his, &Concurrent);
//! other.fold(ann, 0, &hers, &Concurrent);
//!
//! let value = one.value(&Everything, &Concurrent);
//! assert_eq!(value, json!({"name": "Bob", "sizes": [1, 2]}));
//! assert_eq!(value, other.value(&Everything, &Concurrent));
//! assert_eq!(one.conflicts("/name", &Everything, &Concurrent)?.len(), 2);
//! # Ok::<(), WriteError>(())
//! ```
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::float_arithmetic,
        clippy::arithmetic_side_effects
    )
)]

mod edit;
mod json;
mod model;
mod saved;
mod view;

pub use edit::error::{PatchProblem, WriteError};
pub use edit::packing::batch::{EditBatch, RemainingBatch};
pub use edit::packing::draft::{EDIT_BYTES, EventDraft, PAYLOAD_BYTES};
pub use edit::session::command::EditCommand;
pub use edit::session::counter::CounterEditor;
pub use edit::session::editor::Editor;
pub use edit::session::list::ListEditor;
pub use edit::session::text::{TextEditor, TextUnit};
pub use json::canonical::{canonical_json, digest};
pub use json::error::{JsonError, JsonProblem};
pub use json::parse::parse_json;
pub use json::pointer::PointerError;
pub use model::causal_order::CausalOrder;
pub use model::document::Document;
pub use model::document_view::{DocumentView, Everything};
pub use model::documents::{DocumentOutcomes, Documents};
pub use model::ids::{ContainerId, ElementId};
pub use model::outcome::{EditOutcome, IgnoredReason};
pub use saved::OpenError;
pub use view::conflicts::ConcurrentValue;
pub use view::patches::{InsertedContent, ViewPatch};
pub use view::positions::{ItemMove, PositionRange};
pub use view::root::{DocumentsRoot, ROOT_DOCUMENT_BYTES};
