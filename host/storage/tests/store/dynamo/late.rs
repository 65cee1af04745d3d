//! Requests of a host that was claimed over, which arrive when everybody else has gone on (D4).

use std::sync::Arc;
use std::time::Duration;

use collabcanvas_canvas::ProjectId;
use collabcanvas_storage::dynamodb::DynamoStore;
use collabcanvas_storage::{CanvasStore, Checkpoint, Claim, Claiming, StoreError};
use tokio::sync::oneshot;

use super::faults::{Fault, Proxy, Request};
use super::server::DynamoServer;
use crate::samples::{batch, contents, delete, project_in, put, puts, rebuild, shape, shape_id};

/// Two hosts, of which the old one's first request that `is_held` chooses stands still.
struct Hosts {
    old: DynamoStore,
    new: DynamoStore,
    project: ProjectId,
    claim: Claim,
    held: Option<oneshot::Receiver<()>>,
    release: Option<oneshot::Sender<()>>,
    _proxy: Proxy,
    _server: DynamoServer,
}

impl Hosts {
    async fn with(is_held: impl Fn(&Request) -> bool + Send + 'static) -> Self {
        let server = DynamoServer::start();
        let new = server.store().await;
        let project = project_in(&new, "plan").await;
        let (told, held) = oneshot::channel();
        let (release, released) = oneshot::channel::<()>();
        let mut held_once = Some((told, released));
        let plan = move |request: &Request| match is_held(request).then(|| held_once.take()).flatten() {
            None => Fault::None,
            Some((told, released)) => Fault::Late(Box::pin(async move {
                let _ = told.send(());
                let _ = released.await;
            })),
        };
        let proxy = Proxy::before(&server.endpoint(), plan).await;
        let old = server.store_through(proxy.endpoint(), Duration::from_secs(20)).await;
        let claim = old.claim(&project, Claiming::Alone).await.unwrap();
        Self { old, new, project, claim, held: Some(held), release: Some(release), _proxy: proxy, _server: server }
    }

    async fn until_held(&mut self) {
        self.held.take().unwrap().await.unwrap();
    }

    fn release(&mut self) {
        self.release.take().unwrap().send(()).unwrap();
    }

    /// The new host writes these, with a checkpoint after each, so that all of the log before is deleted.
    async fn go_on(&self, transactions: &[collabcanvas_canvas::Sequenced]) -> Claim {
        let claim = self.new.claim(&self.project, Claiming::Epoch(self.claim.epoch)).await.unwrap();
        for next in transactions {
            self.new.append(&self.project, claim.fence, batch(std::slice::from_ref(next))).await.unwrap();
            let canvas = rebuild(&self.new.load(&self.project).await.unwrap());
            let checkpoint = crate::samples::checkpoint_since(&canvas, next.seq - 1);
            self.new.checkpoint(&self.project, claim.fence, checkpoint).await.unwrap();
        }
        claim
    }
}

#[tokio::test]
async fn d4_an_append_that_arrives_late_finds_its_place_taken() {
    let mut hosts = Hosts::with(|request| {
        let is_second = request.body["Item"]["last"]["N"].as_str() == Some("2");
        request.operation == "PutItem" && request.is_for("journal") && is_second
    })
    .await;
    hosts.old.append(&hosts.project, hosts.claim.fence, puts(1, 1)).await.unwrap();
    let late = {
        let (old, project, fence) = (hosts.old.clone(), hosts.project.clone(), hosts.claim.fence);
        tokio::spawn(async move { old.append(&project, fence, batch(&[put(2, "late")])).await })
    };
    hosts.until_held().await;
    let claim = hosts.go_on(&[put(2, "a"), put(3, "b"), put(4, "c"), put(5, "d")]).await;
    let before = hosts.new.load(&hosts.project).await.unwrap();
    hosts.release();
    let refused = late.await.unwrap().unwrap_err();
    assert!(matches!(refused, StoreError::Fenced { found, .. } if found == claim.fence), "{refused}");
    let after = hosts.new.load(&hosts.project).await.unwrap();
    assert_eq!(contents(&rebuild(&after)), contents(&rebuild(&before)));
    hosts.new.append(&hosts.project, claim.fence, puts(6, 6)).await.unwrap();
}

#[tokio::test]
async fn d4_a_record_that_arrives_late_does_not_bring_back_what_was_deleted() {
    let mut hosts = Hosts::with(|request| request.operation == "PutItem" && request.is_for("objects")).await;
    hosts.old.append(&hosts.project, hosts.claim.fence, batch(&[put(1, "a")])).await.unwrap();
    let late = {
        let (old, project, fence) = (hosts.old.clone(), hosts.project.clone(), hosts.claim.fence);
        let changed = vec![(Arc::new(shape("a", 1)), 1)];
        let checkpoint = Checkpoint { seq: 1, changed, ..Checkpoint::default() };
        tokio::spawn(async move { old.checkpoint(&project, fence, checkpoint).await })
    };
    hosts.until_held().await;
    let claim = hosts.go_on(&[delete(2, "a"), put(3, "b"), put(4, "c")]).await;
    hosts.release();
    let refused = late.await.unwrap().unwrap_err();
    assert!(matches!(refused, StoreError::Fenced { found, .. } if found == claim.fence), "{refused}");
    let canvas = hosts.new.load(&hosts.project).await.unwrap();
    assert_eq!(canvas.checkpoint, 4);
    let document = rebuild(&canvas);
    assert!(document.changed(&shape_id("a")).is_none(), "neither there nor remembered");
    assert_eq!(document.len(), 2);
}
