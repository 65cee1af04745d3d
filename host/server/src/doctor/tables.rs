use collabcanvas_storage::StoreError;
use collabcanvas_storage::dynamodb::{probe, tables};

use super::{Finding, clock};
use crate::stores::dynamo_client;

const PART: &str = "DynamoDB";

/// How exactly the date of an answer is known, in seconds.
const DOUBT: f64 = 0.5;

/// Whether the tables are there, are as they should be, and can be used as the store uses them.
pub(super) async fn look(address: &str, prefix: &str) -> Vec<Finding> {
    let client = match dynamo_client(address).await {
        Ok(client) => client,
        Err(error) => {
            return vec![Finding::wrong(
                PART,
                format!("{error:#}"),
                "write `aws`, or the address of a server with DynamoDB's API",
            )];
        }
    };
    match tables::check(&client, prefix).await {
        Ok(()) => {}
        Err(StoreError::CannotOpen { reason, .. }) => {
            let (found, advice) = reason.rsplit_once(": ").unwrap_or((&reason, "run `collabcanvas tables create`"));
            return vec![Finding::wrong(PART, found, advice)];
        }
        Err(error) => {
            let advice = "check --dynamodb, the region (AWS_REGION), the credentials, and that they allow dynamodb:DescribeTable and dynamodb:DescribeTimeToLive";
            return vec![Finding::wrong(PART, format!("{address} cannot be asked: {error}"), advice)];
        }
    }
    let mut findings =
        vec![Finding::good(PART, format!("the tables {prefix}* are there, with the right keys and indexes"))];
    let tried = probe(&client, prefix).await;
    if tried.faults.is_empty() {
        findings.push(Finding::good(PART, "they can be read, written, written under conditions, and queried"));
    }
    let advice = "give the host's role GetItem, BatchGetItem, PutItem, UpdateItem, DeleteItem, BatchWriteItem, Query, ConditionCheckItem and TransactWriteItems on the tables and their indexes";
    findings.extend(tried.faults.into_iter().map(|fault| Finding::wrong(PART, fault, advice)));
    findings.extend(tried.clock_ahead.map(|ahead| clock(PART, ahead, DOUBT)));
    findings
}
