//! Edits as JSON.

use quorate_event::{Container, Edit, ElementRef, EventId, Splice, Target, TextChange, Value as EditValue};
use serde_json::{Number, Value, json};

/// An edit of the event `id`.
pub(crate) fn describe(id: EventId, edit: &Edit) -> Value {
    let between = |left: &Option<ElementRef>, right: &Option<ElementRef>| json!({ "left": optional(id, left.as_ref()), "right": optional(id, right.as_ref()) });
    let mut described = match edit {
        Edit::Set { key, value, .. } => json!({ "op": "set", "key": key, "value": written(value) }),
        Edit::Delete { key, .. } => json!({ "op": "delete", "key": key }),
        Edit::Assign { value, .. } => json!({ "op": "assign", "value": written(value) }),
        Edit::Insert { left, right, values, .. } => {
            let values: Vec<Value> = values.iter().map(written).collect();
            with(between(left, right), json!({ "op": "insert", "values": values }))
        }
        Edit::Remove { first, count, .. } => json!({ "op": "remove", "first": element(id, first), "count": count }),
        Edit::Splice { splice, .. } => json!({ "op": "splice", "changes": describe_splice(id, splice) }),
        Edit::Add { amount, .. } => json!({ "op": "add", "amount": amount }),
        Edit::Move { element: moved, left, right, .. } => {
            with(between(left, right), json!({ "op": "move", "element": element(id, moved) }))
        }
    };
    described["target"] = match target(edit) {
        Target::Root => json!("root"),
        Target::Made(made) => element(id, &made),
    };
    described
}

/// The container that an edit changes.
pub(crate) const fn target(edit: &Edit) -> Target {
    match edit {
        Edit::Set { target, .. }
        | Edit::Delete { target, .. }
        | Edit::Assign { target, .. }
        | Edit::Insert { target, .. }
        | Edit::Remove { target, .. }
        | Edit::Splice { target, .. }
        | Edit::Add { target, .. }
        | Edit::Move { target, .. } => *target,
    }
}

/// The changes of a text, each with the characters that it inserts.
fn describe_splice(id: EventId, splice: &Splice) -> Vec<Value> {
    let mut text = splice.text().chars();
    let place = |reference| optional(id, splice.resolve(reference).as_ref());
    let changes = splice.changes().iter().map(|change| match change {
        TextChange::Insert { left, right, chars } => {
            let inserted: String = text.by_ref().take(*chars as usize).collect();
            json!({ "op": "insert", "left": left.map(place), "right": right.map(place), "text": inserted })
        }
        TextChange::Remove { first, count } => json!({ "op": "remove", "first": place(*first), "count": count }),
    });
    changes.collect()
}

fn with(mut one: Value, other: Value) -> Value {
    if let (Value::Object(one), Value::Object(other)) = (&mut one, other) {
        one.extend(other);
    }
    one
}

fn optional(id: EventId, reference: Option<&ElementRef>) -> Value {
    reference.map_or(Value::Null, |reference| element(id, reference))
}

fn element(id: EventId, reference: &ElementRef) -> Value {
    let (event, index) = match reference {
        ElementRef::Here(index) => (id, index),
        ElementRef::There(event, index) => (*event, index),
    };
    json!({ "event": event.to_string(), "index": index })
}

/// A scalar as itself; a new container as `{"new": KIND}`, which differs from every scalar.
fn written(value: &EditValue) -> Value {
    match value {
        EditValue::Null => Value::Null,
        EditValue::Bool(value) => json!(value),
        EditValue::Integer(integer) => Number::from_i128(integer.value()).map_or(Value::Null, Value::Number),
        EditValue::Float(float) => json!(float.value()),
        EditValue::String(text) => json!(&**text),
        EditValue::New(Container::Object) => json!({ "new": "object" }),
        EditValue::New(Container::List) => json!({ "new": "list" }),
        EditValue::New(Container::Text) => json!({ "new": "text" }),
        EditValue::New(Container::Register) => json!({ "new": "register" }),
        EditValue::New(Container::Counter) => json!({ "new": "counter" }),
    }
}
