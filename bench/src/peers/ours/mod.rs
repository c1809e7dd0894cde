//! quorate-document, twice: a document alone, and a replica that also signs, verifies and orders events.

mod everything;
mod fold_alone;

pub use everything::Everything;
pub use fold_alone::FoldAlone;

use quorate_document::{CausalOrder, Document, PositionRange, TextEditor, WriteError};
use quorate_event::{Container, Edit, limits::EVENT_EDITS};

use crate::peers::JsonOp;
use crate::trace::Patch;

const TEXT: &str = "/text";

/// The edits of the event that makes the text, the same at every replica.
fn making_text(document: &Document, past: &impl CausalOrder) -> Vec<Edit> {
    let made = document.edit(&quorate_document::Everything, past, |doc| doc.make(TEXT, Container::Text));
    made.expect("a new key")
}

/// Patches in groups of at most as many changes as an event may hold.
fn events(patches: &[Patch]) -> impl Iterator<Item = &[Patch]> {
    let mut rest = patches;
    std::iter::from_fn(move || {
        let mut changes = 0;
        let fits = |patch: &&Patch| {
            changes += usize::from(patch.1 > 0) + usize::from(!patch.2.is_empty());
            changes <= EVENT_EDITS
        };
        let (event, later) = rest.split_at(rest.iter().take_while(fits).count());
        rest = later;
        (!event.is_empty()).then_some(event)
    })
}

/// Edits that type one group of patches.
fn typing(document: &Document, past: &impl CausalOrder, patches: &[Patch]) -> Vec<Edit> {
    let session = document.edit(&quorate_document::Everything, past, |doc| {
        let mut text = doc.text(TEXT)?;
        patches.iter().try_for_each(|patch| splice(&mut text, patch))
    });
    session.expect("within the text")
}

fn splice(text: &mut TextEditor<'_, '_>, Patch(at, removed, inserted): &Patch) -> Result<(), WriteError> {
    let at = *at as u32;
    if *removed > 0 {
        text.remove(PositionRange { at, count: *removed as u32 })?;
    }
    if inserted.is_empty() { Ok(()) } else { text.insert(at, inserted) }
}

/// The edits of one group of operations.
fn changing(document: &Document, past: &impl CausalOrder, ops: &[JsonOp]) -> Vec<Edit> {
    let session = document.edit(&quorate_document::Everything, past, |doc| {
        ops.iter().try_for_each(|op| match op {
            JsonOp::Make(path) => doc.make(&pointer(path), Container::Object),
            JsonOp::Set(path, value) => doc.set(&pointer(path), value),
            JsonOp::Delete(path) => doc.delete(&pointer(path)),
        })
    });
    session.expect("paths that exist")
}

fn pointer(path: &[String]) -> String {
    path.iter().flat_map(|key| ["/", key]).collect()
}

fn text_of(document: &Document, past: &impl CausalOrder) -> Option<String> {
    document.value(&quorate_document::Everything, past)["text"].as_str().map(str::to_owned)
}

/// Byte strings one after the other, each after its length.
fn framed<'b>(pieces: impl IntoIterator<Item = &'b [u8]>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for piece in pieces {
        bytes.extend((piece.len() as u32).to_be_bytes());
        bytes.extend(piece);
    }
    bytes
}

/// The byte strings of [`frame`]; an error if the lengths do not fit.
fn pieces(bytes: &[u8]) -> Result<Vec<&[u8]>, &'static str> {
    let (mut pieces, mut rest) = (Vec::new(), bytes);
    while let Some((len, after)) = rest.split_first_chunk() {
        let (piece, later) = after.split_at_checked(u32::from_be_bytes(*len) as usize).ok_or("cut short")?;
        pieces.push(piece);
        rest = later;
    }
    if rest.is_empty() { Ok(pieces) } else { Err("cut short") }
}
