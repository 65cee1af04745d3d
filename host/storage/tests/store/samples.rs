//! Users, projects, shapes and transactions to test with.

use bytes::Bytes;
use collabcanvas_access::Capability;
use collabcanvas_canvas::{ClientId, Document, Operation, Outbox, ProjectId, Seq, Sequenced, Shape, ShapeId, UserId};
use collabcanvas_storage::{
    Checkpoint, EnabledPlugin, JournalBatch, Project, StoredCanvas, StoredClient, StoredRecord, User,
};

use crate::Store;

pub fn user_id(name: &str) -> UserId {
    UserId::parse(name).unwrap()
}

pub fn user(name: &str) -> User {
    User { id: user_id(name), name: name.to_uppercase(), operator: false, created_ms: 1_700_000_000_000 }
}

pub fn project_id(name: &str) -> ProjectId {
    ProjectId::parse(name).unwrap()
}

pub fn project(name: &str) -> Project {
    Project {
        id: project_id(name),
        name: format!("The {name}"),
        created_ms: 1_700_000_000_001,
        plugins: vec![EnabledPlugin {
            name: "basic".into(),
            digest: "ab".repeat(32),
            granted: [Capability::Clock, Capability::Storage].into(),
            settings: serde_json::from_str(r#"{"every":5}"#).unwrap(),
        }],
        save_strategy: "save-interval".into(),
    }
}

/// Makes a user `ada` if need be, and a project of hers.
pub async fn project_in(store: &dyn Store, name: &str) -> ProjectId {
    if store.user(&user_id("ada")).await.unwrap().is_none() {
        store.create_user(&user("ada")).await.unwrap();
    }
    store.create_project(&project(name), &user_id("ada")).await.unwrap();
    project_id(name)
}

pub fn shape_id(name: &str) -> ShapeId {
    ShapeId::parse(name).unwrap()
}

pub fn client_id(name: &str) -> ClientId {
    ClientId::parse(name).unwrap()
}

/// The outbox of Ada's browser that is called `name`.
pub fn outbox(name: &str) -> Outbox {
    Outbox { user: user_id("ada"), client: client_id(name) }
}

/// A shape whose `x` tells which version of it this is.
pub fn shape(id: &str, x: Seq) -> Shape {
    let json = format!(
        r#"{{"id":"{id}","type":"basic/star","index":"V","x":{x},"y":2,"width":3,"height":4,"props":{{"points":5}}}}"#
    );
    serde_json::from_str(&json).unwrap()
}

pub fn put(seq: Seq, id: &str) -> Sequenced {
    sequenced(seq, Operation::Put(shape(id, seq)))
}

pub fn delete(seq: Seq, id: &str) -> Sequenced {
    sequenced(seq, Operation::Delete(shape_id(id)))
}

fn sequenced(seq: Seq, operation: Operation) -> Sequenced {
    Sequenced { seq, client: client_id("tab"), number: seq, user: user_id("ada"), operations: vec![operation] }
}

pub fn batch(transactions: &[Sequenced]) -> JournalBatch {
    let lines: Vec<String> = transactions.iter().map(|next| serde_json::to_string(next).unwrap() + "\n").collect();
    JournalBatch {
        first: transactions.first().unwrap().seq,
        last: transactions.last().unwrap().seq,
        lines: Bytes::from(lines.concat()),
    }
}

/// A batch that puts one shape, named `s` and its sequence number, per transaction.
pub fn puts(first: Seq, last: Seq) -> JournalBatch {
    let transactions: Vec<Sequenced> = (first..=last).map(|seq| put(seq, &format!("s{seq}"))).collect();
    batch(&transactions)
}

/// The document that a stored canvas stands for.
pub fn rebuild(stored: &StoredCanvas) -> Document {
    let mut document = Document::at(stored.epoch, stored.checkpoint);
    for record in stored.records.clone() {
        match record {
            StoredRecord::Shape { shape, seq } => document.load_shape(shape, seq),
            StoredRecord::Deleted { id, seq } => document.load_deleted(id, seq),
            StoredRecord::Unreadable { id, raw, reason, seq } => document.load_unreadable(id, &raw, reason, seq),
        }
    }
    for client in &stored.clients {
        document.remember_client(client.outbox.clone(), client.number, client.seq);
    }
    for next in stored.journal.iter().flat_map(transactions_of) {
        document.replay(&next);
    }
    document
}

pub fn transactions_of(batch: &JournalBatch) -> Vec<Sequenced> {
    let text = std::str::from_utf8(&batch.lines).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Every shape by id, to compare documents by.
pub fn contents(document: &Document) -> Vec<(String, Shape)> {
    let mut all: Vec<_> = document.shapes().map(|shape| (shape.id.to_string(), (**shape).clone())).collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

/// What a document's checkpoint holds after one at `since`.
pub fn checkpoint_since(document: &Document, since: Seq) -> Checkpoint {
    let changes = document.changes_since(since).unwrap();
    let when = |id: &_| document.changed(id).unwrap();
    Checkpoint {
        seq: document.seq(),
        changed: changes.shapes.into_iter().map(|shape| (shape.clone(), when(&shape.id))).collect(),
        deleted: changes.deleted.into_iter().map(|id| (id.clone(), when(&id))).collect(),
        clients: document
            .clients()
            .filter(|(_, _, seq)| *seq > since)
            .map(|(outbox, number, seq)| StoredClient { outbox: outbox.clone(), number, seq })
            .collect(),
    }
}
