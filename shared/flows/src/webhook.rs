//! Webhooks: hints, and from anyone. Nothing in the body is believed; the payment is fetched.

use crate::advance::Found;
use crate::notice::Asks;
use crate::{Gudok, Purpose, Trouble, translate};
use billing::{ImpUid, MerchantUid, Order, RecordStatus};

/// What was made of a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// The member was looked at.
    Looked,
    /// It names no order of ours; nothing was asked of anyone.
    NotOurs,
    /// The order was looked at a moment ago, and anyone could have sent this: it is to be sent again.
    TooSoon,
    /// Iamport has no such payment, or it belongs to another order.
    NotTrue,
}

impl Gudok {
    /// Looks at the member whose order a webhook names; `code` is what its address brought. One that anyone could have
    /// sent waits while the order was looked at a moment ago.
    ///
    /// # Errors
    /// When the member could not be looked at, so that the webhook should be sent again.
    pub async fn hear(
        &self,
        imp_uid: &str,
        merchant_uid: &str,
        code: Option<&str>,
    ) -> Result<Heard, Trouble> {
        let (Ok(imp_uid), Ok(id)) =
            (imp_uid.parse::<ImpUid>(), merchant_uid.parse::<MerchantUid>())
        else {
            return Ok(Heard::NotOurs);
        };
        let Some(order) = self.books.ledger.order(&id).await? else { return Ok(Heard::NotOurs) };
        if self.is_too_soon(id, code) {
            return Ok(Heard::TooSoon);
        }
        self.take_up_payment(&imp_uid, order).await
    }

    /// Looks at the member who has this payment under this order.
    ///
    /// # Errors
    /// As [`Self::hear`].
    pub(crate) async fn take_up_payment(
        &self,
        imp_uid: &ImpUid,
        order: Order,
    ) -> Result<Heard, Trouble> {
        let id = order.merchant_uid();
        let record = match self.iamport.payment(imp_uid.as_str()).await {
            Ok(payment) => translate::record(payment)?,
            Err(iamport::Error::NotFound { .. }) => return Ok(Heard::NotTrue),
            Err(error) => return Err(error.into()),
        };
        if record.merchant_uid != id.to_string() {
            return Ok(Heard::NotTrue);
        }
        let records = match record.status {
            RecordStatus::Paid | RecordStatus::Cancelled => vec![record],
            // A failure may not be the last word under this order: take all of them.
            RecordStatus::Failed | RecordStatus::Ready | RecordStatus::Other => {
                self.look_up(id).await?
            }
        };
        let uid = order.uid().clone();
        let advanced = self
            .advance_with(
                &uid,
                Some(Found { order, records: Some(records), schedule: None }),
                Purpose::Look,
            )
            .await?;
        match advanced.trouble {
            None => Ok(Heard::Looked),
            Some(trouble) => Err(trouble),
        }
    }

    /// Where Iamport tells of this order; below it is the schedule's own path.
    pub(crate) fn notice_url(&self, below: &str, order: MerchantUid) -> String {
        let url = &self.books.settings.merchant.notice_url;
        format!("{url}{below}?k={}", self.key.code(order))
    }

    /// Whether a webhook about this order is to wait: anyone could have sent it, and one was heard a moment ago. The
    /// member's own window shows the address of a registration, so there the code proves nothing.
    pub(crate) fn is_too_soon(&self, order: MerchantUid, code: Option<&str>) -> bool {
        let proven = matches!(order, MerchantUid::Charge { .. })
            && code.is_some_and(|code| self.key.is_code(order, code));
        !proven && self.lately.is_enough(Asks::Webhook, order, self.books.now())
    }
}
