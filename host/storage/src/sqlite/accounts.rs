//! Users, their signed-in sessions, and invitations.

use async_trait::async_trait;
use collabcanvas_canvas::{ProjectId, UserId};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::projects::{invalid, parse_role};
use super::writer::Urgency;
use super::{SqliteStore, existing_project_key};
use crate::{AccountStore, Invitation, Login, SecretHash, StoreError, User};

#[async_trait]
impl AccountStore for SqliteStore {
    async fn create_user(&self, user: &User) -> Result<(), StoreError> {
        let user = user.clone();
        self.writer().run(Urgency::Urgent, 0, move |desk| create_user(&desk.db, &user)).await
    }

    async fn user(&self, id: &UserId) -> Result<Option<User>, StoreError> {
        let id = id.clone();
        let read = move |db: &mut Connection| {
            let mut select = db.prepare_cached("SELECT id, name, operator, created_ms FROM users WHERE id = ?1")?;
            Ok(select.query_row([id.as_str()], read_user).optional()?)
        };
        self.readers().run(read).await
    }

    async fn first_operator(&self) -> Result<Option<User>, StoreError> {
        let read = |db: &mut Connection| {
            let mut select = db.prepare_cached(
                "SELECT id, name, operator, created_ms FROM users WHERE operator ORDER BY ordinal LIMIT 1",
            )?;
            Ok(select.query_row([], read_user).optional()?)
        };
        self.readers().run(read).await
    }

    async fn rename_user(&self, id: &UserId, name: &str) -> Result<(), StoreError> {
        let (id, name) = (id.clone(), name.to_owned());
        let rename = move |db: &Connection| {
            let mut update = db.prepare_cached("UPDATE users SET name = ?2 WHERE id = ?1")?;
            match update.execute(params![id.as_str(), name])? {
                0 => Err(StoreError::Failed(format!("there is no user {id} to be renamed"))),
                _ => Ok(()),
            }
        };
        self.writer().run(Urgency::Urgent, 0, move |desk| rename(&desk.db)).await
    }

    async fn create_login(&self, secret: &SecretHash, login: &Login) -> Result<(), StoreError> {
        let (secret, login) = (*secret, login.clone());
        self.writer().run(Urgency::Urgent, 0, move |desk| create_login(&desk.db, &secret, &login)).await
    }

    async fn login(&self, secret: &SecretHash, now_ms: u64) -> Result<Option<Login>, StoreError> {
        let secret = *secret;
        let read = move |db: &mut Connection| {
            let mut select = db.prepare_cached(
                "SELECT user, created_ms, expires_ms FROM logins WHERE secret = ?1 AND expires_ms > ?2",
            )?;
            Ok(select.query_row(params![secret, now_ms], read_login).optional()?)
        };
        self.readers().run(read).await
    }

    async fn delete_login(&self, secret: &SecretHash) -> Result<(), StoreError> {
        let secret = *secret;
        let delete = move |db: &Connection| {
            db.prepare_cached("DELETE FROM logins WHERE secret = ?1")?.execute([secret])?;
            Ok(())
        };
        self.writer().run(Urgency::Urgent, 0, move |desk| delete(&desk.db)).await
    }

    async fn create_invitation(&self, secret: &SecretHash, invitation: &Invitation) -> Result<(), StoreError> {
        let (secret, invitation) = (*secret, invitation.clone());
        self.writer().run(Urgency::Urgent, 0, move |desk| create_invitation(&desk.db, &secret, &invitation)).await
    }

    async fn take_invitation(&self, secret: &SecretHash, now_ms: u64) -> Result<Option<Invitation>, StoreError> {
        let secret = *secret;
        self.writer().run(Urgency::Urgent, 0, move |desk| take_invitation(&desk.db, &secret, now_ms)).await
    }
}

fn create_user(db: &Connection, user: &User) -> Result<(), StoreError> {
    let mut insert = db.prepare_cached(
        "INSERT INTO users (id, name, operator, created_ms) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (id) DO NOTHING",
    )?;
    match insert.execute(params![user.id.as_str(), user.name, user.operator, user.created_ms])? {
        0 => Err(StoreError::Failed(format!("there is a user {} already: choose another id", user.id))),
        _ => Ok(()),
    }
}

fn create_login(db: &Connection, secret: &SecretHash, login: &Login) -> Result<(), StoreError> {
    check_user(db, &login.user)?;
    // Those that have expired go here, so that they do not pile up.
    db.prepare_cached("DELETE FROM logins WHERE expires_ms <= ?1")?.execute([login.created_ms])?;
    db.prepare_cached("INSERT INTO logins (secret, user, created_ms, expires_ms) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![secret, login.user.as_str(), login.created_ms, login.expires_ms])?;
    Ok(())
}

fn create_invitation(db: &Connection, secret: &SecretHash, invitation: &Invitation) -> Result<(), StoreError> {
    let project = existing_project_key(db, &invitation.project)?;
    db.prepare_cached(
        "INSERT INTO invitations (secret, project, maker, role, expires_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![
        secret,
        project,
        invitation.maker.as_str(),
        invitation.role.as_str(),
        invitation.expires_ms
    ])?;
    Ok(())
}

fn take_invitation(db: &Connection, secret: &SecretHash, now_ms: u64) -> Result<Option<Invitation>, StoreError> {
    db.prepare_cached("DELETE FROM invitations WHERE expires_ms <= ?1")?.execute([now_ms])?;
    let mut take = db.prepare_cached(
        "DELETE FROM invitations WHERE secret = ?1
         RETURNING (SELECT id FROM projects WHERE key = project), role, expires_ms, maker",
    )?;
    let invitation = |row: &Row<'_>| {
        let project = row.get_ref(0)?.as_str()?;
        Ok(Invitation {
            project: ProjectId::parse(project).map_err(|problem| invalid(0, problem))?,
            role: parse_role(row, 1)?,
            expires_ms: row.get(2)?,
            maker: UserId::parse(row.get_ref(3)?.as_str()?).map_err(|problem| invalid(3, problem))?,
        })
    };
    Ok(take.query_row([secret], invitation).optional()?)
}

/// Says so plainly when somebody is to be given something who does not exist.
pub(super) fn check_user(db: &Connection, id: &UserId) -> Result<(), StoreError> {
    if db.prepare_cached("SELECT 1 FROM users WHERE id = ?1")?.exists([id.as_str()])? {
        return Ok(());
    }
    Err(StoreError::Failed(format!("there is no user {id}: make the user first")))
}

/// Reads `id, name, operator, created_ms`.
pub(super) fn read_user(row: &Row<'_>) -> rusqlite::Result<User> {
    Ok(User { id: read_user_id(row)?, name: row.get(1)?, operator: row.get(2)?, created_ms: row.get(3)? })
}

/// Reads `user, created_ms, expires_ms`.
fn read_login(row: &Row<'_>) -> rusqlite::Result<Login> {
    Ok(Login { user: read_user_id(row)?, created_ms: row.get(1)?, expires_ms: row.get(2)? })
}

fn read_user_id(row: &Row<'_>) -> rusqlite::Result<UserId> {
    UserId::parse(row.get_ref(0)?.as_str()?).map_err(|problem| invalid(0, problem))
}
