//! Projects, their members and their enabled plugins.

use async_trait::async_trait;
use collabcanvas_access::Role;
use collabcanvas_canvas::{ProjectId, UserId};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::accounts::{check_user, read_user};
use super::writer::Urgency;
use super::{SqliteStore, existing_project_key};
use crate::{Project, ProjectStore, StoreError, User};

#[async_trait]
impl ProjectStore for SqliteStore {
    async fn create_project(&self, project: &Project, owner: &UserId) -> Result<(), StoreError> {
        let (project, owner) = (project.clone(), owner.clone());
        self.writer().run(Urgency::Urgent, 0, move |desk| create(&desk.db, &project, &owner)).await
    }

    async fn project(&self, id: &ProjectId) -> Result<Option<Project>, StoreError> {
        let id = id.clone();
        let read = move |db: &mut Connection| {
            let mut select =
                db.prepare_cached("SELECT id, name, created_ms, plugins, save_strategy FROM projects WHERE id = ?1")?;
            Ok(select.query_row([id.as_str()], read_project).optional()?)
        };
        self.readers().run(read).await
    }

    async fn projects_of(&self, user: &UserId) -> Result<Vec<(Project, Role)>, StoreError> {
        let user = user.clone();
        let read = move |db: &mut Connection| {
            let mut select = db.prepare_cached(
                "SELECT id, name, created_ms, plugins, save_strategy, role
                 FROM members JOIN projects ON key = project WHERE user = ?1 ORDER BY name, id",
            )?;
            let rows = select.query_map([user.as_str()], |row| Ok((read_project(row)?, parse_role(row, 5)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        };
        self.readers().run(read).await
    }

    async fn update_project(&self, from: &Project, to: &Project) -> Result<(), StoreError> {
        let (from, to) = (from.clone(), to.clone());
        self.writer().run(Urgency::Urgent, 0, move |desk| update(&desk.db, &from, &to)).await
    }

    async fn role(&self, project: &ProjectId, user: &UserId) -> Result<Option<Role>, StoreError> {
        let (project, user) = (project.clone(), user.clone());
        let read = move |db: &mut Connection| {
            let mut select = db.prepare_cached(
                "SELECT role FROM members JOIN projects ON key = project WHERE id = ?1 AND user = ?2",
            )?;
            Ok(select.query_row([project.as_str(), user.as_str()], |row| parse_role(row, 0)).optional()?)
        };
        self.readers().run(read).await
    }

    async fn set_role(&self, project: &ProjectId, user: &UserId, role: Option<Role>) -> Result<(), StoreError> {
        let (project, user) = (project.clone(), user.clone());
        self.writer().run(Urgency::Urgent, 0, move |desk| set_role(&desk.db, &project, &user, role)).await
    }

    async fn members(&self, project: &ProjectId) -> Result<Vec<(User, Role)>, StoreError> {
        let project = project.clone();
        let read = move |db: &mut Connection| {
            let mut select = db.prepare_cached(
                "SELECT users.id, users.name, operator, users.created_ms, role
                 FROM projects JOIN members ON project = key JOIN users ON users.id = user
                 WHERE projects.id = ?1 ORDER BY users.name, users.id",
            )?;
            let rows = select.query_map([project.as_str()], |row| Ok((read_user(row)?, parse_role(row, 4)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        };
        self.readers().run(read).await
    }
}

fn create(db: &Connection, project: &Project, owner: &UserId) -> Result<(), StoreError> {
    let mut insert = db.prepare_cached(
        "INSERT INTO projects (id, name, created_ms, plugins, save_strategy) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (id) DO NOTHING",
    )?;
    let Project { id, name, created_ms, save_strategy, .. } = project;
    if insert.execute(params![id.as_str(), name, created_ms, plugins_json(project)?, save_strategy])? == 0 {
        return Err(StoreError::Failed(format!("there is a project {id} already: choose another id")));
    }
    set_role(db, id, owner, Some(Role::Owner))
}

fn update(db: &Connection, from: &Project, to: &Project) -> Result<(), StoreError> {
    let mut update = db.prepare_cached(
        "UPDATE projects SET name = ?2, plugins = ?3, save_strategy = ?4
         WHERE id = ?1 AND name = ?5 AND plugins = ?6 AND save_strategy = ?7",
    )?;
    let Project { id, name, save_strategy, .. } = to;
    let (plugins, before) = (plugins_json(to)?, plugins_json(from)?);
    match update.execute(params![id.as_str(), name, plugins, save_strategy, from.name, before, from.save_strategy])? {
        0 => existing_project_key(db, id).and(Err(StoreError::Changed(id.clone()))),
        _ => Ok(()),
    }
}

fn set_role(db: &Connection, project: &ProjectId, user: &UserId, role: Option<Role>) -> Result<(), StoreError> {
    let key = existing_project_key(db, project)?;
    if role != Some(Role::Owner) {
        let mut owners = db.prepare_cached("SELECT user FROM members WHERE project = ?1 AND role = ?2 LIMIT 2")?;
        let owners = owners.query_map(params![key, Role::Owner.as_str()], |row| row.get::<_, String>(0))?;
        if owners.collect::<rusqlite::Result<Vec<_>>>()? == [user.as_str()] {
            return Err(StoreError::LastOwner { project: project.clone(), user: user.clone() });
        }
    }
    let Some(role) = role else {
        let mut delete = db.prepare_cached("DELETE FROM members WHERE project = ?1 AND user = ?2")?;
        delete.execute(params![key, user.as_str()])?;
        return Ok(());
    };
    check_user(db, user)?;
    db.prepare_cached(
        "INSERT INTO members (project, user, role) VALUES (?1, ?2, ?3)
         ON CONFLICT (project, user) DO UPDATE SET role = excluded.role",
    )?
    .execute(params![key, user.as_str(), role.as_str()])?;
    Ok(())
}

fn plugins_json(project: &Project) -> Result<String, StoreError> {
    serde_json::to_string(&project.plugins).map_err(|error| {
        StoreError::Failed(format!("the plugins of project {} cannot be written: {error}", project.id))
    })
}

/// Reads `id, name, created_ms, plugins, save_strategy`.
fn read_project(row: &Row<'_>) -> rusqlite::Result<Project> {
    Ok(Project {
        id: ProjectId::parse(row.get_ref(0)?.as_str()?).map_err(|problem| invalid(0, problem))?,
        name: row.get(1)?,
        created_ms: row.get(2)?,
        plugins: serde_json::from_str(row.get_ref(3)?.as_str()?).map_err(|error| invalid(3, error))?,
        save_strategy: row.get(4)?,
    })
}

/// Reads a role.
pub(super) fn parse_role(row: &Row<'_>, column: usize) -> rusqlite::Result<Role> {
    let name = row.get_ref(column)?.as_str()?;
    Role::parse(name).ok_or_else(|| invalid(column, UnknownRole(name.to_owned())))
}

/// What a column holds is not what it should be.
pub(super) fn invalid(column: usize, reason: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(reason))
}

#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not a role: roles are viewer, editor, owner")]
struct UnknownRole(String);
