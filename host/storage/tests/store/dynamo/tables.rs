//! Making and checking tables.

use aws_sdk_dynamodb::types::{AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType};
use collabcanvas_storage::dynamodb::{DynamoStore, client_at, tables};
use collabcanvas_storage::{ProjectStore, StoreError};
use tokio::task::JoinSet;

use super::server::DynamoServer;
use crate::samples::project_id;

#[tokio::test]
async fn missing_tables_are_named_with_the_command_that_makes_them() {
    let server = DynamoServer::start();
    let error = DynamoStore::open(client_at(&server.endpoint()), "cc-", server.large()).await.err().unwrap();
    assert!(matches!(error, StoreError::CannotOpen { .. }), "{error}");
    assert_eq!(
        error.to_string(),
        "the store at DynamoDB tables cc-* cannot be opened: there is no table cc-accounts; there is no table \
         cc-projects; there is no table cc-objects; there is no table cc-journal: run `collabcanvas tables create`"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_can_be_made_by_many_at_once_and_again() {
    let server = DynamoServer::start();
    let mut makers = JoinSet::new();
    for _ in 0..8 {
        let client = client_at(&server.endpoint());
        makers.spawn(async move { tables::create(&client, "cc-").await });
    }
    for made in makers.join_all().await {
        made.unwrap();
    }
    let client = client_at(&server.endpoint());
    tables::create(&client, "cc-").await.unwrap();
    let store = DynamoStore::open(client, "cc-", server.large()).await.unwrap();
    assert_eq!(store.project(&project_id("plan")).await.unwrap(), None);
}

#[tokio::test]
async fn a_table_of_another_kind_is_refused_with_both_keys() {
    let server = DynamoServer::start();
    let client = client_at(&server.endpoint());
    let part = |name: &str, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap();
    let attribute =
        |name: &str, kind| AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build().unwrap();
    let table = client.create_table().table_name("cc-journal").billing_mode(BillingMode::PayPerRequest);
    let table = table.key_schema(part("pk", KeyType::Hash)).key_schema(part("sk", KeyType::Range));
    let table = table.attribute_definitions(attribute("pk", ScalarAttributeType::S));
    table.attribute_definitions(attribute("sk", ScalarAttributeType::S)).send().await.unwrap();
    let error = tables::create(&client, "cc-").await.unwrap_err().to_string();
    assert!(error.contains("table cc-journal has the key (pk S, sk S), not (pk S, sk N)"), "{error}");
    assert!(error.contains("choose another table prefix"), "{error}");
}
