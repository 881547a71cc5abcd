//! Billing keys (`/subscribe/customers`).

use futures::stream::BoxStream;

use crate::{
    Client, Customer, DeleteKey, Error, Page, Payment, Refusal, Row, Schedule, SchedulesOfCustomer,
    call::{Call, segment},
    limits, page,
};

impl Client {
    /// One billing key (`GET /subscribe/customers/{customer_uid}`).
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is none, in whichever way the server says so.
    pub async fn customer(&self, customer_uid: &str) -> Result<Customer, Error> {
        limits::customer_uid(customer_uid)?;
        let call = Call::get(path(customer_uid, ""));
        self.perform(call, page::one).await.map_err(not_found)
    }

    /// These billing keys, at most 100 (`GET /subscribe/customers`). The answer leaves out those
    /// that Iamport does not know, and is empty if it knows none.
    pub async fn customers(&self, customer_uids: &[&str]) -> Result<Vec<Row<Customer>>, Error> {
        limits::count("customer_uid", customer_uids.len(), 100)?;
        let mut call = Call::get("/subscribe/customers".to_owned());
        for customer_uid in customer_uids {
            limits::customer_uid(customer_uid)?;
            call = call.query("customer_uid[]", customer_uid);
        }
        match self.perform(call, page::list).await.map_err(not_found) {
            Err(Error::NotFound { .. }) => Ok(Vec::new()),
            answer => answer,
        }
    }

    /// Deletes a billing key and returns what it was
    /// (`DELETE /subscribe/customers/{customer_uid}`).
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is none.
    pub async fn delete_key(&self, request: &DeleteKey) -> Result<Customer, Error> {
        request.check()?;
        let call = Call::delete(path(&request.customer_uid, ""))
            .maybe("reason", request.reason.as_ref())
            .maybe("extra[requester]", request.requester.as_ref());
        self.perform(call, page::one).await.map_err(not_found)
    }

    /// One page (from 1, of 20 rows) of the payments made with a billing key
    /// (`GET /subscribe/customers/{customer_uid}/payments`).
    pub async fn customer_payments(
        &self,
        customer_uid: &str,
        page: u32,
    ) -> Result<Page<Payment>, Error> {
        limits::customer_uid(customer_uid)?;
        limits::page(Some(page))?;
        let call = Call::get(path(customer_uid, "/payments")).query("page", page);
        self.perform(call, Page::read).await.map_err(not_found)
    }

    /// All payments made with a billing key. The stream ends after the first error.
    pub fn customer_payments_stream(
        &self,
        customer_uid: &str,
    ) -> BoxStream<'static, Result<Row<Payment>, Error>> {
        let (client, customer_uid) = (self.clone(), customer_uid.to_owned());
        page::all(1, move |page| {
            let (client, customer_uid) = (client.clone(), customer_uid.clone());
            async move { client.customer_payments(&customer_uid, page).await }
        })
    }

    /// One page of a billing key's schedules (`GET /subscribe/customers/{customer_uid}/schedules`).
    /// An unknown key has none.
    pub async fn customer_schedules(
        &self,
        request: &SchedulesOfCustomer,
    ) -> Result<Page<Schedule>, Error> {
        request.check()?;
        let call = Call::get(path(&request.customer_uid, "/schedules"))
            .query("from", request.from.as_second())
            .query("to", request.to.as_second())
            .maybe("page", request.page)
            // A hyphen here; the list of the whole shop takes an underscore.
            .maybe("schedule-status", request.status.as_ref());
        self.perform(call, Page::read).await
    }

    /// All of a billing key's schedules in the window, from the request's page on. The stream ends
    /// after the first error.
    pub fn customer_schedules_stream(
        &self,
        request: SchedulesOfCustomer,
    ) -> BoxStream<'static, Result<Row<Schedule>, Error>> {
        let client = self.clone();
        page::all(request.page.unwrap_or(1), move |page| {
            let (client, request) = (client.clone(), request.clone());
            async move {
                let request = SchedulesOfCustomer { page: Some(page), ..request };
                client.customer_schedules(&request).await
            }
        })
    }
}

fn path(customer_uid: &str, rest: &str) -> String {
    format!("/subscribe/customers/{}{rest}", segment(customer_uid))
}

/// An unknown key is HTTP 404 in the documentation, and HTTP 200 with code 1 from some servers.
fn not_found(error: Error) -> Error {
    if error.refusal() != Some(Refusal::UnknownCustomer) {
        return error;
    }
    if let Error::Refused { message, .. } = error { Error::NotFound { message } } else { error }
}
