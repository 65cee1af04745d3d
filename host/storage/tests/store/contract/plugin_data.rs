//! What plugins keep.

use std::sync::Arc;

use collabcanvas_storage::StoreError;
use tokio::task::JoinSet;

use crate::Store;
use crate::samples::{project_id, project_in};

const QUOTA: u64 = 1_000;

fn keys(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn entries(of: &[(&str, &[u8])]) -> Vec<(String, Vec<u8>)> {
    of.iter().map(|(key, value)| ((*key).to_owned(), value.to_vec())).collect()
}

pub async fn values_come_in_the_order_asked_for(store: Arc<dyn Store>) {
    let project = project_in(&*store, "plan").await;
    store.set(&project, "p", entries(&[("a", b"1"), ("b", b""), ("a", b"2")]), QUOTA).await.unwrap();
    let found = store.get(&project, "p", &keys(&["none", "b", "a"])).await.unwrap();
    assert_eq!(found, [None, Some(Vec::new()), Some(b"2".to_vec())], "of two values in one set, the later one counts");
}

pub async fn plugins_and_projects_do_not_see_each_others_keys(store: Arc<dyn Store>) {
    let (one, two) = (project_in(&*store, "one").await, project_in(&*store, "two").await);
    store.set(&one, "p", entries(&[("a", b"1")]), QUOTA).await.unwrap();
    assert_eq!(store.get(&one, "q", &keys(&["a"])).await.unwrap(), [None]);
    assert_eq!(store.get(&two, "p", &keys(&["a"])).await.unwrap(), [None]);
    store.delete(&one, "q", &keys(&["a"])).await.unwrap();
    store.delete(&two, "p", &keys(&["a"])).await.unwrap();
    assert_eq!(store.get(&one, "p", &keys(&["a"])).await.unwrap(), [Some(b"1".to_vec())]);
}

pub async fn a_set_beyond_the_quota_sets_nothing(store: Arc<dyn Store>) {
    let project = project_in(&*store, "plan").await;
    // Keys count too: 10 in all.
    store.set(&project, "p", entries(&[("aaaa", b"123456")]), 10).await.unwrap();
    let error = store.set(&project, "p", entries(&[("b", b""), ("c", b"1")]), 12).await.unwrap_err();
    assert!(matches!(error, StoreError::QuotaExceeded { needed: 3, used: 10, quota: 12 }), "{error}");
    assert_eq!(store.get(&project, "p", &keys(&["b", "c"])).await.unwrap(), [None, None]);
    store.set(&project, "p", entries(&[("b", b""), ("c", b"1")]), 13).await.unwrap();
    store.set(&project, "q", entries(&[("b", b"123456789")]), 10).await.unwrap();
}

pub async fn replacing_and_deleting_make_room_in_the_quota(store: Arc<dyn Store>) {
    let project = project_in(&*store, "plan").await;
    store.set(&project, "p", entries(&[("a", &[0; 9])]), 10).await.unwrap();
    store.set(&project, "p", entries(&[("a", &[0; 4])]), 10).await.unwrap();
    store.set(&project, "p", entries(&[("b", &[0; 4])]), 10).await.unwrap();
    assert!(store.set(&project, "p", entries(&[("c", &[])]), 10).await.is_err());
    store.delete(&project, "p", &keys(&["a", "a", "none"])).await.unwrap();
    store.set(&project, "p", entries(&[("c", &[0; 4])]), 10).await.unwrap();
    assert!(store.set(&project, "p", entries(&[("d", &[])]), 10).await.is_err());
}

pub async fn a_lowered_quota_still_lets_a_plugin_shrink(store: Arc<dyn Store>) {
    let project = project_in(&*store, "plan").await;
    store.set(&project, "p", entries(&[("a", &[0; 99])]), 100).await.unwrap();
    store.set(&project, "p", entries(&[("a", &[0; 50])]), 10).await.unwrap();
    assert!(store.set(&project, "p", entries(&[("a", &[0; 51])]), 10).await.is_err());
}

pub async fn keys_are_listed_in_byte_order_a_page_at_a_time(store: Arc<dyn Store>) {
    let project = project_in(&*store, "plan").await;
    let names = ["b", "a/2", "a/é", "a/10", "a", "a/Z", "a/%"];
    let all: Vec<(&str, &[u8])> = names.iter().map(|name| (*name, &b"."[..])).collect();
    store.set(&project, "p", entries(&all), QUOTA).await.unwrap();
    let list = async |prefix: &str, after: Option<&str>, limit| {
        store.list_keys(&project, "p", prefix, after, limit).await.unwrap()
    };
    assert_eq!(list("a/", None, 10).await, ["a/%", "a/10", "a/2", "a/Z", "a/é"]);
    assert_eq!(list("a/", None, 2).await, ["a/%", "a/10"]);
    assert_eq!(list("a/", Some("a/10"), 2).await, ["a/2", "a/Z"]);
    assert_eq!(list("a/", Some("a/é"), 2).await, [""; 0]);
    assert_eq!(list("", Some("a/11"), 9).await, ["a/2", "a/Z", "a/é", "b"]);
    assert_eq!(list("c", None, 9).await, [""; 0]);
    assert_eq!(list("a/", Some("A"), 1).await, ["a/%"]);
}

pub async fn data_in_no_project_is_refused_or_absent(store: Arc<dyn Store>) {
    let gone = project_id("gone");
    let error = store.set(&gone, "p", entries(&[("a", b"1")]), QUOTA).await.unwrap_err();
    assert!(matches!(error, StoreError::NoSuchProject(_)), "{error}");
    assert_eq!(store.get(&gone, "p", &keys(&["a"])).await.unwrap(), [None]);
    assert_eq!(store.list_keys(&gone, "p", "", None, 9).await.unwrap(), [""; 0]);
    store.delete(&gone, "p", &keys(&["a"])).await.unwrap();
}

pub async fn a_set_of_a_thousand_values_is_all_or_nothing(store: Arc<dyn Store>) {
    let project = project_in(&*store, "plan").await;
    let entries =
        |fill: u8| -> Vec<(String, Vec<u8>)> { (0..1_000).map(|n| (format!("k{n:03}"), vec![fill; 5_000])).collect() };
    let all: Vec<String> = entries(0).into_iter().map(|(key, _)| key).collect();
    // 4 bytes a key.
    let quota = 1_000 * 5_004;
    store.set(&project, "p", entries(1), quota).await.unwrap();
    let values = async || store.get(&project, "p", &all[..64]).await.unwrap();
    assert!(values().await.iter().all(|value| value.as_deref() == Some(&[1; 5_000])));
    assert_eq!(store.list_keys(&project, "p", "k", Some("k899"), 1_000).await.unwrap(), all[900..]);
    assert!(store.set(&project, "p", vec![("one more".into(), Vec::new())], quota).await.is_err());
    store.set(&project, "p", entries(2), quota).await.unwrap();
    assert!(values().await.iter().all(|value| value.as_deref() == Some(&[2; 5_000])));
    store.delete(&project, "p", &all).await.unwrap();
    assert_eq!(store.list_keys(&project, "p", "", None, 9).await.unwrap(), [""; 0]);
    store.set(&project, "p", entries(3), quota).await.unwrap();
}

pub async fn sets_at_the_same_time_count_together(store: Arc<dyn Store>) {
    let project = project_in(&*store, "plan").await;
    let mut sets = JoinSet::new();
    for n in 0..12 {
        let (store, project) = (store.clone(), project.clone());
        sets.spawn(async move { store.set(&project, "p", vec![(format!("{n:02}"), vec![0; 8])], 100).await.is_ok() });
    }
    let done = sets.join_all().await.into_iter().filter(|done| *done).count();
    assert_eq!(done, 10, "ten of 10 bytes each fit");
    assert_eq!(store.list_keys(&project, "p", "", None, 99).await.unwrap().len(), 10);
}
