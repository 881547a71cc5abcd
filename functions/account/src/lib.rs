//! Shows plans, the subscription and its payments.
