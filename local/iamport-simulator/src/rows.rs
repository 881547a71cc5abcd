//! What is stored of each record besides what Iamport shows, and how it is found.

use serde::{Deserialize, Serialize};

use crate::{
    card::Card,
    records::{Customer, Payment, Schedule, ScheduleStatus, Webhook, WebhookState},
    table::Row,
};

/// A payment with what Iamport stores but does not show.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct PaymentRow {
    pub id: u64,
    pub shown: Payment,
    pub notice_urls: Vec<String>,
    pub vat_amount: Option<i64>,
    pub updated_at: i64,
}

impl Row for PaymentRow {
    const TABLE: &'static str = "payment";

    fn id(&self) -> u64 {
        self.id
    }

    fn labels(&self) -> Vec<String> {
        let mut labels =
            vec![by_imp_uid(&self.shown.imp_uid), by_merchant_uid(&self.shown.merchant_uid)];
        labels.extend(self.shown.customer_uid.as_deref().map(by_customer_uid));
        labels
    }
}

/// A customer with the behaviour of its card.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct CustomerRow {
    pub id: u64,
    pub shown: Customer,
    pub card: Card,
}

impl Row for CustomerRow {
    const TABLE: &'static str = "customer";

    fn id(&self) -> u64 {
        self.id
    }

    fn labels(&self) -> Vec<String> {
        vec![by_customer_uid(&self.shown.customer_uid)]
    }
}

/// A schedule with the time at which it will really run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ScheduleRow {
    pub id: u64,
    pub shown: Schedule,
    pub run_at: i64,
    pub notice_urls: Vec<String>,
    pub card_quota: i64,
    pub vat_amount: Option<i64>,
    pub user_agent: Option<String>,
}

impl Row for ScheduleRow {
    const TABLE: &'static str = "schedule";

    fn id(&self) -> u64 {
        self.id
    }

    fn labels(&self) -> Vec<String> {
        vec![by_merchant_uid(&self.shown.merchant_uid), by_customer_uid(&self.shown.customer_uid)]
    }

    fn due(&self) -> Option<(i64, u64)> {
        (self.shown.schedule_status == ScheduleStatus::Scheduled)
            .then_some((self.run_at, self.id.saturating_mul(2)))
    }
}

impl Row for Webhook {
    const TABLE: &'static str = "webhook";

    fn id(&self) -> u64 {
        self.id
    }

    fn labels(&self) -> Vec<String> {
        (self.state == WebhookState::Overtaken).then(|| OVERTAKEN.to_owned()).into_iter().collect()
    }

    fn due(&self) -> Option<(i64, u64)> {
        matches!(self.state, WebhookState::Queued | WebhookState::Overtaken)
            .then_some((self.due_at.as_second(), self.order))
    }
}

/// What `POST /payments/prepare` allows the window to ask for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct PreparedRow {
    pub id: u64,
    pub merchant_uid: String,
    pub amount: i64,
    pub currency: String,
}

impl Row for PreparedRow {
    const TABLE: &'static str = "prepared";

    fn id(&self) -> u64 {
        self.id
    }

    fn labels(&self) -> Vec<String> {
        vec![by_merchant_uid(&self.merchant_uid)]
    }
}

/// A `merchant_uid` with a request that was lost on its way to the card company.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct AttemptRow {
    pub id: u64,
    pub merchant_uid: String,
}

impl Row for AttemptRow {
    const TABLE: &'static str = "attempt";

    fn id(&self) -> u64 {
        self.id
    }

    fn labels(&self) -> Vec<String> {
        vec![by_merchant_uid(&self.merchant_uid)]
    }
}

/// The label of webhooks that wait to be overtaken.
pub(crate) const OVERTAKEN: &str = "overtaken";

pub(crate) fn by_imp_uid(imp_uid: &str) -> String {
    format!("imp:{imp_uid}")
}

pub(crate) fn by_merchant_uid(merchant_uid: &str) -> String {
    format!("merchant:{merchant_uid}")
}

pub(crate) fn by_customer_uid(customer_uid: &str) -> String {
    format!("customer:{customer_uid}")
}
