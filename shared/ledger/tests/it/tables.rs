//! The tables of the template.

use crate::{
    samples::{subscription, uid},
    world::{TEMPLATE, World, write},
};
use billing::Change;
use ledger::{
    Ledger, Tables,
    template::{TemplateError, create_tables, tables},
};
use yaml_serde::Value;

#[tokio::test]
async fn creating_the_tables_again_leaves_their_rows() {
    let World { ledger, client, tables, .. } = World::new().await;
    let uid = uid("member");
    let stored = write(&ledger, &Change::of(subscription(&uid))).await.unwrap();
    create_tables(&client, TEMPLATE, &tables).await.unwrap();
    assert_eq!(ledger.subscription(&uid).await.unwrap(), Some(stored));
}

#[tokio::test]
async fn a_table_with_other_keys_is_left_as_it_is_and_reported() {
    let World { client, tables, .. } = World::new().await;
    let swapped =
        Tables { payments: tables.orders.clone(), orders: tables.payments.clone(), ..tables };
    let error = create_tables(&client, TEMPLATE, &swapped).await.unwrap_err();
    assert!(matches!(error, TemplateError::Differs(name) if name == swapped.payments));
}

#[tokio::test]
async fn a_table_that_lacks_an_index_of_the_template_is_reported() {
    let World { client, tables, .. } = World::new().await;
    let older = TEMPLATE.replace("IndexName: cancelling", "IndexName: cancelled");
    let error = create_tables(&client, &older, &tables).await.unwrap_err();
    assert!(matches!(error, TemplateError::Differs(name) if name == tables.subscriptions));
}

#[tokio::test]
async fn an_index_that_carries_less_than_the_template_says_is_reported() {
    let World { client, tables, .. } = World::new().await;
    let leaner = "NonKeyAttributes: [paid_through, price, state]";
    assert!(TEMPLATE.contains(leaner));
    let other = TEMPLATE.replace(leaner, "NonKeyAttributes: [price, state]");
    let error = create_tables(&client, &other, &tables).await.unwrap_err();
    assert!(matches!(error, TemplateError::Differs(name) if name == tables.subscriptions));
}

#[tokio::test]
async fn tables_of_two_names_are_apart() {
    let World { ledger, client, tables, .. } = World::new().await;
    let uid = uid("member");
    write(&ledger, &Change::of(subscription(&uid))).await.unwrap();
    let others = Tables { subscriptions: format!("{}-2", tables.subscriptions), ..tables };
    create_tables(&client, TEMPLATE, &others).await.unwrap();
    assert_eq!(Ledger::new(client, others).subscription(&uid).await.unwrap(), None);
}

#[test]
fn the_template_defines_the_five_tables() {
    let tables = tables(TEMPLATE).unwrap();
    let ids: Vec<_> = tables.keys().map(String::as_str).collect();
    let all =
        ["JournalTable", "OrdersTable", "PaymentsTable", "RetainedTable", "SubscriptionsTable"];
    assert_eq!(ids, all);
}

#[test]
fn tags_and_other_resources_do_not_disturb() {
    let template = "
Conditions: { Production: !Equals [!Ref Stage, production] }
Resources:
  Function:
    Type: AWS::Serverless::Function
    Condition: Production
    Properties:
      Environment: { Variables: { TABLE: !Ref OrdersTable, URL: !Sub 'https://${Api}/x' } }
      Role: !GetAtt Role.Arn
      Layers: !If [Production, [!Ref Layer], !Ref AWS::NoValue]
  Api: { Type: AWS::Serverless::HttpApi }
  OrdersTable:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: !Sub '${AWS::StackName}-orders'
      AttributeDefinitions:
        - { AttributeName: merchant_uid, AttributeType: S }
        - { AttributeName: uid, AttributeType: S }
      KeySchema: [{ AttributeName: merchant_uid, KeyType: HASH }]
      GlobalSecondaryIndexes:
        - IndexName: member
          KeySchema:
            - { AttributeName: uid, KeyType: HASH }
            - { AttributeName: merchant_uid, KeyType: RANGE }
          Projection: { ProjectionType: KEYS_ONLY }
      Tags: [{ Key: stage, Value: !Ref Stage }]
";
    let tables = tables(template).unwrap();
    assert_eq!(tables.keys().collect::<Vec<_>>(), ["OrdersTable"]);
    let whole = self::tables(TEMPLATE).unwrap();
    assert_eq!(format!("{:?}", tables["OrdersTable"]), format!("{:?}", whole["OrdersTable"]));
}

#[test]
fn what_is_no_template_is_refused() {
    for text in ["", "Resources", "Resources: []", "{", "Resources: { T: { Properties: {} } }"] {
        assert!(matches!(tables(text), Err(TemplateError::Unreadable(_))), "{text}");
    }
    let keyless = "Resources: { T: { Type: AWS::DynamoDB::Table, Properties: {} } }";
    assert!(matches!(tables(keyless), Err(TemplateError::Unreadable(_))));
}

#[test]
fn every_table_outlives_the_stack_and_can_be_restored() {
    let template: Value = yaml_serde::from_str(TEMPLATE).unwrap();
    for table in
        ["PaymentsTable", "SubscriptionsTable", "OrdersTable", "JournalTable", "RetainedTable"]
    {
        let resource = &template["Resources"][table];
        assert_eq!(resource["DeletionPolicy"], "Retain", "{table}");
        assert_eq!(resource["UpdateReplacePolicy"], "Retain", "{table}");
        let properties = &resource["Properties"];
        assert_eq!(properties["BillingMode"], "PAY_PER_REQUEST", "{table}");
        assert_eq!(properties["DeletionProtectionEnabled"], true, "{table}");
        assert_eq!(properties["SSESpecification"]["SSEEnabled"], true, "{table}");
        let recovery = &properties["PointInTimeRecoverySpecification"];
        assert_eq!(recovery["PointInTimeRecoveryEnabled"], true, "{table}");
    }
}
