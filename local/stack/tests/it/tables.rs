//! The tables behind our back: rows read and written as a person with the right to do so would.

use crate::world::World;
use bytes::Bytes;
use serde_json::{Map, Value, json};
use tower::ServiceExt;

/// One request of DynamoDB's protocol, which has to go well.
pub async fn dynamodb(world: &World, operation: &str, body: Value) -> Value {
    let request = http::Request::post("http://dynamodb.test/")
        .header("x-amz-target", format!("DynamoDB_20120810.{operation}"))
        .body(Bytes::from(body.to_string()))
        .unwrap();
    let answer = world.hosts.wire().oneshot(request).await.unwrap();
    assert_eq!(answer.status(), 200, "{operation}: {:?}", answer.body());
    serde_json::from_slice(answer.body()).unwrap()
}

/// A row as it is stored.
pub async fn row(world: &World, table: &str, key: Value) -> Value {
    let answer = dynamodb(world, "GetItem", json!({"TableName": table, "Key": key})).await;
    answer["Item"].clone()
}

/// Puts a row in the place of whatever is there.
pub async fn put_back(world: &World, table: &str, row: &Value) {
    dynamodb(world, "PutItem", json!({"TableName": table, "Item": row})).await;
}

/// Changes a row that is there.
pub async fn change(
    world: &World,
    table: &str,
    key: Value,
    change: impl FnOnce(&mut Map<String, Value>),
) {
    let mut row = row(world, table, key).await;
    change(row.as_object_mut().unwrap());
    put_back(world, table, &row).await;
}
