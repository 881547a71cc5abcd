//! Effects: each foreign call, and what its answer adds to what is seen.

use crate::{Gudok, Trouble, translate};
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use billing::{
    Announcement, CustomerUid, Effect, LostAccount, MerchantUid, OpenCharge, Record, RefundDue,
    Refused, ScheduleSighting, Seen, SideEffect, Subscription, Won,
};
use futures::TryStreamExt;
use iamport::{
    Again, Cancel, ChargeOptions, DeleteKey, FindAll, Schedule, ScheduleItem, ScheduleRequest,
    Unschedule,
};
use identity::ClaimsError;
use jiff::Timestamp;
use ledger::{Lease, Stored};
use serde::Serialize;

/// EventBridge takes at most this many events in one request.
const MOST_EVENTS: usize = 10;

/// The loop takes a lease before it calls.
const UNLEASED: Trouble = Trouble::Impossible("a call without a lease");

/// Iamport lists at most this many records on a page.
const MOST_ROWS: u32 = 1_000;

impl Gudok {
    /// Performs a foreign call. An outcome that is not known leaves nothing in `seen`, so that the next
    /// decision is to look it up. A call that moves money takes the lease with it.
    pub(crate) async fn perform(
        &self,
        effect: Effect,
        lease: Option<Lease>,
        stored: &Stored,
        seen: &mut Seen,
    ) -> Result<(), Trouble> {
        match effect {
            Effect::ReadOrder(id) => {
                seen.stored.insert(id, self.books.ledger.order(&id).await?);
            }
            Effect::LookUp(id) => {
                seen.records.insert(id, self.look_up(id).await?);
            }
            Effect::LookUpSchedule(id) => {
                seen.schedules.insert(id, self.look_up_schedule(id).await?);
            }
            Effect::Charge(charge) => {
                seen.records.remove(&charge.merchant_uid);
                self.charge(&charge, lease.ok_or(UNLEASED)?, seen).await?;
            }
            Effect::Schedule(charge, at) => {
                seen.schedules.remove(&charge.merchant_uid);
                self.schedule(&charge, at, lease.ok_or(UNLEASED)?, seen).await?;
            }
            Effect::Unschedule(customer_uid, id) => {
                seen.taken_back.insert(id);
                let sighting = self.unschedule(customer_uid, id).await?;
                seen.schedules.insert(id, sighting);
            }
            Effect::Count(order, decline) => {
                let counted = self.books.ledger.count_decline(&order, &decline).await?;
                seen.counted.insert((order, decline.class), counted);
            }
            Effect::Refund(due) => {
                self.refund(&due, seen).await?;
            }
            Effect::DeleteKey(customer_uid) => {
                self.delete_key(customer_uid).await?;
                seen.deleted_keys.insert(customer_uid);
            }
            Effect::Grant => {
                seen.account = self.set_access(stored, Some(true.into())).await?;
                seen.told = Some(self.books.now());
            }
            Effect::Revoke => {
                self.set_access(stored, None).await?;
                seen.told = Some(self.books.now());
            }
            Effect::Announce(announcements) => {
                let told = self.announce(&announcements).await?;
                seen.announced.extend(told);
            }
            Effect::Erase => {
                let now = self.books.now();
                self.claims.delete(stored.uid.as_str(), now).await?;
                seen.is_erased = self.books.ledger.erase(stored, now).await?;
                if !seen.is_erased {
                    // Somebody was first, and what that left is looked at by the next sweep.
                    seen.failed.insert(SideEffect::Erasure);
                }
            }
        }
        Ok(())
    }

    /// All records Iamport has under a `merchant_uid` (`GET /payments/findAll/{merchant_uid}`). One that
    /// cannot be read makes the whole look-up fail: left out, it would make a charge look unsent.
    pub(crate) async fn look_up(&self, id: MerchantUid) -> Result<Vec<Record>, Trouble> {
        let mut request = FindAll::new(id.to_string());
        request.limit = Some(MOST_ROWS);
        let mut rows = self.iamport.find_all_stream(request);
        let mut records = Vec::new();
        loop {
            match rows.try_next().await {
                Ok(Some(row)) => records.push(translate::record(row?)?),
                Ok(None) => return Ok(records),
                Err(iamport::Error::NotFound { .. }) if records.is_empty() => return Ok(records),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// What Iamport says of a schedule.
    pub(crate) async fn look_up_schedule(
        &self,
        id: MerchantUid,
    ) -> Result<ScheduleSighting, Trouble> {
        let schedule = self.schedule_of(id).await?;
        Ok(schedule.as_ref().map_or(ScheduleSighting::Missing, translate::sighting))
    }

    /// The schedule at Iamport under this order, whatever has become of it.
    pub(crate) async fn schedule_of(&self, id: MerchantUid) -> Result<Option<Schedule>, Trouble> {
        match self.iamport.schedule_by_merchant_uid(&id.to_string()).await {
            Ok(schedule) => Ok(Some(schedule)),
            Err(iamport::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn charge(
        &self,
        charge: &OpenCharge,
        lease: Lease,
        seen: &mut Seen,
    ) -> Result<(), Trouble> {
        let id = charge.merchant_uid;
        let mut request = Again::new(
            charge.customer_uid.to_string(),
            id.to_string(),
            charge.amount.get(),
            self.order_name(charge),
        );
        request.options = ChargeOptions {
            buyer: self.books.settings.merchant.buyer.clone(),
            notice_url: Some(self.notice_url("", id)),
            ..ChargeOptions::default()
        };
        match self.in_time(lease).again(&request).await {
            Ok(payment) => {
                let record = translate::answer(payment, charge)?;
                seen.records.insert(id, vec![record]);
            }
            Err(error @ (iamport::Error::Refused { .. } | iamport::Error::NotFound { .. })) => {
                seen.refused.insert(id, self.refused(&error));
            }
            Err(iamport::Error::Unknown { source }) => {
                tracing::warn!(merchant_uid = %id, error = %source, "the outcome of a charge is not known; looking it up");
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    async fn schedule(
        &self,
        charge: &OpenCharge,
        at: Timestamp,
        lease: Lease,
        seen: &mut Seen,
    ) -> Result<(), Trouble> {
        let id = charge.merchant_uid;
        let mut item =
            ScheduleItem::new(id.to_string(), at, charge.amount.get(), self.order_name(charge));
        item.options = ChargeOptions {
            buyer: self.books.settings.merchant.buyer.clone(),
            notice_url: Some(self.notice_url("/schedule", id)),
            ..ChargeOptions::default()
        };
        match self
            .in_time(lease)
            .schedule(&ScheduleRequest::new(charge.customer_uid.to_string(), vec![item]))
            .await
        {
            Ok(_) => {
                seen.schedules.insert(id, ScheduleSighting::Standing);
            }
            Err(error @ (iamport::Error::Refused { .. } | iamport::Error::NotFound { .. })) => {
                let reason = error.message().unwrap_or_default();
                tracing::warn!(merchant_uid = %id, reason, "Iamport refused a schedule");
                seen.refused.insert(id, self.refused(&error));
            }
            Err(iamport::Error::Unknown { source }) => {
                tracing::warn!(merchant_uid = %id, error = %source, "the outcome of a schedule is not known; looking it up");
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// A client for the one call that was leased, which is over before others may make it.
    #[expect(clippy::needless_pass_by_value, reason = "there is no second call with it")]
    fn in_time(&self, lease: Lease) -> iamport::Client {
        self.iamport.before(lease.until())
    }

    fn refused(&self, error: &iamport::Error) -> Refused {
        if error.refusal() == Some(iamport::Refusal::DuplicateMerchantUid) {
            return Refused::PaidBefore;
        }
        Refused::Said(error.message().unwrap_or_default().to_owned(), self.books.now())
    }

    async fn unschedule(
        &self,
        customer_uid: CustomerUid,
        id: MerchantUid,
    ) -> Result<ScheduleSighting, Trouble> {
        match self
            .iamport
            .unschedule(&Unschedule::one(customer_uid.to_string(), id.to_string()))
            .await
        {
            Ok(revoked) => {
                match revoked
                    .iter()
                    .flatten()
                    .find(|schedule| schedule.merchant_uid == id.to_string())
                {
                    Some(schedule) => Ok(translate::sighting(schedule)),
                    None => self.look_up_schedule(id).await,
                }
            }
            // Nothing to revoke: it may have run in the same second.
            Err(error @ (iamport::Error::Refused { .. } | iamport::Error::NotFound { .. })) => {
                match self.look_up_schedule(id).await? {
                    ScheduleSighting::Standing => Err(error.into()),
                    gone @ (ScheduleSighting::Missing
                    | ScheduleSighting::Executed
                    | ScheduleSighting::Failed(_)
                    | ScheduleSighting::TakenBack) => Ok(gone),
                }
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Gives back what is left of a payment, or as much as is still missing of what is to go back in all. Asked again, or
    /// by two at once, it gives nothing back twice: the checksum is what was left when we looked.
    async fn refund(&self, due: &RefundDue, seen: &mut Seen) -> Result<(), Trouble> {
        let mut payment = self.iamport.payment(due.imp_uid.as_str()).await?;
        let left = payment.amount.saturating_sub(payment.cancel_amount);
        let missing = due.amount.get().saturating_sub(payment.cancel_amount).min(left);
        if missing > 0 {
            let mut request = Cancel::imp_uid(due.imp_uid.as_str());
            request.checksum = Some(left);
            request.amount = (missing < left).then_some(missing);
            request.reason = Some(due.reason.clone());
            payment = match self.iamport.cancel(&request).await {
                Ok(payment) => payment,
                Err(error @ iamport::Error::Refused { .. }) => {
                    let words = error.message().unwrap_or_default().to_owned();
                    seen.refund_refused.insert(due.imp_uid.clone(), words);
                    return Err(Trouble::RefundRefused(error));
                }
                Err(error) => return Err(error.into()),
            };
        }
        seen.refunded.insert(due.imp_uid.clone(), Won::new(payment.cancel_amount));
        Ok(())
    }

    pub(crate) async fn delete_key(&self, customer_uid: CustomerUid) -> Result<(), Trouble> {
        match self.iamport.delete_key(&DeleteKey::new(customer_uid.to_string())).await {
            Ok(_) | Err(iamport::Error::NotFound { .. }) => Ok(()),
            Err(iamport::Error::Refused { message, .. }) => {
                // A key that cannot be deleted harms nobody: nothing charges it any more.
                tracing::warn!(%customer_uid, reason = message, "Iamport would not delete a billing key");
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Says whether there is an account to tell; nobody can enter with one that is gone.
    async fn set_access(
        &self,
        subscription: &Subscription,
        value: Option<serde_json::Value>,
    ) -> Result<Option<LostAccount>, Trouble> {
        let claim = &self.books.settings.access_claim;
        match self.claims.set(subscription.uid.as_str(), claim, value, self.books.now()).await {
            Ok(_) => Ok(None),
            Err(ClaimsError::NoSuchUser) => Ok(Some(LostAccount::Deleted)),
            Err(error) => Err(error.into()),
        }
    }

    /// Hands announcements over; says which were taken.
    async fn announce(&self, announcements: &[Announcement]) -> Result<Vec<String>, Trouble> {
        for chunk in announcements.chunks(MOST_EVENTS) {
            let entries =
                chunk.iter().map(|announcement| self.event(announcement.news.name(), announcement));
            self.put_events(entries.collect::<Result<_, _>>()?).await?;
        }
        Ok(announcements.iter().map(|announcement| announcement.id.clone()).collect())
    }

    /// An event of ours: `source` is `gudok`, `detail-type` its name.
    pub(crate) fn event(
        &self,
        name: &str,
        detail: &impl Serialize,
    ) -> Result<PutEventsRequestEntry, Trouble> {
        let detail = serde_json::to_string(detail).map_err(|error| Trouble::Bus(error.into()))?;
        Ok(PutEventsRequestEntry::builder()
            .event_bus_name(&self.bus.name)
            .source("gudok")
            .detail_type(name)
            .detail(detail)
            .build())
    }

    /// Puts events on the bus, at most ten.
    pub(crate) async fn put_events(
        &self,
        entries: Vec<PutEventsRequestEntry>,
    ) -> Result<(), Trouble> {
        let answer = self
            .bus
            .client
            .put_events()
            .set_entries(Some(entries))
            .send()
            .await
            .map_err(|error| Trouble::Bus(Box::new(error.into_service_error())))?;
        if answer.failed_entry_count() == 0 {
            Ok(())
        } else {
            Err(Trouble::Bus("an entry was not taken".into()))
        }
    }

    /// What the member's card statement and Iamport's console show; at most 40 characters.
    fn order_name(&self, charge: &OpenCharge) -> String {
        let plan = self
            .books
            .settings
            .catalogue
            .plan(&charge.plan)
            .map_or(charge.plan.as_str(), |plan| plan.name.as_str());
        format!("{plan} {}회차", charge.period.saturating_add(1)).chars().take(40).collect()
    }
}
