//! Charging billing keys, now and on schedule (`/subscribe/payments`).

use futures::stream::BoxStream;

use crate::{
    Again, Client, Error, Page, Payment, Row, Schedule, ScheduleRequest, SchedulesInRange,
    Unschedule,
    call::{Call, segment},
    limits, page,
};

impl Client {
    /// Charges a billing key now (`POST /subscribe/payments/again`).
    ///
    /// A decline comes in two forms, and both have to be handled: `Ok` with
    /// [`PaymentStatus::Failed`](crate::PaymentStatus::Failed) and a `fail_reason` if the card
    /// company said no, and [`Error::Refused`] if it was not even asked.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] if the card may have been charged: [`find`](Self::find) the
    /// `merchant_uid`, and repeat only under the same one, which Iamport refuses if it was paid
    /// ([`Refusal::DuplicateMerchantUid`](crate::Refusal::DuplicateMerchantUid)).
    pub async fn again(&self, request: &Again) -> Result<Payment, Error> {
        request.check()?;
        self.perform(Call::post("/subscribe/payments/again", request)?, page::one).await
    }

    /// Schedules charges (`POST /subscribe/payments/schedule`).
    pub async fn schedule(&self, request: &ScheduleRequest) -> Result<Vec<Row<Schedule>>, Error> {
        request.check(self.now())?;
        self.perform(Call::post("/subscribe/payments/schedule", request)?, page::list).await
    }

    /// Revokes schedules and returns those it revoked (`POST /subscribe/payments/unschedule`).
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] if there was nothing to revoke
    /// ([`Refusal::NothingToUnschedule`](crate::Refusal::NothingToUnschedule)).
    pub async fn unschedule(&self, request: &Unschedule) -> Result<Vec<Row<Schedule>>, Error> {
        request.check()?;
        self.perform(Call::post("/subscribe/payments/unschedule", request)?, page::list).await
    }

    /// One page of the shop's schedules in a window (`GET /subscribe/payments/schedule`).
    pub async fn schedules(&self, request: &SchedulesInRange) -> Result<Page<Schedule>, Error> {
        request.check()?;
        let call = Call::get("/subscribe/payments/schedule".to_owned())
            .long()
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

    /// The schedule with this `merchant_uid` (`GET /subscribe/payments/schedule/{merchant_uid}`).
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is none.
    pub async fn schedule_by_merchant_uid(&self, merchant_uid: &str) -> Result<Schedule, Error> {
        limits::merchant_uid(merchant_uid)?;
        let path = format!("/subscribe/payments/schedule/{}", segment(merchant_uid));
        self.perform(Call::get(path), page::one).await
    }
}
