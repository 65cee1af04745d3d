//! Which files are opened, and what is said of those that are not.

use std::fs;

use collabcanvas_storage::{AccountStore, SqliteStore, StoreError};

use super::{file_in, folder, raw, store_in};
use crate::samples::{user, user_id};

/// What `open` says of a file that it refuses.
fn refusal(folder: &tempfile::TempDir) -> String {
    match SqliteStore::open(&file_in(folder)) {
        Ok(_) => panic!("the file was opened"),
        Err(error @ StoreError::CannotOpen { .. }) => error.to_string(),
        Err(error) => panic!("another error: {error}"),
    }
}

#[tokio::test]
async fn a_store_that_is_in_use_is_refused_and_free_again_afterwards() {
    let folder = folder();
    let store = store_in(&folder);
    let clone = store.clone();
    drop(store);
    assert!(refusal(&folder).ends_with("another collabcanvas uses this data folder: end it, or use another folder"));
    clone.create_user(&user("ada")).await.unwrap();
    drop(clone);
    assert_eq!(store_in(&folder).user(&user_id("ada")).await.unwrap(), Some(user("ada")));
}

#[test]
fn a_file_of_a_newer_version_is_refused_and_left_as_it_is() {
    let folder = folder();
    drop(store_in(&folder));
    raw(&file_in(&folder)).pragma_update(None, "user_version", 99).unwrap();
    let before = fs::read(file_in(&folder)).unwrap();
    let said = refusal(&folder);
    assert!(said.contains("it has format 99, this version knows formats up to 3"), "{said}");
    assert_eq!(fs::read(file_in(&folder)).unwrap(), before);
}

#[test]
fn another_programs_database_is_refused_and_left_as_it_is() {
    let folder = folder();
    raw(&file_in(&folder)).execute_batch("CREATE TABLE theirs (x)").unwrap();
    let before = fs::read(file_in(&folder)).unwrap();
    let said = refusal(&folder);
    assert!(said.contains("it is another program's database"), "{said}");
    assert_eq!(fs::read(file_in(&folder)).unwrap(), before);
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let folder = folder();
    fs::write(file_in(&folder), "These are my notes. ".repeat(100)).unwrap();
    let said = refusal(&folder);
    assert!(said.contains("store.db cannot be opened: ") && said.contains("not a database"), "{said}");
}

#[test]
fn a_folder_that_does_not_exist_is_named() {
    let folder = folder();
    let file = folder.path().join("missing").join("store.db");
    let said = SqliteStore::open(&file).err().unwrap().to_string();
    assert!(said.contains("missing"), "{said}");
}

#[tokio::test]
async fn what_waits_when_the_store_goes_is_still_written() {
    let folder = folder();
    let store = store_in(&folder);
    let writes: Vec<_> = (0..50)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(async move { store.create_user(&user(&format!("u{n}"))).await })
        })
        .collect();
    drop(store);
    for write in writes {
        write.await.unwrap().unwrap();
    }
    assert_eq!(store_in(&folder).user(&user_id("u49")).await.unwrap(), Some(user("u49")));
}
