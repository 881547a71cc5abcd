//! DynamoDB, embedded: the same JSON protocol, answered in this process.

use axum::Router;
use bytes::Bytes;
use dynoxide::{Database, DynoxideError};
use http::{Request, Response, StatusCode, header::CONTENT_TYPE};
use serde::{Serialize, de::DeserializeOwned};

/// Answers over HTTP. The database's own server lets every page that a browser has open read and write; ours is for a
/// layer around it.
pub(crate) fn routes(database: Database) -> Router {
    let answer = async move |request: axum::extract::Request| {
        let (parts, body) = request.into_parts();
        let body =
            axum::body::to_bytes(body, LONGEST).await.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?;
        let answer = answer(&database, &Request::from_parts(parts, body));
        Ok::<_, StatusCode>(answer.map(axum::body::Body::from))
    };
    Router::new().route("/", axum::routing::post(answer))
}

/// What DynamoDB takes in one request.
const LONGEST: usize = 16 * 1024 * 1024;

/// Answers one request of the AWS SDK.
pub(crate) fn answer(database: &Database, request: &Request<Bytes>) -> Response<Bytes> {
    let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
    let operation = target.and_then(|target| target.rsplit('.').next()).unwrap_or_default();
    let body = request.body();
    let answer = match operation {
        "BatchGetItem" => run(body, |request| database.batch_get_item(request)),
        "BatchWriteItem" => run(body, |request| database.batch_write_item(request)),
        "CreateTable" => run(body, |request| database.create_table(request)),
        "DeleteItem" => run(body, |request| database.delete_item(request)),
        "DescribeTable" => run(body, |request| database.describe_table(request)),
        "DescribeTimeToLive" => run(body, |request| database.describe_time_to_live(request)),
        "ListTables" => run(body, |request| database.list_tables(request)),
        "GetItem" => run(body, |request| database.get_item(request)),
        "PutItem" => run(body, |request| database.put_item(request)),
        "UpdateItem" => run(body, |request| database.update_item(request)),
        "Query" => run(body, |request| database.query(request)),
        "Scan" => run(body, |request| database.scan(request)),
        "TransactWriteItems" => run(body, |request| database.transact_write_items(request)),
        other => Err(DynoxideError::ValidationException(format!("{other} is not known here"))),
    };
    let (status, body) = match answer {
        Ok(body) => (StatusCode::OK, body),
        Err(error) => (StatusCode::BAD_REQUEST, error.to_json()),
    };
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, http::HeaderValue::from_static("application/x-amz-json-1.0"));
    response
}

fn run<Input: DeserializeOwned, Output: Serialize>(
    body: &[u8],
    operation: impl FnOnce(Input) -> Result<Output, DynoxideError>,
) -> Result<String, DynoxideError> {
    let malformed =
        |error: serde_json::Error| DynoxideError::ValidationException(error.to_string());
    let input = serde_json::from_slice(body).map_err(malformed)?;
    serde_json::to_string(&operation(input)?).map_err(malformed)
}
