//! DynamoDB: payments, subscriptions and orders.
