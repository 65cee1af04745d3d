//! Projects and their members.

use async_trait::async_trait;
use collabcanvas_access::Role;
use collabcanvas_canvas::{ProjectId, UserId};

use super::DynamoStore;
use super::accounts::{no_user, read_role, read_user, user_key};
use super::api::{Purpose, Query, Refusal};
use super::item::Item;
use super::position::Head;
use super::write::Write;
use crate::{Project, ProjectStore, StoreError, User};

/// How often a role is changed again because whoever was to stay an owner is none any more.
const OWNERS_TRIED: usize = 8;

#[async_trait]
impl ProjectStore for DynamoStore {
    async fn create_project(&self, project: &Project, owner: &UserId) -> Result<(), StoreError> {
        let Project { id, name, created_ms, save_strategy, .. } = project;
        let item = project_key(id)
            .text("id", id.as_str())
            .text("name", name)
            .number("created_ms", *created_ms)
            .text("plugins", plugins_json(project)?)
            .text("save_strategy", save_strategy);
        let (projects, [member, membership]) = (&self.tables().projects, member_keys(id, owner));
        let role = Role::Owner.as_str();
        let writes = vec![
            Write::exists(&self.tables().accounts, user_key(owner)),
            Write::put(projects, item).when_absent(),
            Write::put(&self.tables().journal, Head::new_item(id)).when_absent(),
            Write::put(projects, member.text("role", role)),
            Write::put(projects, membership.text("role", role)),
        ];
        match self.api().transact(Purpose::of(id, "create-project"), writes).await {
            Err(Refusal::Cancelled(failed)) if failed[0] => Err(no_user(owner)),
            Err(Refusal::Cancelled(_)) => {
                Err(StoreError::Failed(format!("there is a project {id} already: choose another id")))
            }
            done => Ok(done?),
        }
    }

    async fn project(&self, id: &ProjectId) -> Result<Option<Project>, StoreError> {
        let found = self.api().get(Purpose::of(id, "project"), &self.tables().projects, project_key(id)).await?;
        found.as_ref().map(read_project).transpose()
    }

    async fn projects_of(&self, user: &UserId) -> Result<Vec<(Project, Role)>, StoreError> {
        let why = Purpose::account("projects-of");
        let mut roles = Vec::new();
        for membership in self.query_prefix(why, format!("user/{user}"), "project/").await? {
            let id = parse_id(&membership, "project/", ProjectId::parse)?;
            roles.push((id, read_role(&membership)?));
        }
        let keys = roles.iter().map(|(id, _)| project_key(id)).collect();
        let mut projects = Vec::new();
        for item in self.api().get_many(why, &self.tables().projects, keys).await? {
            let project = read_project(&item)?;
            let role = roles.iter().find(|(id, _)| *id == project.id).map(|(_, role)| *role);
            projects.extend(role.map(|role| (project, role)));
        }
        projects.sort_by(|(a, _), (b, _)| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        Ok(projects)
    }

    async fn update_project(&self, from: &Project, to: &Project) -> Result<(), StoreError> {
        let Project { id, name, save_strategy, .. } = to;
        let values = Item::default().text(":name", name).text(":save_strategy", save_strategy);
        let values = values.text(":plugins", plugins_json(to)?);
        let before = Item::default().text(":name_before", &from.name).text(":plugins_before", plugins_json(from)?);
        let before = before.text(":save_strategy_before", &from.save_strategy);
        let change = "SET #name = :name, #plugins = :plugins, #save_strategy = :save_strategy";
        let unchanged =
            "#name = :name_before AND #plugins = :plugins_before AND #save_strategy = :save_strategy_before";
        let update = Write::update(&self.tables().projects, project_key(id), change, values).when(unchanged, before);
        match self.api().write(Purpose::of(id, "update-project"), update).await {
            Err(Refusal::Condition(_)) => match self.project(id).await? {
                // It was this one that went through, and its answer that was lost.
                Some(now) if (&now.name, &now.plugins, &now.save_strategy) == (name, &to.plugins, save_strategy) => {
                    Ok(())
                }
                Some(_) => Err(StoreError::Changed(id.clone())),
                None => Err(StoreError::NoSuchProject(id.clone())),
            },
            done => Ok(done.map(drop)?),
        }
    }

    async fn role(&self, project: &ProjectId, user: &UserId) -> Result<Option<Role>, StoreError> {
        let [member, _] = member_keys(project, user);
        let found = self.api().get(Purpose::of(project, "role"), &self.tables().projects, member).await?;
        found.as_ref().map(read_role).transpose()
    }

    async fn set_role(&self, project: &ProjectId, user: &UserId, role: Option<Role>) -> Result<(), StoreError> {
        let why = Purpose::of(project, "set-role");
        let projects = &self.tables().projects;
        for _ in 0..OWNERS_TRIED {
            let witness = if role == Some(Role::Owner) { None } else { self.other_owner(project, user).await? };
            let mut writes = vec![Write::exists(projects, project_key(project))];
            // Whoever stays an owner must still be one when this is written.
            writes.extend(witness.as_ref().map(|owner| {
                let [member, _] = member_keys(project, owner);
                Write::exists(projects, member)
                    .when("#role = :owner", Item::default().text(":owner", Role::Owner.as_str()))
            }));
            let keys = member_keys(project, user);
            match role {
                Some(role) => {
                    writes.push(Write::exists(&self.tables().accounts, user_key(user)));
                    writes.extend(keys.map(|key| Write::put(projects, key.text("role", role.as_str()))));
                }
                None => writes.extend(keys.map(|key| Write::delete(projects, key))),
            }
            match self.api().transact(why, writes).await {
                Err(Refusal::Cancelled(failed)) if failed[0] => return Err(StoreError::NoSuchProject(project.clone())),
                Err(Refusal::Cancelled(failed)) if witness.is_some() && failed[1] => {}
                Err(Refusal::Cancelled(_)) => return Err(no_user(user)),
                done => return Ok(done?),
            }
        }
        Err(StoreError::Changed(project.clone()))
    }

    async fn members(&self, project: &ProjectId) -> Result<Vec<(User, Role)>, StoreError> {
        let why = Purpose::of(project, "members");
        let mut roles = Vec::new();
        for member in self.query_prefix(why, format!("project/{project}"), "member/").await? {
            let id = parse_id(&member, "member/", UserId::parse)?;
            roles.push((id, read_role(&member)?));
        }
        let keys = roles.iter().map(|(id, _)| user_key(id)).collect();
        let mut members = Vec::new();
        for item in self.api().get_many(why, &self.tables().accounts, keys).await? {
            let user = read_user(&item)?;
            let role = roles.iter().find(|(id, _)| *id == user.id).map(|(_, role)| *role);
            members.extend(role.map(|role| (user, role)));
        }
        members.sort_by(|(a, _), (b, _)| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        Ok(members)
    }
}

impl DynamoStore {
    /// Says so plainly when there is no such project.
    pub(super) async fn check_project(&self, why: Purpose<'_>, id: &ProjectId) -> Result<(), StoreError> {
        let found = self.api().get(why, &self.tables().projects, project_key(id)).await?;
        found.map(drop).ok_or_else(|| StoreError::NoSuchProject(id.clone()))
    }

    /// An owner of the project besides this user; none when it has no owner at all. An error when there is no other.
    async fn other_owner(&self, project: &ProjectId, user: &UserId) -> Result<Option<UserId>, StoreError> {
        let why = Purpose::of(project, "set-role");
        let mut owns = false;
        for member in self.query_prefix(why, format!("project/{project}"), "member/").await? {
            let id = parse_id(&member, "member/", UserId::parse)?;
            match read_role(&member)? {
                Role::Owner if id != *user => return Ok(Some(id)),
                Role::Owner => owns = true,
                _ => {}
            }
        }
        if owns { Err(StoreError::LastOwner { project: project.clone(), user: user.clone() }) } else { Ok(None) }
    }

    /// The items of a partition of `projects` whose sort keys begin so.
    async fn query_prefix(&self, why: Purpose<'_>, partition: String, prefix: &str) -> Result<Vec<Item>, StoreError> {
        let query = Query {
            table: &self.tables().projects,
            condition: "#pk = :pk AND begins_with(#sk, :prefix)",
            values: Item::default().text(":pk", partition).text(":prefix", prefix),
            ..Query::default()
        };
        Ok(self.api().query(why, query).await?)
    }
}

pub(super) fn project_key(id: &ProjectId) -> Item {
    Item::key(format!("project/{id}"), "project")
}

/// The keys of a membership, from the project and from the user.
fn member_keys(project: &ProjectId, user: &UserId) -> [Item; 2] {
    [
        Item::key(format!("project/{project}"), format!("member/{user}")),
        Item::key(format!("user/{user}"), format!("project/{project}")),
    ]
}

fn parse_id<T, E: std::fmt::Display>(
    item: &Item,
    prefix: &str,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<T, StoreError> {
    let name = item.get_text("sk")?;
    parse(name.strip_prefix(prefix).unwrap_or(name)).map_err(|problem| StoreError::Failed(problem.to_string()))
}

fn plugins_json(project: &Project) -> Result<String, StoreError> {
    serde_json::to_string(&project.plugins).map_err(|error| {
        StoreError::Failed(format!("the plugins of project {} cannot be written: {error}", project.id))
    })
}

fn read_project(item: &Item) -> Result<Project, StoreError> {
    let id = item.get_text("id")?;
    let unreadable = |reason: String| StoreError::Failed(format!("project {id} cannot be read: {reason}"));
    Ok(Project {
        id: ProjectId::parse(id).map_err(|problem| unreadable(problem.to_string()))?,
        name: item.get_text("name")?.to_owned(),
        created_ms: item.get_number("created_ms")?,
        plugins: serde_json::from_str(item.get_text("plugins")?).map_err(|error| unreadable(error.to_string()))?,
        save_strategy: item.get_text("save_strategy")?.to_owned(),
    })
}
