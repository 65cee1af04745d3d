//! Edits that can be recognised in a canvas: whether they are there, whole, once, and in their author's order.
//!
//! The edit of number `n` of client `c`, all in one transaction with one stamp:
//!
//! - puts two marks, `c-mark-n-0` and `c-mark-n-1`, which nobody else ever touches: the edit is there, and whole;
//! - puts `c-last-n` and deletes `c-last-(n-1)`: the edit's repetition after a later one would bring it back;
//! - sets the client's counter `c-counter` to `n`;
//! - puts or patches all shapes of a group, `g-0`, `g-1`, …, to its stamp: members that differ show a halved edit,
//!   whoever wrote last.

use collabcanvas_canvas::Operation;
use serde_json::{Value, json};

/// How many groups people share, and how many shapes each has: group `g` has `2 + g % 3`.
pub const GROUPS: u64 = 8;

/// The shapes of a group.
pub fn group(group: u64) -> Vec<String> {
    (0..2 + group % 3).map(|member| format!("group-{group}-{member}")).collect()
}

/// The marks of an edit.
pub fn marks(client: &str, number: u64) -> [String; 2] {
    [0, 1].map(|part| format!("{client}-mark-{number}-{part}"))
}

/// The shape that only the last edit of a client leaves.
pub fn last(client: &str, number: u64) -> String {
    format!("{client}-last-{number}")
}

/// A client's counter.
pub fn counter(client: &str) -> String {
    format!("{client}-counter")
}

/// The edit of this number, by the person of this place, on a group.
pub fn operations(client: &str, person: u64, number: u64, shared: u64) -> Vec<Operation> {
    let stamp = stamp(person, number);
    let put = |id: &str, x: u64| {
        json!({"put": {"id": id, "type": "basic/rectangle", "index": "V", "x": x, "y": stamp, "width": 10, "height": 10,
            "props": {}}})
    };
    let patch = |id: &str, x: u64| json!({"patch": {"id": id, "x": x, "y": stamp}});
    let mut all: Vec<Value> = marks(client, number).iter().map(|mark| put(mark, number)).collect();
    all.push(put(&last(client, number), number));
    if number == 1 {
        all.push(put(&counter(client), number));
    } else {
        all.push(json!({ "delete": last(client, number - 1) }));
        all.push(patch(&counter(client), number));
    }
    // A group that is not there yet stays so: a patch of nothing does nothing.
    let write = |id: &String| if number.is_multiple_of(3) { patch(id, stamp) } else { put(id, stamp) };
    all.extend(group(shared).iter().map(write));
    all.into_iter().map(|operation| serde_json::from_value(operation).expect("an operation")).collect()
}

/// What the shapes of a group show after an edit.
pub fn stamp(person: u64, number: u64) -> u64 {
    person * 100_000 + number
}
