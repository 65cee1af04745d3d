//! An edit on its way into the order: dedupe, gate, form, limits, locks, `validate`, sequence number.

use std::hash::Hasher;

use collabcanvas_access::{Actor, Permission, decide};
use collabcanvas_canvas::{
    ClientId, Draft, MAX_NUMBER, Operation, Outbox, Pose, Problem, Seq, Sequenced, Shape, ShapeId, UserId,
};
use collabcanvas_plugins::{Geometry, NormalForm, Rect, ReferredShape, ShapeInput};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use crate::applied_keys::{Applied, AppliedKey};
use crate::plugin_outbox::PluginOutbox;
use crate::protocol::{Closing, Edit, Known, Refused, ServerMessage};
use crate::room::Room;
use crate::session::SessionNumber;

/// What waits for the next tick, in the order in which it came.
pub(crate) enum Waiting {
    /// From a browser.
    Session { session: SessionNumber, edit: Edit, room: Option<OwnedSemaphorePermit> },
    /// From a browser, and no more of it can be read than whose it is.
    Unreadable { session: SessionNumber, client: ClientId, number: u64, problem: Problem },
    /// The session is gone; what it sent before that still counts.
    Leave { session: SessionNumber },
    /// From a plugin that acts for a user.
    Plugin(PluginEdit),
}

/// An edit of a plugin.
pub(crate) struct PluginEdit {
    pub user: UserId,
    pub actor: Actor,
    pub operations: Vec<Operation>,
    /// Under which it is applied only once.
    pub key: Option<AppliedKey>,
    pub reply: Reply,
}

/// What a plugin waits for: the place that its edit was given, or why it was given none.
pub(crate) type Reply = oneshot::Sender<Result<Seq, Problem>>;

/// Who is told that a transaction has its place.
pub(crate) enum Author {
    /// A session; it sees it in a tick.
    Session(SessionNumber),
    /// A plugin, which waits for it: once for each time that it handed the same in under the same key.
    Plugin { replies: Vec<Reply>, key: Option<AppliedKey>, operations: u64 },
    /// The host itself.
    Host,
}

/// Most shapes that one shape may refer to.
const MAX_REFERENCES: usize = 64;

impl Room {
    /// Gives an edit its place in the order or answers why not; lets a session go.
    pub(crate) async fn accept(&mut self, waiting: Waiting) {
        match waiting {
            Waiting::Session { session, edit, room: _taken } => self.accept_from_session(session, edit).await,
            Waiting::Unreadable { session, client, number, problem } => self.refuse(session, client, number, problem),
            Waiting::Leave { session } => self.leave(session),
            Waiting::Plugin(edit) => {
                self.accept_from_plugin(edit).await;
            }
        }
    }

    async fn accept_from_plugin(&mut self, edit: PluginEdit) {
        let PluginEdit { user, actor, operations, key, reply } = edit;
        let hash = hash_of(&operations);
        let reused = || Problem::new("key-reused", "the key was used for other operations: take a new one for each");
        // Whoever asked may have been cut off by its time limit, here and below; the edit stands.
        if let Some(applied) = key.as_ref().and_then(|key| self.applied_keys.get(key)) {
            let _ = reply.send(if applied.operations == hash { Ok(applied.seq) } else { Err(reused()) });
            return;
        }
        // With other hosts in the order, a place takes a while: until then whoever asks again waits with who asked.
        let waiting = key.as_ref().zip(self.shared.as_mut()).and_then(|(key, shared)| shared.submitted_under(key));
        if let Some((operations, replies)) = waiting {
            if operations == hash {
                replies.push(reply);
            } else {
                let _ = reply.send(Err(reused()));
            }
            return;
        }
        match self.check(&actor, operations).await {
            Ok(operations) => {
                let (client, number) = self.plugin_outbox.next();
                let author = Author::Plugin { replies: vec![reply], key, operations: hash };
                self.commit(author, client, number, user, operations);
            }
            Err(problem) => drop(reply.send(Err(problem))),
        }
    }

    async fn accept_from_session(&mut self, number: SessionNumber, edit: Edit) {
        let seq = self.document.seq();
        let Some(session) = self.sessions.get_mut(&number) else { return };
        let outbox = Outbox { user: session.member.user.clone(), client: edit.client.clone() };
        let last = match &self.shared {
            Some(shared) => shared.ahead.last_number(&self.document, &outbox),
            None => self.document.last_number(&outbox),
        };
        if edit.number > MAX_NUMBER {
            let message = format!("{} is no number of a transaction: they go from 1 to {MAX_NUMBER}", edit.number);
            return session.mailbox.close(Closing::new("bad-frame", message, false));
        }
        if PluginOutbox::is_reserved(&edit.client) {
            let message = format!("the client {} is one of plugins: choose another id", edit.client);
            return session.mailbox.close(Closing::new("bad-frame", message, false));
        }
        let first = session.is_first(&edit);
        if edit.number <= last {
            return session.mailbox.send(&ServerMessage::Known(Known { client: edit.client, number: last, seq }));
        }
        if !first {
            return;
        }
        let (user, actor) = (session.member.user.clone(), Actor::person(session.member.role));
        match self.check(&actor, edit.operations).await {
            Ok(operations) => {
                self.commit(Author::Session(number), edit.client, edit.number, user, operations);
            }
            Err(problem) => self.refuse(number, edit.client, edit.number, problem),
        }
    }

    fn refuse(&mut self, session: SessionNumber, client: ClientId, number: u64, problem: Problem) {
        if let Some(session) = self.sessions.get_mut(&session).filter(|session| session.greeted) {
            session.note_refused(client.clone(), number);
            session.mailbox.send(&ServerMessage::Refused(Refused { client, number, problem }));
        }
    }

    /// Checks a transaction and brings it to its normal form.
    async fn check(&self, actor: &Actor, operations: Vec<Operation>) -> Result<Vec<Operation>, Problem> {
        decide(actor, Permission::EditCanvas).map_err(|refusal| Problem::new(refusal.code(), refusal.to_string()))?;
        let mut draft = match &self.shared {
            Some(shared) => Draft::after(&self.document, &shared.ahead, operations)?,
            None => Draft::new(&self.document, operations)?,
        };
        self.check_references(&draft)?;
        self.migrate_draft(&mut draft).await?;
        let (changes, inputs) = self.to_validate(&draft);
        if inputs.is_empty() {
            return Ok(draft.into_operations());
        }
        let answers = self.plugins.validate(&inputs).await;
        for (change, answer) in changes.into_iter().zip(answers) {
            match answer {
                Ok(NormalForm { props, size }) => {
                    draft.set_normal_form(change, props, size.map(|size| (size.width, size.height)));
                }
                Err(problem) if self.may_stay_unvalidated(&draft, change, &problem) => {}
                Err(problem) => {
                    let place = draft.changes()[change].place;
                    return Err(problem.within(&format!("/{place}/props")));
                }
            }
        }
        draft.check_sizes()?;
        Ok(draft.into_operations())
    }

    /// Every id is looked up and handed to the plugin: a shape may not make that many of them.
    fn check_references(&self, draft: &Draft<'_>) -> Result<(), Problem> {
        for change in draft.changes().iter().filter(|change| change.needs_validation()) {
            let Some(shape) = &change.after else { continue };
            let count = self.types.references(shape).count();
            if count > MAX_REFERENCES {
                let message = format!("{} refers to {count} shapes; a shape may refer to {MAX_REFERENCES}", shape.id);
                return Err(Problem::new("too-many-references", message).at(format!("/{}/props", change.place)));
            }
        }
        Ok(())
    }

    /// The changes that a shape type has to be asked about, and what it is asked.
    fn to_validate(&self, draft: &Draft<'_>) -> (Vec<usize>, Vec<ShapeInput>) {
        let changes = draft.changes().iter().enumerate().filter(|(_, change)| change.needs_validation());
        let ask = |shape| self.ask(shape, |id| draft.get(id));
        changes.filter_map(|(place, change)| Some((place, ask(change.after.as_ref()?)))).unzip()
    }

    /// What a shape's type is asked, on a canvas where `find` finds the other shapes.
    pub(crate) fn ask<'a>(&self, shape: &Shape, find: impl Fn(&ShapeId) -> Option<&'a Shape>) -> ShapeInput {
        let refer = |(prop, id): (&str, ShapeId)| {
            let geometry = find(&id).map(|referred| geometry(&find, shape, referred));
            ReferredShape { prop: prop.to_owned(), id, geometry }
        };
        ShapeInput {
            shape_type: shape.shape_type.clone(),
            width: shape.width,
            height: shape.height,
            props: shape.props.clone(),
            references: self.types.references(shape).map(refer).collect(),
        }
    }

    /// P3: while a plugin is missing or set aside, its shapes still move, are copied, deleted and brought back. What is
    /// not validated now is when its plugin draws it; until then it is a placeholder.
    fn may_stay_unvalidated(&self, draft: &Draft<'_>, change: usize, problem: &Problem) -> bool {
        let absent = is_absent(problem);
        let change = &draft.changes()[change];
        let Some(after) = change.after.as_ref().filter(|_| absent) else { return false };
        match &change.before {
            Some(before) => before.props == after.props && before.shape_type == after.shape_type,
            None => self.known_plugins.contains(after.shape_type.plugin()) || self.has_type_of(after),
        }
    }

    fn has_type_of(&self, shape: &Shape) -> bool {
        self.document.shapes().any(|other| other.shape_type == shape.shape_type)
    }

    /// The transaction gets its place, is applied, and waits for the journal and for the next frame; where many hosts
    /// share the order, once the hot tier has given it its place.
    pub(crate) fn commit(
        &mut self,
        author: Author,
        client: ClientId,
        number: u64,
        user: UserId,
        operations: Vec<Operation>,
    ) {
        let mut transaction = Sequenced { seq: 0, client, number, user, operations };
        if let Some(shared) = &mut self.shared {
            return shared.submit(author, &transaction, &self.document);
        }
        transaction.seq = self.document.seq() + 1;
        let json = serde_json::to_vec(&transaction).expect("transactions have string keys and finite numbers only");
        let session = match author {
            Author::Session(session) => Some(session),
            Author::Plugin { .. } | Author::Host => None,
        };
        self.outgoing.add_transaction(&json, session);
        self.document.apply(&transaction);
        self.saver.accepted(&transaction, json.into());
        self.placed(author, transaction.seq);
    }

    /// Tells whoever waits for it that a transaction has its place.
    pub(crate) fn placed(&mut self, author: Author, seq: Seq) {
        if let Author::Plugin { replies, key, operations } = author {
            if let Some(key) = key {
                self.applied_keys.insert(key, Applied { seq, operations });
            }
            for reply in replies {
                let _ = reply.send(Ok(seq));
            }
        }
    }
}

/// Whether a plugin could not be asked because it is missing or set aside (P3).
pub(crate) fn is_absent(problem: &Problem) -> bool {
    matches!(problem.code.as_str(), "plugin-missing" | "plugin-quarantined")
}

fn hash_of(operations: &[Operation]) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    hasher.write(&serde_json::to_vec(operations).expect("operations have string keys and finite numbers only"));
    hasher.finish()
}

/// Where `referred` is, as `shape` sees it.
fn geometry<'a>(find: impl Fn(&ShapeId) -> Option<&'a Shape>, shape: &Shape, referred: &Shape) -> Geometry {
    let (viewer, seen) = (Pose::of(shape, &find), Pose::of(referred, &find));
    let (frame, rotation) = seen.seen_from((referred.width, referred.height), viewer, (shape.width, shape.height));
    let frame = Rect { x: frame.x, y: frame.y, width: frame.width, height: frame.height };
    Geometry { frame, rotation, outline: None, anchors: Vec::new() }
}
