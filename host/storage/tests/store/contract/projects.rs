//! Projects and their members.

use std::sync::Arc;

use collabcanvas_access::Role;
use collabcanvas_storage::{Project, StoreError, User};
use tokio::task::JoinSet;

use crate::Store;
use crate::samples::{project, project_id, project_in, user, user_id};

pub async fn a_project_is_found_again_with_its_plugins(store: Arc<dyn Store>) {
    let id = project_in(&*store, "plan").await;
    assert_eq!(store.project(&id).await.unwrap(), Some(project("plan")));
    assert_eq!(store.project(&project_id("other")).await.unwrap(), None);
}

pub async fn a_taken_project_id_is_refused_and_changes_nothing(store: Arc<dyn Store>) {
    let id = project_in(&*store, "plan").await;
    store.create_user(&user("bob")).await.unwrap();
    let other = Project { name: "Another".into(), ..project("plan") };
    let error = store.create_project(&other, &user_id("bob")).await.unwrap_err();
    assert_eq!(error.to_string(), "the store failed: there is a project plan already: choose another id");
    assert_eq!(store.project(&id).await.unwrap(), Some(project("plan")));
    assert_eq!(store.role(&id, &user_id("bob")).await.unwrap(), None);
}

pub async fn a_project_without_an_owner_is_not_made(store: Arc<dyn Store>) {
    assert!(store.create_project(&project("plan"), &user_id("nobody")).await.is_err());
    assert_eq!(store.project(&project_id("plan")).await.unwrap(), None);
}

pub async fn a_creator_is_the_owner(store: Arc<dyn Store>) {
    let id = project_in(&*store, "plan").await;
    assert_eq!(store.role(&id, &user_id("ada")).await.unwrap(), Some(Role::Owner));
    assert_eq!(store.members(&id).await.unwrap(), [(user("ada"), Role::Owner)]);
    assert_eq!(store.projects_of(&user_id("ada")).await.unwrap(), [(project("plan"), Role::Owner)]);
}

pub async fn a_role_can_be_given_changed_and_taken_away(store: Arc<dyn Store>) {
    let id = project_in(&*store, "plan").await;
    let bob = user_id("bob");
    store.create_user(&user("bob")).await.unwrap();
    for role in [Some(Role::Viewer), Some(Role::Editor), None, None] {
        store.set_role(&id, &bob, role).await.unwrap();
        assert_eq!(store.role(&id, &bob).await.unwrap(), role);
    }
    assert!(store.projects_of(&bob).await.unwrap().is_empty());
}

pub async fn the_last_owner_stays_one(store: Arc<dyn Store>) {
    let id = project_in(&*store, "plan").await;
    store.create_user(&user("bob")).await.unwrap();
    for role in [None, Some(Role::Editor)] {
        let error = store.set_role(&id, &user_id("ada"), role).await.unwrap_err();
        assert_eq!(error.to_string(), "ada is the only owner of project plan: make somebody else an owner first");
    }
    store.set_role(&id, &user_id("bob"), Some(Role::Owner)).await.unwrap();
    store.set_role(&id, &user_id("ada"), None).await.unwrap();
    assert_eq!(store.members(&id).await.unwrap(), [(user("bob"), Role::Owner)]);
}

pub async fn of_owners_who_all_go_at_the_same_time_one_stays(store: Arc<dyn Store>) {
    let id = project_in(&*store, "plan").await;
    let owners: Vec<String> = (0..6).map(|n| format!("u{n}")).collect();
    for name in &owners {
        store.create_user(&user(name)).await.unwrap();
        store.set_role(&id, &user_id(name), Some(Role::Owner)).await.unwrap();
    }
    store.set_role(&id, &user_id("ada"), None).await.unwrap();
    let mut going = JoinSet::new();
    for name in owners {
        let (store, id) = (store.clone(), id.clone());
        going.spawn(async move { store.set_role(&id, &user_id(&name), Some(Role::Viewer)).await });
    }
    let refused = going.join_all().await.into_iter().filter_map(Result::err);
    for error in refused {
        assert!(matches!(error, StoreError::LastOwner { .. } | StoreError::Changed(_)), "{error}");
    }
    let members = store.members(&id).await.unwrap();
    assert!(members.iter().any(|(_, role)| *role == Role::Owner), "{members:?}");
}

pub async fn a_role_in_no_project_is_refused(store: Arc<dyn Store>) {
    store.create_user(&user("ada")).await.unwrap();
    let error = store.set_role(&project_id("gone"), &user_id("ada"), Some(Role::Owner)).await.unwrap_err();
    assert_eq!(error.to_string(), "there is no project gone: it may have been deleted");
}

pub async fn projects_and_members_come_by_name(store: Arc<dyn Store>) {
    for name in ["b", "c", "a"] {
        project_in(&*store, name).await;
    }
    let projects = store.projects_of(&user_id("ada")).await.unwrap();
    assert_eq!(
        projects.iter().map(|(project, _)| project.name.as_str()).collect::<Vec<_>>(),
        ["The a", "The b", "The c"]
    );
    for (id, name) in [("u1", "Cleo"), ("u2", "Ben"), ("u3", "Dora")] {
        store.create_user(&User { name: name.into(), ..user(id) }).await.unwrap();
        store.set_role(&project_id("a"), &user_id(id), Some(Role::Viewer)).await.unwrap();
    }
    let members = store.members(&project_id("a")).await.unwrap();
    assert_eq!(members.iter().map(|(user, _)| user.name.as_str()).collect::<Vec<_>>(), ["ADA", "Ben", "Cleo", "Dora"]);
}

pub async fn an_update_replaces_all_but_id_and_creation(store: Arc<dyn Store>) {
    let id = project_in(&*store, "plan").await;
    let changed =
        Project { name: "Renamed".into(), plugins: Vec::new(), save_strategy: "other".into(), ..project("plan") };
    store.update_project(&project("plan"), &Project { created_ms: 5, ..changed.clone() }).await.unwrap();
    assert_eq!(store.project(&id).await.unwrap(), Some(changed));
}

pub async fn of_many_updates_of_what_all_have_read_one_is_made(store: Arc<dyn Store>) {
    let id = project_in(&*store, "plan").await;
    let mut changing = JoinSet::new();
    for n in 0..10 {
        let store = store.clone();
        let to = Project { name: format!("Plan {n}"), ..project("plan") };
        changing.spawn(async move { store.update_project(&project("plan"), &to).await.map(|()| to.name) });
    }
    let mut made = Vec::new();
    for done in changing.join_all().await {
        match done {
            Ok(name) => made.push(name),
            Err(error) => assert!(matches!(error, StoreError::Changed(_)), "{error}"),
        }
    }
    let now = store.project(&id).await.unwrap().unwrap();
    assert_eq!(made, std::slice::from_ref(&now.name));
    store.update_project(&now, &Project { save_strategy: "other".into(), ..now.clone() }).await.unwrap();
}

pub async fn an_update_of_no_project_is_refused(store: Arc<dyn Store>) {
    let error = store.update_project(&project("gone"), &project("gone")).await.unwrap_err();
    assert!(matches!(error, StoreError::NoSuchProject(_)), "{error}");
}

pub async fn members_who_are_added_at_the_same_time_are_all_there(store: Arc<dyn Store>) {
    let id = project_in(&*store, "plan").await;
    let mut added = JoinSet::new();
    for n in 0..20 {
        let (store, id) = (store.clone(), id.clone());
        added.spawn(async move {
            let name = format!("u{n:02}");
            store.create_user(&user(&name)).await.unwrap();
            store.set_role(&id, &user_id(&name), Some(Role::Viewer)).await.unwrap();
            store.set_role(&id, &user_id(&name), Some(Role::Editor)).await.unwrap();
        });
    }
    added.join_all().await;
    let members = store.members(&id).await.unwrap();
    assert_eq!(members.len(), 21);
    assert!(members.iter().all(|(user, role)| *role == Role::Editor || user.id == user_id("ada")));
    assert_eq!(store.projects_of(&user_id("u07")).await.unwrap(), [(project("plan"), Role::Editor)]);
}
