//! Charging billing keys, now and on schedule (`/subscribe/payments`).

use futures::stream::BoxStream;
use jiff::Timestamp;
use serde::Serialize;

use crate::{
    Again, Client, Error, Onetime, Page, Payment, Row, Schedule, ScheduleRequest, SchedulesInRange,
    Unschedule,
    call::{Call, segment},
    limits, page,
};

impl Client {
    /// Charges a card from its data (`POST /subscribe/payments/onetime`). Read the outcome as with
    /// [`again`](Self::again).
    pub async fn onetime(&self, request: &Onetime) -> Result<Payment, Error> {
        request.check()?;
        self.perform(Call::post("/subscribe/payments/onetime".to_owned(), request)?, page::one)
            .await
    }

    /// Charges a billing key now (`POST /subscribe/payments/again`).
    ///
    /// A decline comes in two shapes, and both have to be handled: `Ok` with
    /// [`PaymentStatus::Failed`](crate::PaymentStatus::Failed) and a `fail_reason` when the card
    /// company said no, and [`Error::Refused`] when it was not even asked.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] when the card may have been charged: [`find`](Self::find) the
    /// `merchant_uid`, and repeat only under the same one, which Iamport refuses if it was paid
    /// ([`Refusal::DuplicateMerchantUid`](crate::Refusal::DuplicateMerchantUid)).
    pub async fn again(&self, request: &Again) -> Result<Payment, Error> {
        request.check()?;
        self.perform(Call::post("/subscribe/payments/again".to_owned(), request)?, page::one).await
    }

    /// Schedules charges (`POST /subscribe/payments/schedule`).
    pub async fn schedule(&self, request: &ScheduleRequest) -> Result<Vec<Row<Schedule>>, Error> {
        request.check(self.now())?;
        self.perform(Call::post("/subscribe/payments/schedule".to_owned(), request)?, page::list)
            .await
    }

    /// Revokes schedules and gives those it revoked back (`POST /subscribe/payments/unschedule`).
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] when there was nothing to revoke
    /// ([`Refusal::NothingToUnschedule`](crate::Refusal::NothingToUnschedule)).
    pub async fn unschedule(&self, request: &Unschedule) -> Result<Vec<Row<Schedule>>, Error> {
        request.check()?;
        self.perform(Call::post("/subscribe/payments/unschedule".to_owned(), request)?, page::list)
            .await
    }

    /// One page of the shop's schedules in a window (`GET /subscribe/payments/schedule`).
    pub async fn schedules(&self, request: &SchedulesInRange) -> Result<Page<Schedule>, Error> {
        request.check()?;
        let call = Call::get("/subscribe/payments/schedule".to_owned())
            .query("schedule_from", request.from.as_second())
            .query("schedule_to", request.to.as_second())
            .maybe("schedule_status", request.status.as_ref())
            .maybe("page", request.page)
            .maybe("limit", request.limit)
            .maybe("sorting", request.oldest_first.then_some("scheduled"));
        self.perform(call, Page::read).await
    }

    /// All of the shop's schedules in the window, from the request's page on. The stream ends after
    /// the first error.
    pub fn schedules_stream(
        &self,
        request: SchedulesInRange,
    ) -> BoxStream<'static, Result<Row<Schedule>, Error>> {
        let client = self.clone();
        page::all(request.page.unwrap_or(1), move |page| {
            let (client, request) = (client.clone(), request.clone());
            async move { client.schedules(&SchedulesInRange { page: Some(page), ..request }).await }
        })
    }

    /// The schedule of this order (`GET /subscribe/payments/schedule/{merchant_uid}`).
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] when there is none.
    pub async fn schedule_by_merchant_uid(&self, merchant_uid: &str) -> Result<Schedule, Error> {
        limits::merchant_uid(merchant_uid)?;
        self.perform(Call::get(path(merchant_uid, "")), page::one).await
    }

    /// Moves a schedule that has not run yet (`PUT /subscribe/payments/schedule/{merchant_uid}`).
    /// `schedule_at` lies in the future by the client's clock.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] when there is none, [`Error::Refused`] when it ran or was revoked.
    pub async fn move_schedule(
        &self,
        merchant_uid: &str,
        schedule_at: Timestamp,
    ) -> Result<Schedule, Error> {
        let body = self.at(merchant_uid, schedule_at)?;
        self.perform(Call::put(path(merchant_uid, ""), &body)?, page::one).await
    }

    /// Schedules a failed or revoked charge again
    /// (`POST /subscribe/payments/schedule/{merchant_uid}/reschedule`). `schedule_at` lies in the
    /// future by the client's clock.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] when there is none, [`Error::Refused`] when it has yet to run, runs, or
    /// was approved.
    pub async fn reschedule(
        &self,
        merchant_uid: &str,
        schedule_at: Timestamp,
    ) -> Result<Schedule, Error> {
        let body = self.at(merchant_uid, schedule_at)?;
        self.perform(Call::post(path(merchant_uid, "/reschedule"), &body)?, page::one).await
    }

    /// Charges a failed or revoked schedule now
    /// (`POST /subscribe/payments/schedule/{merchant_uid}/retry`). Read the outcome as with
    /// [`again`](Self::again).
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] when there is none, [`Error::Refused`] when it has yet to run, runs, or
    /// was approved, [`Error::Unknown`] when the card may have been charged.
    pub async fn retry_schedule(&self, merchant_uid: &str) -> Result<Payment, Error> {
        limits::merchant_uid(merchant_uid)?;
        let nothing = serde_json::Map::new();
        self.perform(Call::post(path(merchant_uid, "/retry"), &nothing)?, page::one).await
    }

    fn at(&self, merchant_uid: &str, schedule_at: Timestamp) -> Result<At, Error> {
        limits::merchant_uid(merchant_uid)?;
        limits::in_future(schedule_at, self.now())?;
        Ok(At { schedule_at: schedule_at.as_second() })
    }
}

#[derive(Serialize)]
struct At {
    schedule_at: i64,
}

fn path(merchant_uid: &str, rest: &str) -> String {
    format!("/subscribe/payments/schedule/{}{rest}", segment(merchant_uid))
}
