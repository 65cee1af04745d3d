//! How transactions apply, and what a draft makes of them.

use collabcanvas_canvas::*;
use proptest::prelude::*;
use serde_json::json;

fn id(name: &str) -> ShapeId {
    ShapeId::parse(name).unwrap()
}

fn operation(value: serde_json::Value) -> Operation {
    // By way of text, as it comes over the wire.
    serde_json::from_str(&value.to_string()).unwrap()
}

fn put(name: &str, props: serde_json::Value) -> Operation {
    operation(
        json!({"put": {"id": name, "type": "basic/star", "index": "V", "x": 0, "y": 0, "width": 10, "height": 10, "props": props}}),
    )
}

fn sequenced(seq: Seq, operations: Vec<Operation>) -> Sequenced {
    let client = ClientId::parse("tab").unwrap();
    Sequenced { seq, client, number: seq, user: UserId::parse("ada").unwrap(), operations }
}

/// A document after these transactions, each drafted against the one before.
fn after(transactions: Vec<Vec<Operation>>) -> Document {
    let mut document = Document::default();
    for operations in transactions {
        let normal = Draft::new(&document, operations).unwrap().into_operations();
        document.apply(&sequenced(document.seq() + 1, normal));
    }
    document
}

fn refused(document: &Document, operations: Vec<Operation>) -> (String, Option<String>) {
    let problem = Draft::new(document, operations).err().expect("should have been refused");
    (problem.code, problem.path)
}

#[test]
fn patches_of_different_fields_and_props_both_hold() {
    let document = after(vec![
        vec![put("a", json!({"points": 5, "fill": "red"}))],
        vec![operation(json!({"patch": {"id": "a", "x": 7, "props": {"fill": "blue"}}}))],
        vec![operation(json!({"patch": {"id": "a", "y": 8, "props": {"points": 6}}}))],
    ]);
    let shape = document.get(&id("a")).unwrap();
    assert_eq!((shape.x, shape.y), (7.0, 8.0));
    assert_eq!(shape.props.as_str(), r#"{"fill":"blue","points":6}"#);
}

#[test]
fn a_null_member_removes_a_prop() {
    let document = after(vec![
        vec![put("a", json!({"points": 5, "fill": "red"}))],
        vec![operation(json!({"patch": {"id": "a", "props": {"fill": null}}}))],
    ]);
    assert_eq!(document.get(&id("a")).unwrap().props.as_str(), r#"{"points":5}"#);
}

#[test]
fn an_edit_to_a_deleted_shape_does_nothing_and_a_put_brings_it_back() {
    let mut document = after(vec![vec![put("a", json!({}))], vec![operation(json!({"delete": "a"}))]]);
    let patch = vec![operation(json!({"patch": {"id": "a", "x": 7}}))];
    assert_eq!(Draft::new(&document, patch.clone()).unwrap().into_operations(), []);
    document.apply(&sequenced(3, patch));
    assert!(document.is_empty());
    document.apply(&sequenced(4, vec![put("a", json!({}))]));
    assert_eq!(document.len(), 1);
}

#[test]
fn one_transaction_sees_each_shape_once_as_it_would_become() {
    let document = after(vec![vec![put("a", json!({"points": 5}))]]);
    let draft = Draft::new(
        &document,
        vec![
            operation(json!({"patch": {"id": "a", "x": 1, "props": {"points": 6}}})),
            put("b", json!({})),
            operation(json!({"patch": {"id": "a", "x": 2, "props": {"fill": "red"}}})),
            operation(json!({"patch": {"id": "b", "y": 3}})),
        ],
    )
    .unwrap();
    assert_eq!(draft.changes().len(), 2);
    let operations = draft.into_operations();
    assert_eq!(operations[0], operation(json!({"patch": {"id": "a", "x": 2, "props": {"fill": "red", "points": 6}}})));
    assert!(matches!(&operations[1], Operation::Put(shape) if shape.y == 3.0));
}

#[test]
fn normal_form_of_a_patch_holds_what_validation_changed_and_what_was_asked_for() {
    let document = after(vec![vec![put("a", json!({"points": 5, "fill": "red", "dash": "solid"}))]]);
    let asked = operation(json!({"patch": {"id": "a", "props": {"points": 99, "fill": "red"}}}));
    let mut draft = Draft::new(&document, vec![asked]).unwrap();
    draft.set_normal_form(0, Props::parse(r#"{"points":12,"fill":"red","dash":"none"}"#).unwrap(), None);
    let expected = operation(json!({"patch": {"id": "a", "props": {"dash": "none", "fill": "red", "points": 12}}}));
    assert_eq!(draft.into_operations(), [expected]);
}

#[test]
fn normal_form_of_a_patch_holds_the_size_that_follows_from_the_props() {
    let document = after(vec![vec![put("a", json!({"points": 5}))]]);
    let shape = document.get(&ShapeId::parse("a").unwrap()).unwrap().clone();
    let normal_form = |size| {
        let asked = operation(json!({"patch": {"id": "a", "props": {"points": 9}}}));
        let mut draft = Draft::new(&document, vec![asked]).unwrap();
        draft.set_normal_form(0, Props::parse(r#"{"points":9}"#).unwrap(), Some(size));
        draft.into_operations()
    };
    let patch = |size: serde_json::Value| {
        let mut patch = json!({"id": "a", "props": {"points": 9}});
        patch.as_object_mut().unwrap().append(&mut size.as_object().unwrap().clone());
        [operation(json!({ "patch": patch }))]
    };
    assert_eq!(normal_form((7.0, 8.0)), patch(json!({"width": 7, "height": 8})));
    assert_eq!(normal_form((shape.width, shape.height)), patch(json!({})), "a size that stays is not said again");
}

#[test]
fn a_shape_that_was_migrated_is_put_as_a_whole() {
    let document = after(vec![vec![put("a", json!({"points": 5}))]]);
    let asked = operation(json!({"patch": {"id": "a", "props": {"points": 9}}}));
    let mut draft = Draft::new(&document, vec![asked]).unwrap();
    draft.set_migrated(0, Props::parse(r#"{"corners":9}"#).unwrap(), 2);
    let [Operation::Put(shape)] = &draft.into_operations()[..] else { panic!("not one put") };
    assert_eq!((shape.version, shape.props.as_str()), (2, r#"{"corners":9}"#));
    assert_eq!(serde_json::to_value(shape).unwrap()["version"], 2);
}

#[test]
fn a_mere_move_needs_no_validation() {
    let document = after(vec![vec![put("a", json!({}))]]);
    let needs = |operation| Draft::new(&document, vec![operation]).unwrap().changes()[0].needs_validation();
    assert!(!needs(operation(json!({"patch": {"id": "a", "x": 1, "y": 2, "rotation": 3, "opacity": 0.5}}))));
    assert!(needs(operation(json!({"patch": {"id": "a", "width": 1}}))));
    assert!(needs(operation(json!({"patch": {"id": "a", "props": {"points": 3}}}))));
    assert!(needs(put("b", json!({}))));
}

#[test]
fn a_locked_shape_refuses_everything_but_unlocking() {
    let document =
        after(vec![vec![put("a", json!({}))], vec![operation(json!({"patch": {"id": "a", "locked": true}}))]]);
    let locked = |operation| refused(&document, vec![operation]).0;
    assert_eq!(locked(operation(json!({"patch": {"id": "a", "x": 1}}))), "locked");
    assert_eq!(locked(operation(json!({"delete": "a"}))), "locked");
    assert_eq!(locked(put("a", json!({}))), "locked");
    assert!(Draft::new(&document, vec![operation(json!({"patch": {"id": "a", "locked": false, "x": 1}}))]).is_ok());
}

#[test]
fn limits_are_refused_with_the_place_to_blame() {
    let document = after(vec![vec![put("a", json!({}))]]);
    let many = vec![operation(json!({"delete": "x"})); MAX_OPERATIONS + 1];
    assert_eq!(refused(&document, many), ("too-many-operations".into(), None));
    let large = vec![put("b", json!({})), put("c", json!({"text": "x".repeat(MAX_SHAPE_BYTES)}))];
    assert_eq!(refused(&document, large), ("shape-too-large".into(), Some("/1/props".into())));
    let far = vec![operation(json!({"patch": {"id": "a", "x": 1e300}}))];
    assert_eq!(refused(&document, far), ("out-of-range".into(), Some("/0/x".into())));
    let negative = vec![operation(json!({"patch": {"id": "a", "width": -1}}))];
    assert_eq!(refused(&document, negative), ("out-of-range".into(), Some("/0/width".into())));
}

#[test]
fn a_canvas_takes_100_000_shapes_and_not_one_more() {
    let mut document = Document::default();
    for number in 0..MAX_SHAPES {
        let Operation::Put(shape) = put(&format!("s{number}"), json!({})) else { unreachable!() };
        document.load_shape(shape, 1);
    }
    assert_eq!(refused(&document, vec![put("one-more", json!({}))]).0, "too-many-shapes");
    assert!(Draft::new(&document, vec![operation(json!({"delete": "s1"})), put("one-more", json!({}))]).is_ok());
}

#[test]
fn what_lies_in_a_shape_that_is_gone_lies_on_the_canvas() {
    let child = |name: &str, parent: &str| operation(json!({"patch": {"id": name, "parent": parent}}));
    let document = after(vec![
        vec![put("frame", json!({})), put("group", json!({})), put("leaf", json!({}))],
        vec![child("group", "frame")],
        vec![operation(json!({"delete": "frame"}))],
        vec![child("leaf", "group")],
    ]);
    let in_parent = |parent: Option<&str>| {
        let parent = Some(parent.map(|id| ShapeId::parse(id).unwrap()));
        let found = document.query(&Query { parent, ..Query::default() }, None, 9);
        found.iter().map(|shape| shape.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!((in_parent(None), in_parent(Some("group"))), (vec!["group".to_owned()], vec!["leaf".to_owned()]));
    assert_eq!(refused(&document, vec![child("leaf", "frame")]).0, "no-such-parent");
}

#[test]
fn a_shape_may_not_lie_in_itself() {
    let child = |name: &str, parent: &str| operation(json!({"patch": {"id": name, "parent": parent}}));
    let document = after(vec![
        vec![put("a", json!({})), put("b", json!({})), put("c", json!({}))],
        vec![child("b", "a"), child("c", "b")],
    ]);
    assert_eq!(refused(&document, vec![child("a", "c")]), ("parent-cycle".into(), Some("/0/parent".into())));
    assert_eq!(refused(&document, vec![child("a", "nobody")]).0, "no-such-parent");
    let out = operation(json!({"patch": {"id": "b", "parent": null}}));
    assert!(Draft::new(&document, vec![out, child("a", "c")]).is_ok());
}

#[test]
fn s2_a_record_that_cannot_be_read_has_a_placeholder_that_can_only_be_deleted() {
    let mut document = Document::default();
    document.load_unreadable(id("bad"), r#"{"x": 40, "y": "?"}"#, "y is no number".into(), 1);
    let shape = document.get(&id("bad")).unwrap();
    assert_eq!(
        (shape.shape_type.as_str(), shape.x, shape.props.as_str()),
        (UNREADABLE_TYPE, 40.0, r#"{"reason":"y is no number"}"#)
    );
    assert_eq!(refused(&document, vec![operation(json!({"patch": {"id": "bad", "x": 1}}))]).0, "unreadable-record");
    let deleted = Draft::new(&document, vec![operation(json!({"delete": "bad"}))]).unwrap().into_operations();
    document.apply(&sequenced(1, deleted));
    assert!(document.is_empty() && document.set_aside().is_empty());
}

#[test]
fn nobody_can_make_a_shape_of_the_hosts_own_type() {
    let shape = operation(
        json!({"put": {"id": "a", "type": "core/unreadable", "index": "V", "x": 0, "y": 0, "width": 1, "height": 1, "props": {}}}),
    );
    assert_eq!(refused(&Document::default(), vec![shape]).0, "reserved-type");
}

#[test]
fn wrong_json_is_refused_when_it_is_read() {
    let refused = |text: &str| serde_json::from_str::<Operation>(text).unwrap_err().to_string();
    assert!(refused(r#"{"put": {"id": "a b", "type": "basic/star", "index": "V", "x": 0, "y": 0, "width": 1, "height": 1, "props": {}}}"#).contains("is not a shape id"));
    assert!(refused(r#"{"put": {"id": "a", "type": "star", "index": "V", "x": 0, "y": 0, "width": 1, "height": 1, "props": {}}}"#).contains("is not a shape type"));
    assert!(refused(r#"{"patch": {"id": "a", "props": [1]}}"#).contains("props are a JSON object"));
    assert!(refused(r#"{"patch": {"id": "a", "colour": 1}}"#).contains("unknown field `colour`"));
}

#[test]
fn catching_up_beyond_the_bounded_tombstones_needs_a_snapshot() {
    let mut document = Document::default();
    for round in 0..7u64 {
        let names: Vec<String> = (0..5_000).map(|number| format!("r{round}-{number}")).collect();
        let seq = document.seq();
        document.apply(&sequenced(seq + 1, names.iter().map(|name| put(name, json!({}))).collect()));
        document.apply(&sequenced(seq + 2, names.iter().map(|name| Operation::Delete(id(name))).collect()));
    }
    assert_eq!(document.changes_since(0), None);
    assert_eq!(document.changes_since(13).unwrap().deleted.len(), 5_000);
    assert_eq!(document.changes_since(99), None, "a place that the order has not reached");
}

/// Random operations on a few shapes.
fn operations() -> impl Strategy<Value = Vec<Operation>> {
    let name = prop::sample::select(vec!["a", "b", "c", "d"]);
    let one = (name, 0..4u8, 0..100i32, prop::option::of(0..5i32)).prop_map(|(name, kind, number, prop)| match kind {
        0 => put(name, json!({"points": number})),
        1 => operation(json!({"delete": name})),
        2 => operation(json!({"patch": {"id": name, "x": number}})),
        _ => operation(json!({"patch": {"id": name, "y": number, "props": {"fill": prop, "points": number}}})),
    });
    prop::collection::vec(one, 1..6)
}

/// A journal as rooms write it: each transaction in its normal form.
fn journal(transactions: Vec<Vec<Operation>>) -> Vec<Sequenced> {
    let mut document = Document::default();
    let mut place = |(operations, seq)| {
        let transaction = sequenced(seq, Draft::new(&document, operations).unwrap().into_operations());
        document.apply(&transaction);
        transaction
    };
    transactions.into_iter().zip(1..).map(&mut place).collect()
}

fn contents(document: &Document) -> Vec<Shape> {
    document.query(&Query::default(), None, usize::MAX).iter().map(|shape| (**shape).clone()).collect()
}

proptest! {
    /// S1: repeats and restarts of the journal do not change the canvas.
    #[test]
    fn s1_repeated_transactions_change_nothing(transactions in prop::collection::vec(operations(), 1..12), repeats in prop::collection::vec(0..12usize, 0..12)) {
        let journal = journal(transactions);
        let (mut once, mut often) = (Document::default(), Document::default());
        for (place, transaction) in journal.iter().enumerate() {
            once.apply(transaction);
            often.apply(transaction);
            for repeat in repeats.iter().filter(|repeat| **repeat <= place) {
                often.apply(&journal[*repeat]);
            }
        }
        prop_assert_eq!(contents(&once), contents(&often));
    }

    /// D1: a checkpoint whose shapes were written at different times, some of them later than the checkpoint says,
    /// gives the same canvas after the journal is replayed.
    #[test]
    fn d1_a_checkpoint_cut_in_half_is_mended_by_the_journal(transactions in prop::collection::vec(operations(), 1..12), checkpoint in 0..12usize, ahead in prop::collection::vec(0..12usize, 4)) {
        let journal = journal(transactions);
        let state_at = |count: usize| {
            let mut document = Document::default();
            journal.iter().take(count).for_each(|transaction| document.apply(transaction));
            document
        };
        let checkpoint = checkpoint.min(journal.len());
        let mut loaded = Document::at(1, checkpoint as Seq);
        for (name, ahead) in ["a", "b", "c", "d"].iter().zip(&ahead) {
            let written_at = state_at((*ahead).clamp(checkpoint, journal.len()));
            match (written_at.get(&id(name)), written_at.changed(&id(name))) {
                (Some(shape), Some(seq)) => loaded.load_shape((**shape).clone(), seq),
                (None, Some(seq)) => loaded.load_deleted(id(name), seq),
                (_, None) => {}
            }
        }
        journal[checkpoint..].iter().for_each(|transaction| loaded.replay(transaction));
        prop_assert_eq!(contents(&loaded), contents(&state_at(journal.len())));
        prop_assert_eq!(loaded.seq(), journal.len() as Seq);
    }

    /// S1: whoever catches up from any place by `changes_since` holds what everybody holds.
    #[test]
    fn s1_catching_up_from_any_place_gives_the_same_canvas(transactions in prop::collection::vec(operations(), 1..12), from in 0..12usize) {
        let journal = journal(transactions);
        let mut document = Document::default();
        let mut held = std::collections::BTreeMap::new();
        for (place, transaction) in journal.iter().enumerate() {
            document.apply(transaction);
            if place + 1 == from {
                held = document.shapes().map(|shape| (shape.id.clone(), shape.clone())).collect();
            }
        }
        let from = if from > journal.len() { 0 } else { from };
        let changes = document.changes_since(from as Seq).unwrap();
        changes.deleted.iter().for_each(|id| { held.remove(id); });
        held.extend(changes.shapes.into_iter().map(|shape| (shape.id.clone(), shape)));
        let now: std::collections::BTreeMap<_, _> = document.shapes().map(|shape| (shape.id.clone(), shape.clone())).collect();
        prop_assert_eq!(held, now);
    }

    /// The normal form of a transaction does what the transaction does.
    #[test]
    fn the_normal_form_of_a_transaction_does_the_same(before in operations(), transaction in operations()) {
        let mut plain = Document::default();
        plain.apply(&sequenced(1, before));
        let mut normal = plain.clone();
        let operations = Draft::new(&normal, transaction.clone()).unwrap().into_operations();
        plain.apply(&sequenced(2, transaction));
        normal.apply(&sequenced(2, operations));
        prop_assert_eq!(contents(&plain), contents(&normal));
    }

    #[test]
    fn there_is_always_a_key_between_two(a in "[0-9A-Za-z]{0,6}[1-9A-Za-z]", b in "[0-9A-Za-z]{0,6}[1-9A-Za-z]") {
        let (a, b) = (OrderKey::parse(&a).unwrap(), OrderKey::parse(&b).unwrap());
        let (low, high) = (a.clone().min(b.clone()), a.max(b));
        match OrderKey::between(Some(&low), Some(&high)) {
            Some(key) => prop_assert!(low < key && key < high && OrderKey::parse(key.as_str()).is_ok()),
            None => prop_assert_eq!(low.clone(), high),
        }
        prop_assert!(OrderKey::between(None, Some(&low)).unwrap() < low);
        prop_assert!(OrderKey::between(Some(&low), None).unwrap() > low);
    }
}
