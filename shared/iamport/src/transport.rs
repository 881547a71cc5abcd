//! How requests leave: any `tower` service of HTTP requests, `reqwest` by default.

use std::error::Error;

use bytes::Bytes;
use http::{Request, Response};
use tower::{BoxError, util::BoxCloneSyncService};

/// The transport once it is inside a client.
pub(crate) type Transport = BoxCloneSyncService<Request<Bytes>, Response<Bytes>, BoxError>;

/// Marks a transport error that happened before the request left this machine.
///
/// A custom transport puts this anywhere in the source chain of its error, to distinguish a
/// connection that was never made from one that broke. Without it the client assumes the worse.
#[derive(Debug, thiserror::Error)]
#[error("the request never left")]
pub struct NotSent(#[source] BoxError);

impl NotSent {
    /// Marks this error.
    pub fn new(source: impl Into<BoxError>) -> Self {
        Self(source.into())
    }
}

/// Whether anything in the error's source chain says that no byte of the request left.
pub(crate) fn never_left(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.is::<NotSent>() {
            return true;
        }
        #[cfg(feature = "reqwest")]
        if error.downcast_ref::<reqwest::Error>().is_some_and(reqwest::Error::is_connect) {
            return true;
        }
        next = error.source();
    }
    false
}

#[cfg(feature = "reqwest")]
pub use over_reqwest::ReqwestTransport;

#[cfg(feature = "reqwest")]
mod over_reqwest {
    //! The transport over `reqwest`.

    use std::{
        task::{Context, Poll},
        time::Duration,
    };

    use bytes::Bytes;
    use futures::future::BoxFuture;
    use http::{Request, Response};
    use tower::{BoxError, Service};

    use super::NotSent;

    /// Sends requests with a [`reqwest::Client`], whose connections and TLS configuration can be
    /// shared with the rest of the application.
    ///
    /// The `reqwest` client must not follow redirects: they can turn a `POST` into a `GET`, and a
    /// connection refused by the second host would look as if nothing had been sent. Give it a
    /// connect timeout shorter than [`ClientBuilder::timeout`](crate::ClientBuilder::timeout), so
    /// that an unreachable host counts as "not sent" and not as "unknown".
    #[derive(Debug, Clone)]
    pub struct ReqwestTransport(reqwest::Client);

    impl ReqwestTransport {
        /// A transport over this client.
        pub fn new(client: reqwest::Client) -> Self {
            Self(client)
        }

        /// A transport over a new client: no redirects, 5 seconds to connect.
        ///
        /// # Panics
        ///
        /// `reqwest` panics if it was built without a TLS provider and the application has not
        /// installed one.
        pub fn with_defaults() -> Result<Self, reqwest::Error> {
            reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .connect_timeout(Duration::from_secs(5))
                .build()
                .map(Self)
        }
    }

    impl Service<Request<Bytes>> for ReqwestTransport {
        type Response = Response<Bytes>;
        type Error = BoxError;
        type Future = BoxFuture<'static, Result<Response<Bytes>, BoxError>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, request: Request<Bytes>) -> Self::Future {
            let client = self.0.clone();
            Box::pin(async move {
                let request = reqwest::Request::try_from(request).map_err(NotSent::new)?;
                // A URL may be a secret (Slack's webhooks are), and error texts end up in logs.
                let answer = client.execute(request).await.map_err(reqwest::Error::without_url)?;
                let (status, headers) = (answer.status(), answer.headers().clone());
                let mut response =
                    Response::new(answer.bytes().await.map_err(reqwest::Error::without_url)?);
                *response.status_mut() = status;
                *response.headers_mut() = headers;
                Ok(response)
            })
        }
    }
}
