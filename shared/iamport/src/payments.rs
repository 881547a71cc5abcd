//! Looking for, cancelling and pre-registering payments (`/payments`).

use futures::stream::BoxStream;

use crate::{
    Cancel, Client, Error, FindAll, Page, Payment, PaymentStatus, PaymentsByStatus, Prepare,
    Prepared, Row,
    call::{Call, segment},
    limits, page,
};

impl Client {
    /// The payment with this `imp_uid` (`GET /payments/{imp_uid}`).
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] when there is none.
    pub async fn payment(&self, imp_uid: &str) -> Result<Payment, Error> {
        limits::imp_uid(imp_uid)?;
        let call = self.reading(format!("/payments/{}", segment(imp_uid)));
        self.perform(call, page::one).await
    }

    /// The payments with these ids, at most 100 together (`GET /payments`). Those Iamport does not
    /// know are missing from the answer; when it knows none, the answer is empty.
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

    /// The newest payment with this `merchant_uid`, of this status if one is given
    /// (`GET /payments/find/{merchant_uid}/{status}`).
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] when there is none.
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
    /// [`Error::NotFound`] when there is none.
    pub async fn find_all(&self, request: &FindAll) -> Result<Page<Payment>, Error> {
        request.check()?;
        let path = with_status("/payments/findAll", &request.merchant_uid, request.status.as_ref());
        let call = self
            .reading(path)
            .maybe("page", request.page)
            .maybe("limit", request.limit)
            .maybe("sorting", request.sorting.map(crate::Sorting::as_str));
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
            .maybe("page", request.page)
            .maybe("limit", request.limit)
            .maybe("from", request.from.map(jiff::Timestamp::as_second))
            .maybe("to", request.to.map(jiff::Timestamp::as_second))
            .maybe("sorting", request.sorting.map(crate::Sorting::as_str));
        self.perform(call, Page::read).await
    }

    /// All payments of one status, from the request's page on. The stream ends after the first
    /// error. A payment made meanwhile shifts the pages: sort oldest first, or expect one twice.
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

    /// Gives money back (`POST /payments/cancel`).
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] when nothing was given back, also for an unknown payment
    /// ([`Refusal::NothingToCancel`](crate::Refusal::NothingToCancel)) and one that is cancelled
    /// already ([`Refusal::AlreadyCancelled`](crate::Refusal::AlreadyCancelled)).
    /// [`Error::Unknown`] when it may have been: look at the payment's `cancel_amount`, and repeat
    /// with `checksum` set.
    pub async fn cancel(&self, request: &Cancel) -> Result<Payment, Error> {
        request.check()?;
        self.perform(Call::post("/payments/cancel".to_owned(), request)?, page::one).await
    }

    /// Registers the amount of a coming payment in the browser (`POST /payments/prepare`).
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] when one is registered already
    /// ([`Refusal::AlreadyPrepared`](crate::Refusal::AlreadyPrepared)).
    pub async fn prepare(&self, request: &Prepare) -> Result<Prepared, Error> {
        request.check()?;
        self.perform(Call::post("/payments/prepare".to_owned(), request)?, page::one).await
    }

    /// Changes a registered amount (`PUT /payments/prepare`).
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] when none is registered.
    pub async fn update_prepare(&self, request: &Prepare) -> Result<Prepared, Error> {
        request.check()?;
        self.perform(Call::put("/payments/prepare".to_owned(), request)?, page::one).await
    }

    /// The registered amount (`GET /payments/prepare/{merchant_uid}`).
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] when none is registered.
    pub async fn prepared(&self, merchant_uid: &str) -> Result<Prepared, Error> {
        limits::merchant_uid(merchant_uid)?;
        let call = Call::get(format!("/payments/prepare/{}", segment(merchant_uid)));
        self.perform(call, page::one).await
    }

    /// A read of payments, which sees test channels only when told to.
    fn reading(&self, path: String) -> Call {
        Call::get(path).maybe("include_sandbox", self.inner.include_sandbox.then_some(true))
    }
}

/// The status segment is left out where there is none.
fn with_status(path: &str, merchant_uid: &str, status: Option<&PaymentStatus>) -> String {
    let merchant_uid = segment(merchant_uid);
    match status {
        Some(status) => format!("{path}/{merchant_uid}/{}", segment(status.as_str())),
        None => format!("{path}/{merchant_uid}"),
    }
}
