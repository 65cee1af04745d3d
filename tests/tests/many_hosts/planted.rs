//! The checker finds what was planted, and nothing where nothing was.

use std::collections::BTreeMap;

use collabcanvas_canvas::{ClientId, Document, Sequenced, UserId};
use serde_json::json;

use crate::checker::{Canvas, Case, Finding, canvas, check};
use crate::diary::Line;
use crate::edits;

const PEOPLE: [&str; 2] = ["ann", "bob"];

fn transaction(seq: u64, person: usize, number: u64) -> Sequenced {
    Sequenced {
        seq,
        client: ClientId::parse(PEOPLE[person]).unwrap(),
        number,
        user: UserId::parse("user").unwrap(),
        operations: edits::operations(PEOPLE[person], person as u64, number, number % edits::GROUPS),
    }
}

fn drawn(transactions: impl IntoIterator<Item = Sequenced>) -> Canvas {
    let mut document = Document::default();
    for (seq, next) in (1..).zip(transactions) {
        document.apply(&Sequenced { seq, ..next });
    }
    canvas(document.shapes().map(|shape| serde_json::to_value(&**shape).unwrap()))
}

fn sees(canvas: &Canvas) -> Line {
    Line::Sees { epoch: 1, seq: 8, shapes: canvas.values().cloned().collect() }
}

/// Two people who made four edits each in turn, all of them saved and seen by both.
fn case() -> Case {
    let order: Vec<Sequenced> = (1..=8).map(|seq| transaction(seq, (seq % 2) as usize, seq.div_ceil(2))).collect();
    let tables = drawn(order.clone());
    let ordered = order.iter().map(|next| (next.seq, next.client.to_string(), next.number)).collect();
    let diary: Vec<Line> = (1..=4)
        .map(Line::Made)
        .chain([Line::Ordered { epoch: 1, transactions: ordered }])
        .chain((1..=4).map(Line::Durable))
        .chain([sees(&tables)])
        .collect();
    Case {
        people: PEOPLE.iter().map(|client| ((*client).to_owned(), diary.clone())).collect(),
        seen: BTreeMap::from([("host 1".to_owned(), tables.clone())]),
        journal: order.iter().map(|next| (next.client.to_string(), next.number)).collect(),
        tables,
        keeps_edits_of_the_lost: true,
    }
}

/// Has everybody see what the tables hold, so that only what was planted in those is found.
fn agree(case: &mut Case) {
    for lines in case.people.values_mut() {
        *lines.last_mut().unwrap() = sees(&case.tables);
    }
    case.seen.clear();
}

fn replace(case: &mut Case, client: &str, change: impl Fn(&Line) -> Option<Line>) {
    let lines = case.people.get_mut(client).unwrap();
    *lines = lines.iter().filter_map(change).collect();
}

#[test]
fn a_run_without_faults_has_no_findings() {
    assert_eq!(check(&case()), []);
}

#[test]
fn d1_a_saved_edit_that_is_lost_is_found() {
    let mut case = case();
    for mark in edits::marks("ann", 2) {
        case.tables.remove(&mark);
    }
    agree(&mut case);
    assert_eq!(check(&case), [Finding::DurableLost { client: "ann".into(), number: 2 }]);
}

#[test]
fn d2_an_accepted_edit_that_is_lost_is_found_also_of_a_browser_that_is_gone() {
    let mut case = case();
    for mark in edits::marks("ann", 2) {
        case.tables.remove(&mark);
    }
    agree(&mut case);
    replace(&mut case, "ann", |line| (*line != Line::Durable(2)).then(|| line.clone()));
    let lost = Finding::AcceptedLost { client: "ann".into(), number: 2 };
    let unanswered = Finding::Unanswered { client: "ann".into(), number: 2 };
    assert_eq!(check(&case), [lost.clone(), unanswered]);

    let gone = |line: &Line| Some(if matches!(line, Line::Sees { .. }) { Line::Lost } else { line.clone() });
    replace(&mut case, "ann", gone);
    assert_eq!(check(&case), [lost]);
    case.keeps_edits_of_the_lost = false;
    assert_eq!(check(&case), []);
}

#[test]
fn a_halved_edit_is_found_by_its_marks_and_by_its_group() {
    let mut case = case();
    case.tables.remove(&edits::marks("bob", 2)[1]);
    agree(&mut case);
    assert!(matches!(&check(&case)[..], [Finding::Halved { .. }, Finding::DurableLost { number: 2, .. }]));

    let mut case = self::case();
    case.tables.get_mut(&edits::group(1)[0]).unwrap()["x"] = json!(7);
    agree(&mut case);
    assert!(matches!(&check(&case)[..], [Finding::Halved { what }] if what.contains("group 1")), "{:?}", check(&case));
}

#[test]
fn a_doubled_edit_is_found_in_the_canvas_the_journal_and_the_order() {
    let mut case = case();
    let order = (1..=8).map(|seq| transaction(seq, (seq % 2) as usize, seq.div_ceil(2)));
    case.tables = drawn(order.chain([transaction(9, 0, 2)]));
    agree(&mut case);
    let found = check(&case);
    assert!(
        matches!(&found[..], [Finding::Doubled { .. }, Finding::Doubled { .. }]),
        "its shape, its count: {found:?}"
    );

    let mut case = self::case();
    case.journal.push(("bob".into(), 3));
    assert!(matches!(&check(&case)[..], [Finding::Doubled { .. }]));

    let mut case = self::case();
    case.people.get_mut("ann").unwrap().insert(5, Line::Ordered { epoch: 1, transactions: vec![(9, "ann".into(), 2)] });
    assert!(matches!(&check(&case)[..], [Finding::OrderDiffers { .. }]));
}

#[test]
fn s1_orders_and_canvases_that_differ_are_found() {
    let mut case = case();
    replace(&mut case, "bob", |line| match line {
        Line::Ordered { epoch, transactions } => {
            let mut transactions = transactions.clone();
            (transactions[2].1, transactions[3].1) = (transactions[3].1.clone(), transactions[2].1.clone());
            Some(Line::Ordered { epoch: *epoch, transactions })
        }
        line => Some(line.clone()),
    });
    let found = check(&case);
    assert!(found.iter().all(|finding| matches!(finding, Finding::OrderDiffers { .. })) && !found.is_empty());

    let mut case = self::case();
    case.seen.get_mut("host 1").unwrap().get_mut("ann-counter").unwrap()["rotation"] = json!(1);
    assert!(matches!(&check(&case)[..], [Finding::CanvasDiffers { who, .. }] if who == "host 1"));

    let mut case = self::case();
    replace(&mut case, "ann", |line| (!matches!(line, Line::Sees { .. })).then(|| line.clone()));
    assert!(matches!(&check(&case)[..], [Finding::CanvasDiffers { who, .. }] if who == "ann"));
}

#[test]
fn what_was_refused_or_never_made_is_not_to_be_there() {
    let mut case = case();
    let refused = Line::Refused { number: 4, reason: "locked".into() };
    replace(&mut case, "ann", |line| Some(if *line == Line::Durable(4) { refused.clone() } else { line.clone() }));
    assert!(matches!(&check(&case)[..], [Finding::Refused { .. }, Finding::RefusedThere { number: 4, .. }]));

    let mut case = self::case();
    case.tables.insert("ghost".into(), json!({ "id": "ghost" }));
    agree(&mut case);
    assert_eq!(check(&case), [Finding::Invented { what: "shape ghost".into() }]);
}
