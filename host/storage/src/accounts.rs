use async_trait::async_trait;
use collabcanvas_access::Role;
use collabcanvas_canvas::{ProjectId, UserId};

use crate::{StoreError, User};

/// Users, their signed-in sessions, and invitations. Secrets never reach the store: it is given their SHA-256.
#[async_trait]
pub trait AccountStore: Send + Sync + 'static {
    /// Adds a user. Errors: [`StoreError::Failed`] when the id is taken.
    async fn create_user(&self, user: &User) -> Result<(), StoreError>;

    /// The user of this id.
    async fn user(&self, id: &UserId) -> Result<Option<User>, StoreError>;

    /// Some user who may manage the server: the first that was made.
    async fn first_operator(&self) -> Result<Option<User>, StoreError>;

    /// Changes what a user is called.
    async fn rename_user(&self, id: &UserId, name: &str) -> Result<(), StoreError>;

    /// Adds a signed-in session. `secret` is the hash of its cookie.
    async fn create_login(&self, secret: &SecretHash, login: &Login) -> Result<(), StoreError>;

    /// The session of this cookie's hash, unless it has expired at `now_ms`.
    async fn login(&self, secret: &SecretHash, now_ms: u64) -> Result<Option<Login>, StoreError>;

    /// Ends a session.
    async fn delete_login(&self, secret: &SecretHash) -> Result<(), StoreError>;

    /// Adds an invitation. `secret` is the hash of its link's token.
    async fn create_invitation(&self, secret: &SecretHash, invitation: &Invitation) -> Result<(), StoreError>;

    /// Uses up the invitation of this token's hash: of any number of simultaneous takers one gets it.
    /// None when there is none, it has been used, or it has expired at `now_ms`.
    async fn take_invitation(&self, secret: &SecretHash, now_ms: u64) -> Result<Option<Invitation>, StoreError>;
}

/// SHA-256 of a random secret of 256 bits.
pub type SecretHash = [u8; 32];

/// A browser that is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// Who.
    pub user: UserId,
    /// Milliseconds since 1970.
    pub created_ms: u64,
    /// Milliseconds since 1970.
    pub expires_ms: u64,
}

/// A link that makes whoever opens it first a member of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// The project.
    pub project: ProjectId,
    /// Who invites: it counts for as long as they may.
    pub maker: UserId,
    /// The role that it gives.
    pub role: Role,
    /// Milliseconds since 1970.
    pub expires_ms: u64,
}
