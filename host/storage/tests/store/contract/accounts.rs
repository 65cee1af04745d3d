//! Users, logins, invitations.

use std::sync::Arc;

use collabcanvas_access::Role;
use collabcanvas_storage::{Invitation, Login, StoreError, User};
use tokio::task::JoinSet;

use crate::Store;
use crate::samples::{project_id, project_in, user, user_id};

pub async fn a_user_is_found_again(store: Arc<dyn Store>) {
    store.create_user(&user("ada")).await.unwrap();
    assert_eq!(store.user(&user_id("ada")).await.unwrap(), Some(user("ada")));
    assert_eq!(store.user(&user_id("bob")).await.unwrap(), None);
}

pub async fn a_taken_user_id_is_refused(store: Arc<dyn Store>) {
    store.create_user(&user("ada")).await.unwrap();
    let other = User { name: "Somebody else".into(), ..user("ada") };
    let error = store.create_user(&other).await.unwrap_err();
    assert_eq!(error.to_string(), "the store failed: there is a user ada already: choose another id");
    assert_eq!(store.user(&user_id("ada")).await.unwrap(), Some(user("ada")));
}

pub async fn the_first_operator_is_the_one_made_first(store: Arc<dyn Store>) {
    assert_eq!(store.first_operator().await.unwrap(), None);
    store.create_user(&user("anna")).await.unwrap();
    assert_eq!(store.first_operator().await.unwrap(), None, "anna may not manage the server");
    // Neither the name nor the clock decides.
    let first = User { operator: true, created_ms: 9, ..user("zoe") };
    let second = User { operator: true, created_ms: 3, ..user("bob") };
    store.create_user(&first).await.unwrap();
    store.create_user(&second).await.unwrap();
    assert_eq!(store.first_operator().await.unwrap(), Some(first));
}

pub async fn a_renamed_user_has_the_new_name(store: Arc<dyn Store>) {
    store.create_user(&user("ada")).await.unwrap();
    store.rename_user(&user_id("ada"), "Ada L.").await.unwrap();
    assert_eq!(store.user(&user_id("ada")).await.unwrap().unwrap().name, "Ada L.");
}

pub async fn renaming_nobody_fails(store: Arc<dyn Store>) {
    assert!(store.rename_user(&user_id("ada"), "Ada L.").await.is_err());
}

pub async fn a_login_is_found_until_it_expires(store: Arc<dyn Store>) {
    store.create_user(&user("ada")).await.unwrap();
    let login = Login { user: user_id("ada"), created_ms: 1_000, expires_ms: 5_000 };
    store.create_login(&[1; 32], &login).await.unwrap();
    assert_eq!(store.login(&[1; 32], 1_000).await.unwrap(), Some(login.clone()));
    assert_eq!(store.login(&[1; 32], 4_999).await.unwrap(), Some(login));
    assert_eq!(store.login(&[1; 32], 5_000).await.unwrap(), None);
    assert_eq!(store.login(&[2; 32], 1_000).await.unwrap(), None, "another cookie");
}

pub async fn a_deleted_login_is_gone(store: Arc<dyn Store>) {
    store.create_user(&user("ada")).await.unwrap();
    let login = Login { user: user_id("ada"), created_ms: 1_000, expires_ms: 5_000 };
    store.create_login(&[1; 32], &login).await.unwrap();
    store.create_login(&[2; 32], &login).await.unwrap();
    store.delete_login(&[1; 32]).await.unwrap();
    assert_eq!(store.login(&[1; 32], 1_000).await.unwrap(), None);
    assert_eq!(store.login(&[2; 32], 1_000).await.unwrap(), Some(login));
    store.delete_login(&[1; 32]).await.unwrap();
}

pub async fn a_login_of_nobody_is_refused(store: Arc<dyn Store>) {
    let login = Login { user: user_id("nobody"), created_ms: 1_000, expires_ms: 5_000 };
    assert!(store.create_login(&[1; 32], &login).await.is_err());
    assert_eq!(store.login(&[1; 32], 1_000).await.unwrap(), None);
}

pub async fn an_invitation_is_taken_once_by_twenty_concurrent_takers(store: Arc<dyn Store>) {
    let project = project_in(&*store, "plan").await;
    let invitation = Invitation { project, maker: user_id("ada"), role: Role::Editor, expires_ms: 5_000 };
    store.create_invitation(&[7; 32], &invitation).await.unwrap();
    let mut takers = JoinSet::new();
    for _ in 0..20 {
        let store = store.clone();
        takers.spawn(async move { store.take_invitation(&[7; 32], 1_000).await.unwrap() });
    }
    let taken: Vec<_> = takers.join_all().await.into_iter().flatten().collect();
    assert_eq!(taken, [invitation]);
}

pub async fn an_expired_invitation_cannot_be_taken(store: Arc<dyn Store>) {
    let project = project_in(&*store, "plan").await;
    let early = Invitation { project, maker: user_id("ada"), role: Role::Viewer, expires_ms: 5_000 };
    let late = Invitation { expires_ms: 5_001, ..early.clone() };
    store.create_invitation(&[7; 32], &early).await.unwrap();
    store.create_invitation(&[8; 32], &late).await.unwrap();
    assert_eq!(store.take_invitation(&[7; 32], 5_000).await.unwrap(), None);
    assert_eq!(store.take_invitation(&[8; 32], 5_000).await.unwrap(), Some(late));
}

pub async fn an_invitation_to_no_project_is_refused(store: Arc<dyn Store>) {
    let invitation =
        Invitation { project: project_id("gone"), maker: user_id("ada"), role: Role::Editor, expires_ms: 5_000 };
    let error = store.create_invitation(&[7; 32], &invitation).await.unwrap_err();
    assert!(matches!(error, StoreError::NoSuchProject(_)), "{error}");
}
