//! Takes Iamport's webhooks as hints.
