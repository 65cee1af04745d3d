//! Users, their signed-in sessions, and invitations.

use async_trait::async_trait;
use collabcanvas_access::Role;
use collabcanvas_canvas::{ProjectId, UserId};

use super::DynamoStore;
use super::api::{Purpose, Refusal};
use super::item::Item;
use super::write::Write;
use crate::{AccountStore, Invitation, Login, SecretHash, StoreError, User};

#[async_trait]
impl AccountStore for DynamoStore {
    async fn create_user(&self, user: &User) -> Result<(), StoreError> {
        let why = Purpose::account("create-user");
        let table = &self.tables().accounts;
        // By it a request whose answer was lost is known again.
        let token = rand::random::<u64>();
        let put = || Write::put(table, user_item(user).number("made", token)).when_absent();
        if user.operator {
            let marker = first_operator_key().text("user", user.id.as_str());
            match self.api().transact(why, vec![put(), Write::put(table, marker).when_absent()]).await {
                // There is a first operator: this one is another.
                Err(Refusal::Cancelled(failed)) if !failed[0] => {}
                Err(Refusal::Cancelled(_)) => return Err(taken(user)),
                done => return Ok(done?),
            }
        }
        match self.api().write(why, put()).await {
            Err(Refusal::Condition(Some(there))) if there.find_number("made") == Some(token) => Ok(()),
            Err(Refusal::Condition(_)) => Err(taken(user)),
            done => Ok(done.map(drop)?),
        }
    }

    async fn user(&self, id: &UserId) -> Result<Option<User>, StoreError> {
        let found = self.api().get(Purpose::account("user"), &self.tables().accounts, user_key(id)).await?;
        found.as_ref().map(read_user).transpose()
    }

    async fn first_operator(&self) -> Result<Option<User>, StoreError> {
        let why = Purpose::account("first-operator");
        match self.api().get(why, &self.tables().accounts, first_operator_key()).await? {
            Some(marker) => self.user(&user_id(&marker, "user")?).await,
            None => Ok(None),
        }
    }

    async fn rename_user(&self, id: &UserId, name: &str) -> Result<(), StoreError> {
        let values = Item::default().text(":name", name);
        let rename = Write::update(&self.tables().accounts, user_key(id), "SET #name = :name", values).when_present();
        match self.api().write(Purpose::account("rename-user"), rename).await {
            Err(Refusal::Condition(_)) => Err(StoreError::Failed(format!("there is no user {id} to be renamed"))),
            done => Ok(done.map(drop)?),
        }
    }

    async fn create_login(&self, secret: &SecretHash, login: &Login) -> Result<(), StoreError> {
        self.check_user(&login.user).await?;
        let item = Item::key(format!("login/{}", hex(secret)), "login")
            .text("owner", format!("user/{}", login.user))
            .text("user", login.user.as_str())
            .number("created_ms", login.created_ms)
            .number("expires_ms", login.expires_ms)
            .number("expires", seconds(login.expires_ms));
        let put = Write::put(&self.tables().accounts, item);
        Ok(self.api().write(Purpose::account("create-login"), put).await.map(drop)?)
    }

    async fn login(&self, secret: &SecretHash, now_ms: u64) -> Result<Option<Login>, StoreError> {
        let key = Item::key(format!("login/{}", hex(secret)), "login");
        let Some(item) = self.api().get(Purpose::account("login"), &self.tables().accounts, key).await? else {
            return Ok(None);
        };
        let (created_ms, expires_ms) = (item.get_number("created_ms")?, item.get_number("expires_ms")?);
        let login = Login { user: user_id(&item, "user")?, created_ms, expires_ms };
        Ok(Some(login).filter(|login| login.expires_ms > now_ms))
    }

    async fn delete_login(&self, secret: &SecretHash) -> Result<(), StoreError> {
        let delete = Write::delete(&self.tables().accounts, Item::key(format!("login/{}", hex(secret)), "login"));
        Ok(self.api().write(Purpose::account("delete-login"), delete).await.map(drop)?)
    }

    async fn create_invitation(&self, secret: &SecretHash, invitation: &Invitation) -> Result<(), StoreError> {
        let why = Purpose::of(&invitation.project, "create-invitation");
        self.check_project(why, &invitation.project).await?;
        let item = invitation_key(secret)
            .text("owner", format!("project/{}", invitation.project))
            .text("project", invitation.project.as_str())
            .text("maker", invitation.maker.as_str())
            .text("role", invitation.role.as_str())
            .number("expires_ms", invitation.expires_ms)
            .number("expires", seconds(invitation.expires_ms));
        Ok(self.api().write(why, Write::put(&self.tables().accounts, item)).await.map(drop)?)
    }

    /// An invitation is marked as taken, by whom; deleted, it would be lost together with the answer.
    async fn take_invitation(&self, secret: &SecretHash, now_ms: u64) -> Result<Option<Invitation>, StoreError> {
        let values = Item::default().number(":taker", rand::random::<u64>());
        let take = Write::update(&self.tables().accounts, invitation_key(secret), "SET #taker = :taker", values).when(
            "attribute_exists(#pk) AND #expires_ms > :now AND (attribute_not_exists(#taker) OR #taker = :taker)",
            Item::default().number(":now", now_ms),
        );
        let taken = match self.api().write(Purpose::account("take-invitation"), take).await {
            Ok(Some(taken)) => taken,
            Ok(None) | Err(Refusal::Condition(_)) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let project = taken.get_text("project")?;
        Ok(Some(Invitation {
            project: ProjectId::parse(project).map_err(|problem| StoreError::Failed(problem.to_string()))?,
            maker: user_id(&taken, "maker")?,
            role: read_role(&taken)?,
            expires_ms: taken.get_number("expires_ms")?,
        }))
    }
}

impl DynamoStore {
    async fn check_user(&self, id: &UserId) -> Result<(), StoreError> {
        self.user(id).await?.map(drop).ok_or_else(|| no_user(id))
    }
}

/// Says so plainly when somebody is to be given something who does not exist.
pub(super) fn no_user(id: &UserId) -> StoreError {
    StoreError::Failed(format!("there is no user {id}: make the user first"))
}

pub(super) fn user_key(id: &UserId) -> Item {
    Item::key(format!("user/{id}"), "user")
}

pub(super) fn read_user(item: &Item) -> Result<User, StoreError> {
    Ok(User {
        id: user_id(item, "id")?,
        name: item.get_text("name")?.to_owned(),
        operator: item.find_flag("operator"),
        created_ms: item.get_number("created_ms")?,
    })
}

pub(super) fn read_role(item: &Item) -> Result<Role, StoreError> {
    let role = item.get_text("role")?;
    let unknown = || StoreError::Failed(format!("{role:?} is not a role: roles are viewer, editor, owner"));
    Role::parse(role).ok_or_else(unknown)
}

fn user_item(user: &User) -> Item {
    let User { id, name, operator, created_ms } = user;
    user_key(id)
        .text("id", id.as_str())
        .text("name", name)
        .flag("operator", *operator)
        .number("created_ms", *created_ms)
}

fn first_operator_key() -> Item {
    Item::key("operators", "first")
}

fn invitation_key(secret: &SecretHash) -> Item {
    Item::key(format!("invitation/{}", hex(secret)), "invitation")
}

fn user_id(item: &Item, name: &str) -> Result<UserId, StoreError> {
    UserId::parse(item.get_text(name)?).map_err(|problem| StoreError::Failed(problem.to_string()))
}

fn taken(user: &User) -> StoreError {
    StoreError::Failed(format!("there is a user {} already: choose another id", user.id))
}

fn hex(secret: &SecretHash) -> String {
    secret.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The first whole second at which the time has come.
fn seconds(ms: u64) -> u64 {
    ms.div_ceil(1_000)
}
