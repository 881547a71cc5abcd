//! Looking up and refunding payments (`/payments`).

use futures::stream::BoxStream;

use crate::{
    Cancel, Client, Error, FindAll, Page, Payment, PaymentStatus, PaymentsByStatus, Row, Sorting,
    call::{Call, segment},
    limits, page,
};

impl Client {
    /// The payment with this `imp_uid` (`GET /payments/{imp_uid}`).
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is none.
    pub async fn payment(&self, imp_uid: &str) -> Result<Payment, Error> {
        limits::imp_uid(imp_uid)?;
        let call = self.reading(format!("/payments/{}", segment(imp_uid)));
        self.perform(call, page::one).await
    }

    /// The payments with these ids, at most 100 in all (`GET /payments`). The answer leaves out those
    /// that Iamport does not know, and is empty if it knows none.
    pub async fn payments(
        &self,
        imp_uids: &[&str],
        merchant_uids: &[&str],
    ) -> Result<Vec<Row<Payment>>, Error> {
        limits::count("imp_uid", imp_uids.len().saturating_add(merchant_uids.len()), 100)?;
        let mut call = self.reading("/payments".to_owned());
        for imp_uid in imp_uids {
            limits::imp_uid(imp_uid)?;
            call = call.query("imp_uid[]", imp_uid);
        }
        for merchant_uid in merchant_uids {
            limits::merchant_uid(merchant_uid)?;
            call = call.query("merchant_uid[]", merchant_uid);
        }
        match self.perform(call, page::list).await {
            Err(Error::NotFound { .. }) => Ok(Vec::new()),
            answer => answer,
        }
    }

    /// The newest payment with this `merchant_uid`, optionally of one status
    /// (`GET /payments/find/{merchant_uid}/{status}`).
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is none.
    pub async fn find(
        &self,
        merchant_uid: &str,
        status: Option<PaymentStatus>,
    ) -> Result<Payment, Error> {
        limits::merchant_uid(merchant_uid)?;
        let call = self.reading(with_status("/payments/find", merchant_uid, status.as_ref()));
        self.perform(call, page::one).await
    }

    /// One page of the payments with one `merchant_uid`
    /// (`GET /payments/findAll/{merchant_uid}/{status}`).
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is none.
    pub async fn find_all(&self, request: &FindAll) -> Result<Page<Payment>, Error> {
        request.check()?;
        let path = with_status("/payments/findAll", &request.merchant_uid, request.status.as_ref());
        let call = self
            .reading(path)
            .maybe("page", request.page)
            .maybe("limit", request.limit)
            .maybe("sorting", request.sorting.map(Sorting::as_str));
        self.perform(call, Page::read).await
    }

    /// All payments with one `merchant_uid`, from the request's page on. The stream ends after the
    /// first error.
    pub fn find_all_stream(
        &self,
        request: FindAll,
    ) -> BoxStream<'static, Result<Row<Payment>, Error>> {
        let client = self.clone();
        page::all(request.page.unwrap_or(1), move |page| {
            let (client, request) = (client.clone(), request.clone());
            async move { client.find_all(&FindAll { page: Some(page), ..request }).await }
        })
    }

    /// One page of the shop's payments of one status (`GET /payments/status/{status}`).
    pub async fn payments_by_status(
        &self,
        request: &PaymentsByStatus,
    ) -> Result<Page<Payment>, Error> {
        request.check(self.now())?;
        let status = request.status.as_ref().map_or("all", PaymentStatus::as_str);
        let call = self
            .reading(format!("/payments/status/{}", segment(status)))
            .long()
            .maybe("page", request.page)
            .maybe("limit", request.limit)
            .maybe("from", request.from.map(jiff::Timestamp::as_second))
            .maybe("to", request.to.map(jiff::Timestamp::as_second))
            .maybe("sorting", request.sorting.map(Sorting::as_str));
        self.perform(call, Page::read).await
    }

    /// All payments of one status, from the request's page on. The stream ends after the first
    /// error. A payment made in the meantime shifts the pages: sort oldest first, or expect to see
    /// one twice.
    pub fn payments_by_status_stream(
        &self,
        request: PaymentsByStatus,
    ) -> BoxStream<'static, Result<Row<Payment>, Error>> {
        let client = self.clone();
        page::all(request.page.unwrap_or(1), move |page| {
            let (client, request) = (client.clone(), request.clone());
            async move {
                client.payments_by_status(&PaymentsByStatus { page: Some(page), ..request }).await
            }
        })
    }

    /// Refunds a payment, in full or in part (`POST /payments/cancel`).
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] if nothing was refunded, including an unknown payment
    /// ([`Refusal::NothingToCancel`](crate::Refusal::NothingToCancel)) and one that is already
    /// refunded in full ([`Refusal::AlreadyCancelled`](crate::Refusal::AlreadyCancelled)).
    /// [`Error::Unknown`] if it may have been refunded: look at the payment's `cancel_amount`, and
    /// repeat with `checksum` set.
    pub async fn cancel(&self, request: &Cancel) -> Result<Payment, Error> {
        request.check()?;
        self.perform(Call::post("/payments/cancel", request)?, page::one).await
    }

    /// A read of payments, which includes test channels only if asked to.
    fn reading(&self, path: String) -> Call {
        Call::get(path).maybe("include_sandbox", self.inner.include_sandbox.then_some(true))
    }
}

/// The status segment is left out if there is none.
fn with_status(path: &str, merchant_uid: &str, status: Option<&PaymentStatus>) -> String {
    let merchant_uid = segment(merchant_uid);
    match status {
        Some(status) => format!("{path}/{merchant_uid}/{}", segment(status.as_str())),
        None => format!("{path}/{merchant_uid}"),
    }
}
