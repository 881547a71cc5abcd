//! The tables as `aws/data.yaml` defines them, so that the local stack and the tests have no second
//! definition.

use crate::{Source, Tables};
use aws_sdk_dynamodb::{
    Client,
    client::Waiters,
    error::BuildError,
    operation::create_table::{CreateTableError, builders::CreateTableInputBuilder},
    types::{
        AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, Projection,
        TableDescription,
    },
};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use yaml_serde::Value;

/// Why the tables of a template are not there.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// The text is no `CloudFormation` template, or a table in it is not one.
    #[error("the template cannot be read")]
    Unreadable(#[from] yaml_serde::Error),
    /// A table, a key or an index lacks something it must have.
    #[error("a table of the template is incomplete")]
    Incomplete(#[from] BuildError),
    /// The template defines no table of this logical id.
    #[error("the template has no {0}")]
    Missing(&'static str),
    /// There is a table of this name with other keys or indexes; it was left as it is.
    #[error("the table {0} exists with other keys or indexes than the template says")]
    Differs(String),
    /// DynamoDB did not create or describe the table.
    #[error("the table {0} cannot be created")]
    Refused(String, #[source] Source),
}

/// How long a table may take to become usable.
const PATIENCE: Duration = Duration::from_mins(1);

/// The tables that a template defines, by logical id: requests to create them which lack only the name.
///
/// Only what makes a table behave as it does is taken: attributes, keys and global indexes, on demand.
/// Tags such as `!Ref` and `!Sub` may stand anywhere else.
///
/// # Errors
/// When the text is not a template or a table in it is incomplete.
pub fn tables(template: &str) -> Result<BTreeMap<String, CreateTableInputBuilder>, TemplateError> {
    let template: Template = yaml_serde::from_str(template)?;
    let mut tables = BTreeMap::new();
    for (logical_id, resource) in template.resources {
        if resource.kind == "AWS::DynamoDB::Table" {
            let table: Table = yaml_serde::from_value(resource.properties)?;
            tables.insert(logical_id, table.request()?);
        }
    }
    Ok(tables)
}

/// Creates the tables of the template under these names and waits until they can be used. Tables
/// that are there already are left as they are, rows and all.
///
/// # Errors
/// When one cannot be created, or is there with other keys or indexes.
pub async fn create_tables(
    client: &Client,
    template: &str,
    names: &Tables,
) -> Result<(), TemplateError> {
    let mut tables = tables(template)?;
    for (logical_id, name) in [
        ("PaymentsTable", &names.payments),
        ("SubscriptionsTable", &names.subscriptions),
        ("OrdersTable", &names.orders),
        ("JournalTable", &names.journal),
        ("RetainedTable", &names.retained),
    ] {
        let request = tables.remove(logical_id).ok_or(TemplateError::Missing(logical_id))?;
        create(client, request.table_name(name), name).await?;
    }
    Ok(())
}

async fn create(
    client: &Client,
    request: CreateTableInputBuilder,
    name: &str,
) -> Result<(), TemplateError> {
    let refused = |source| TemplateError::Refused(name.to_owned(), source);
    let wanted = Shape::wanted(&request);
    if let Err(error) = request.send_with(client).await {
        let exists =
            error.as_service_error().is_some_and(CreateTableError::is_resource_in_use_exception);
        if !exists {
            return Err(refused(error.into_source().unwrap_or_else(Into::into)));
        }
    }
    let waiting = client.wait_until_table_exists().table_name(name).wait(PATIENCE).await;
    let seen = waiting.map_err(|error| refused(error.into()))?.into_result();
    let seen = seen.map_err(|error| refused(error.into_source().unwrap_or_else(Into::into)))?;
    match seen.table().map(Shape::seen) {
        Some(shape) if shape == wanted => Ok(()),
        Some(_) | None => Err(TemplateError::Differs(name.to_owned())),
    }
}

/// What must be the same for two tables to serve alike.
#[derive(Debug, PartialEq)]
struct Shape {
    keys: Vec<KeySchemaElement>,
    indexes: BTreeMap<String, IndexShape>,
}

#[derive(Debug, PartialEq)]
struct IndexShape {
    keys: Vec<KeySchemaElement>,
    carries: Option<String>,
    besides: BTreeSet<String>,
}

impl Shape {
    fn wanted(request: &CreateTableInputBuilder) -> Self {
        let indexes = request.get_global_secondary_indexes().iter().flatten().map(|index| {
            let shape = IndexShape::of(index.key_schema(), index.projection());
            (index.index_name().to_owned(), shape)
        });
        let keys = request.get_key_schema().clone().unwrap_or_default();
        Self { keys, indexes: indexes.collect() }
    }

    fn seen(table: &TableDescription) -> Self {
        let indexes = table.global_secondary_indexes().iter().map(|index| {
            let shape = IndexShape::of(index.key_schema(), index.projection());
            (index.index_name().unwrap_or_default().to_owned(), shape)
        });
        Self { keys: table.key_schema().to_vec(), indexes: indexes.collect() }
    }
}

impl IndexShape {
    fn of(keys: &[KeySchemaElement], projection: Option<&Projection>) -> Self {
        let carries = projection.and_then(Projection::projection_type);
        let besides = projection.map(Projection::non_key_attributes).unwrap_or_default();
        Self {
            keys: keys.to_vec(),
            carries: carries.map(|kind| kind.as_str().to_owned()),
            besides: besides.iter().cloned().collect(),
        }
    }
}

#[derive(Deserialize)]
struct Template {
    #[serde(rename = "Resources")]
    resources: BTreeMap<String, Resource>,
}

#[derive(Deserialize)]
struct Resource {
    #[serde(rename = "Type")]
    kind: String,
    #[serde(rename = "Properties", default)]
    properties: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Table {
    attribute_definitions: Vec<Attribute>,
    key_schema: Vec<Key>,
    #[serde(default)]
    global_secondary_indexes: Vec<Index>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attribute {
    attribute_name: String,
    attribute_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Key {
    attribute_name: String,
    key_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Index {
    #[serde(rename = "IndexName")]
    name: String,
    key_schema: Vec<Key>,
    projection: Carried,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Carried {
    projection_type: String,
    non_key_attributes: Option<Vec<String>>,
}

impl Table {
    fn request(self) -> Result<CreateTableInputBuilder, BuildError> {
        let attributes = self.attribute_definitions.into_iter().map(Attribute::request);
        let indexes = self
            .global_secondary_indexes
            .into_iter()
            .map(Index::request)
            .collect::<Result<Vec<_>, _>>()?;
        Ok(CreateTableInputBuilder::default()
            .billing_mode(BillingMode::PayPerRequest)
            .set_attribute_definitions(Some(attributes.collect::<Result<_, _>>()?))
            .set_key_schema(Some(keys(self.key_schema)?))
            .set_global_secondary_indexes(Some(indexes).filter(|indexes| !indexes.is_empty())))
    }
}

impl Attribute {
    fn request(self) -> Result<AttributeDefinition, BuildError> {
        AttributeDefinition::builder()
            .attribute_name(self.attribute_name)
            .attribute_type(self.attribute_type.as_str().into())
            .build()
    }
}

impl Index {
    fn request(self) -> Result<GlobalSecondaryIndex, BuildError> {
        let projection = Projection::builder()
            .projection_type(self.projection.projection_type.as_str().into())
            .set_non_key_attributes(self.projection.non_key_attributes);
        GlobalSecondaryIndex::builder()
            .index_name(self.name)
            .set_key_schema(Some(keys(self.key_schema)?))
            .projection(projection.build())
            .build()
    }
}

fn keys(keys: Vec<Key>) -> Result<Vec<KeySchemaElement>, BuildError> {
    let element = |key: Key| {
        KeySchemaElement::builder()
            .attribute_name(key.attribute_name)
            .key_type(key.key_type.as_str().into())
            .build()
    };
    keys.into_iter().map(element).collect()
}
