//! A few requests that are counted by hand, by AWS's rules: a write unit for each started KB, twice that in a
//! transaction; a refused conditional write costs as much as one that is done; a read unit for each 4 KB read
//! consistently, half of that otherwise. Whatever the stand-in counts differently is told.

use anyhow::{Context, Result};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{
    AttributeValue, ConsumedCapacity, Put, ReturnConsumedCapacity::Total, TransactWriteItem,
};
use collabcanvas_storage::dynamodb::client_at;
use collabcanvas_tests::costs::measured::Counting;

const TABLE: &str = "test-objects";

/// Makes the requests.
pub async fn compare(endpoint: String) -> Result<Vec<Counting>> {
    let client = client_at(&endpoint);
    let mut counted = Vec::new();
    for (kilobytes, billed) in [(0.5, 1.0), (1.5, 2.0), (9.2, 10.0)] {
        let reported = put(&client, "counted", kilobytes, None).await?;
        counted.push(counting(format!("put {kilobytes} KB"), units(reported.as_ref()), billed));
    }
    let refused = put(&client, "counted", 1.5, Some("attribute_not_exists(pk)")).await;
    anyhow::ensure!(refused.is_err(), "a put on a taken place was not refused");
    // The larger of the item that is there and the one that was to be.
    counted.push(counting("put 1.5 KB that its condition refuses, over 9.2 KB".to_owned(), None, 10.0));
    let part = Put::builder().table_name(TABLE).set_item(Some(item("moved", 1.5))).build()?;
    let parts = TransactWriteItem::builder().put(part).build();
    let done = client.transact_write_items().transact_items(parts).return_consumed_capacity(Total).send().await?;
    counted.push(counting("put 1.5 KB in a transaction".to_owned(), units(done.consumed_capacity()), 4.0));
    for (consistent, billed) in [(true, 3.0), (false, 1.5)] {
        let get = client.get_item().table_name(TABLE).set_key(Some(key("counted"))).consistent_read(consistent);
        let got = get.return_consumed_capacity(Total).send().await?;
        let how = if consistent { "get 9.2 KB consistently" } else { "get 9.2 KB" };
        counted.push(counting(how.to_owned(), units(got.consumed_capacity.as_ref()), billed));
    }
    let query = client.query().table_name(TABLE).key_condition_expression("pk = :pk").consistent_read(true);
    let query = query.expression_attribute_values(":pk", AttributeValue::S("counting".into()));
    let found = query.return_consumed_capacity(Total).send().await?;
    counted.push(counting(
        "query 9.2 and 1.5 KB consistently".to_owned(),
        units(found.consumed_capacity.as_ref()),
        3.0,
    ));
    for (name, billed) in [("counted", 10.0), ("moved", 2.0)] {
        let delete = client.delete_item().table_name(TABLE).set_key(Some(key(name)));
        let deleted = delete.return_consumed_capacity(Total).send().await?;
        let what = format!("delete {billed} started KB");
        counted.push(counting(what, units(deleted.consumed_capacity.as_ref()), billed));
    }
    Ok(counted)
}

fn counting(request: String, reported: Option<f64>, billed: f64) -> Counting {
    Counting { request, reported, billed }
}

fn units<'a>(reported: impl IntoIterator<Item = &'a ConsumedCapacity>) -> Option<f64> {
    let each: Vec<f64> = reported.into_iter().filter_map(ConsumedCapacity::capacity_units).collect();
    (!each.is_empty()).then(|| each.iter().sum())
}

type Attributes = std::collections::HashMap<String, AttributeValue>;

fn key(name: &str) -> Attributes {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    Attributes::from([("pk".to_owned(), text("counting")), ("sk".to_owned(), text(name))])
}

fn item(name: &str, kilobytes: f64) -> Attributes {
    let mut item = key(name);
    // What the keys and the names take.
    let rest = 2 + 8 + 2 + name.len() + 4;
    let body = vec![7; (kilobytes * 1024.0) as usize - rest];
    item.insert("body".to_owned(), AttributeValue::B(Blob::new(body)));
    item
}

async fn put(client: &Client, name: &str, kilobytes: f64, condition: Option<&str>) -> Result<Option<ConsumedCapacity>> {
    let put = client.put_item().table_name(TABLE).set_item(Some(item(name, kilobytes)));
    let put = put.set_condition_expression(condition.map(str::to_owned)).return_consumed_capacity(Total);
    Ok(put.send().await.context("a put was refused")?.consumed_capacity)
}
