//! The checker: from what people wrote down and what the tables hold in the end, whether anything was lost, halved,
//! doubled or seen differently. It knows nothing of hosts and how they work.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display};

use collabcanvas_canvas::{Epoch, Seq};
use serde_json::Value;

use crate::diary::Line;
use crate::edits;

/// A canvas: shapes by id.
pub type Canvas = BTreeMap<String, Value>;

/// Everything that is known of one project.
pub struct Case {
    /// What people wrote, by client.
    pub people: BTreeMap<String, Vec<Line>>,
    /// What else was seen in the end: the canvas that each host shows to somebody who comes new, and so on.
    pub seen: BTreeMap<String, Canvas>,
    /// What the tables hold.
    pub tables: Canvas,
    /// The transactions that the tables' journal holds, in order.
    pub journal: Vec<(String, u64)>,
    /// Whether accepted edits of people whose browsers were lost have to be there too: not when hosts and Redis were
    /// lost as well (D2 speaks of one loss).
    pub keeps_edits_of_the_lost: bool,
}

/// Something that must not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// D1: it was shown as saved, and is not in the tables.
    DurableLost { client: String, number: u64 },
    /// D2: it was accepted, and is gone.
    AcceptedLost { client: String, number: u64 },
    /// Its author is there, and it is neither saved nor refused.
    Unanswered { client: String, number: u64 },
    /// It was refused; nothing in these runs is to be refused.
    Refused { client: String, number: u64, reason: String },
    /// It was refused, and is there.
    RefusedThere { client: String, number: u64 },
    /// Some of it is there.
    Halved { what: String },
    /// It, or its effect, is there though a later edit of its author took it away.
    Doubled { what: String },
    /// Nobody made it.
    Invented { what: String },
    /// S1: two people have been told different transactions of one place, or one transaction at two places.
    OrderDiffers { epoch: Epoch, what: String },
    /// S1: a canvas is not the tables'.
    CanvasDiffers { who: String, what: String },
}

impl Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DurableLost { client, number } => write!(f, "D1: edit {number} of {client} was saved and is lost"),
            Self::AcceptedLost { client, number } => {
                write!(f, "D2: edit {number} of {client} was accepted and is lost")
            }
            Self::Unanswered { client, number } => write!(f, "edit {number} of {client} is neither saved nor refused"),
            Self::Refused { client, number, reason } => write!(f, "edit {number} of {client} was refused: {reason}"),
            Self::RefusedThere { client, number } => write!(f, "edit {number} of {client} was refused and is there"),
            Self::Halved { what } => write!(f, "halved: {what}"),
            Self::Doubled { what } => write!(f, "doubled: {what}"),
            Self::Invented { what } => write!(f, "nobody made {what}"),
            Self::OrderDiffers { epoch, what } => write!(f, "S1: the order of epoch {epoch} differs: {what}"),
            Self::CanvasDiffers { who, what } => write!(f, "S1: the canvas of {who} differs from the tables': {what}"),
        }
    }
}

/// What one person's diary says.
#[derive(Default)]
struct Told {
    made: u64,
    accepted: BTreeSet<u64>,
    durable: BTreeSet<u64>,
    refused: BTreeMap<u64, String>,
    lost: bool,
}

impl Told {
    fn of(client: &str, lines: &[Line]) -> Self {
        let mut told = Self::default();
        for line in lines {
            match line {
                Line::Made(number) => told.made = told.made.max(*number),
                Line::Ordered { transactions, .. } => {
                    told.accepted.extend(
                        transactions.iter().filter(|(_, author, _)| author == client).map(|(.., number)| number),
                    );
                }
                Line::Known { number, .. } => told.accepted.extend(1..=*number),
                Line::Durable(number) => drop(told.durable.insert(*number)),
                Line::Refused { number, reason } => drop(told.refused.insert(*number, reason.clone())),
                Line::Lost => told.lost = true,
                Line::Visits { .. } | Line::Leaves { .. } | Line::Sees { .. } => {}
            }
        }
        told.accepted.retain(|number| !told.refused.contains_key(number));
        told
    }
}

/// Looks for everything that must not be.
pub fn check(case: &Case) -> Vec<Finding> {
    let told: BTreeMap<&str, Told> =
        case.people.iter().map(|(client, lines)| (client.as_str(), Told::of(client, lines))).collect();
    let mut findings = Vec::new();
    for (client, told) in &told {
        check_edits(case, client, told, &mut findings);
    }
    check_groups(&case.tables, &mut findings);
    check_inventions(&case.tables, &told, &mut findings);
    check_journal(case, &mut findings);
    check_orders(case, &mut findings);
    check_canvases(case, &mut findings);
    findings
}

/// One person's edits, in the tables.
fn check_edits(case: &Case, client: &str, told: &Told, findings: &mut Vec<Finding>) {
    let mut there = BTreeSet::new();
    for number in 1..=told.made {
        let marks = edits::marks(client, number);
        match marks.iter().filter(|mark| case.tables.contains_key(*mark)).count() {
            0 => {}
            2 => drop(there.insert(number)),
            _ => findings.push(Finding::Halved { what: format!("edit {number} of {client} has one of its two marks") }),
        }
        let is_there = there.contains(&number);
        let client = client.to_owned();
        if let Some(reason) = told.refused.get(&number) {
            findings.push(Finding::Refused { client: client.clone(), number, reason: reason.clone() });
            if is_there {
                findings.push(Finding::RefusedThere { client, number });
            }
        } else if told.durable.contains(&number) {
            if !is_there {
                findings.push(Finding::DurableLost { client, number });
            }
        } else if told.accepted.contains(&number) && (!told.lost || case.keeps_edits_of_the_lost) {
            if !is_there {
                findings.push(Finding::AcceptedLost { client: client.clone(), number });
            }
            if !told.lost {
                findings.push(Finding::Unanswered { client, number });
            }
        } else if !told.lost {
            findings.push(Finding::Unanswered { client, number });
        }
    }
    let latest = there.last().copied().unwrap_or(0);
    for number in (1..=told.made).filter(|number| case.tables.contains_key(&edits::last(client, *number))) {
        if number < latest {
            findings.push(Finding::Doubled { what: format!("edit {number} of {client} came again after {latest}") });
        } else if number > latest {
            findings.push(Finding::Halved { what: format!("edit {number} of {client} is there without its marks") });
        }
    }
    if latest > 0 && !case.tables.contains_key(&edits::last(client, latest)) {
        findings.push(Finding::Halved { what: format!("edit {latest} of {client} is there without all it puts") });
    }
    let counter = case.tables.get(&edits::counter(client)).and_then(|counter| counter["x"].as_f64());
    let expected = (latest > 0).then_some(latest as f64);
    if counter != expected {
        let what = format!("{client} counts {counter:?}, and its last edit is {latest}");
        findings.push(Finding::Doubled { what });
    }
}

/// All shapes of a group show the same edit.
fn check_groups(tables: &Canvas, findings: &mut Vec<Finding>) {
    for group in 0..edits::GROUPS {
        let members = edits::group(group);
        let stamp = |member: &String| tables.get(member).map(|shape| (shape["x"].to_string(), shape["y"].to_string()));
        let stamps: Vec<_> = members.iter().map(stamp).collect();
        let same = stamps.iter().all(|other| *other == stamps[0]);
        let alike = stamps.iter().flatten().all(|(x, y)| x == y);
        if !same || !alike {
            findings.push(Finding::Halved { what: format!("group {group} shows {stamps:?}") });
        }
    }
}

/// Every shape comes from an edit that was made.
fn check_inventions(tables: &Canvas, told: &BTreeMap<&str, Told>, findings: &mut Vec<Finding>) {
    let mut known: BTreeSet<String> = (0..edits::GROUPS).flat_map(edits::group).collect();
    for (client, told) in told {
        known.insert(edits::counter(client));
        for number in 1..=told.made {
            known.extend(edits::marks(client, number));
            known.insert(edits::last(client, number));
        }
    }
    let invented = tables.keys().filter(|id| !known.contains(*id));
    findings.extend(invented.map(|id| Finding::Invented { what: format!("shape {id}") }));
}

/// The journal has every transaction once, and each client's in order.
fn check_journal(case: &Case, findings: &mut Vec<Finding>) {
    let mut latest: BTreeMap<&str, u64> = BTreeMap::new();
    for (client, number) in &case.journal {
        let before = latest.insert(client, *number).unwrap_or(0);
        if before >= *number {
            let what = format!("edit {number} of {client} comes after {before} in the tables' journal");
            findings.push(Finding::Doubled { what });
        }
    }
}

/// Everybody was told the same order, and in each epoch every transaction once.
fn check_orders(case: &Case, findings: &mut Vec<Finding>) {
    type Places<'a> = BTreeMap<(Epoch, Seq), (&'a str, u64, &'a str)>;
    let mut places: Places<'_> = BTreeMap::new();
    for (person, lines) in &case.people {
        for line in lines {
            let Line::Ordered { epoch, transactions } = line else { continue };
            for (seq, client, number) in transactions {
                let (author, known, by) = places.entry((*epoch, *seq)).or_insert((client, *number, person));
                if (*author, *known) != (client.as_str(), *number) {
                    let what = format!(
                        "place {seq} is edit {known} of {author} for {by}, and edit {number} of {client} for {person}"
                    );
                    findings.push(Finding::OrderDiffers { epoch: *epoch, what });
                }
            }
        }
    }
    let mut latest: BTreeMap<(Epoch, &str), (u64, Seq)> = BTreeMap::new();
    for ((epoch, seq), (client, number, _)) in places {
        let (before, place) = latest.insert((epoch, client), (number, seq)).unwrap_or((0, 0));
        if before >= number {
            let what = format!("edit {number} of {client} has place {seq}, and edit {before} has place {place}");
            findings.push(Finding::OrderDiffers { epoch, what });
        }
    }
}

/// Everybody sees what the tables hold.
fn check_canvases(case: &Case, findings: &mut Vec<Finding>) {
    for (client, lines) in &case.people {
        match lines.last() {
            Some(Line::Sees { shapes, .. }) => {
                compare(client, &canvas(shapes.iter().cloned()), &case.tables, findings);
            }
            Some(Line::Lost) => {}
            _ => findings.push(Finding::CanvasDiffers {
                who: client.clone(),
                what: "what they saw was not written down".into(),
            }),
        }
    }
    for (who, seen) in &case.seen {
        compare(who, seen, &case.tables, findings);
    }
}

fn compare(who: &str, seen: &Canvas, tables: &Canvas, findings: &mut Vec<Finding>) {
    let ids: BTreeSet<&String> = seen.keys().chain(tables.keys()).collect();
    let differing: Vec<&String> = ids.into_iter().filter(|id| seen.get(*id) != tables.get(*id)).collect();
    if let Some(first) = differing.first() {
        let show = |canvas: &Canvas| canvas.get(*first).map_or("nothing".to_owned(), Value::to_string);
        let (count, here, there) = (differing.len(), show(seen), show(tables));
        let what = format!("{count} shapes, {first} first: {here}, in the tables {there}");
        findings.push(Finding::CanvasDiffers { who: who.to_owned(), what });
    }
}

/// Shapes by id.
pub fn canvas(shapes: impl IntoIterator<Item = Value>) -> Canvas {
    shapes.into_iter().map(|shape| (shape["id"].as_str().unwrap_or_default().to_owned(), shape)).collect()
}
