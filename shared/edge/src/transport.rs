//! The transport: the one way out of the process. Iamport, Google, Slack and the AWS SDK all go through it, so
//! there is one connection pool and one TLS configuration, and a test swaps them all in one place.

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::{Request, Response, Uri};
use std::{fmt, sync::Arc, time::Duration};
use tower::{BoxError, ServiceExt, util::BoxCloneSyncService};

pub use iamport::NotSent;

/// Sends a request and brings back the whole answer. An error with [`NotSent`] among its causes says that
/// the request never left.
pub type Transport = BoxCloneSyncService<Request<Bytes>, Response<Bytes>, BoxError>;

/// How long to wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// How long a connection is kept without a request: less than any partner keeps one (the shortest of what servers do
/// unless told otherwise is five seconds), so that no charge goes out on a connection that is being closed.
const IDLE: Duration = Duration::from_secs(4);

/// Why the transport could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// TLS.
    #[error("TLS could not be set up")]
    Tls(#[from] rustls::Error),
    /// The client.
    #[error("the HTTP client could not be set up")]
    Client(#[from] reqwest::Error),
}

/// The transport to the world: one pool, bundled root certificates (reading the system's file by file is most
/// of a cold start). Nothing is followed and nothing retried here.
///
/// # Errors
/// When TLS cannot be set up.
pub fn to_the_world() -> Result<Transport, TransportError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(IDLE)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()?;
    Ok(Transport::new(iamport::ReqwestTransport::new(client)))
}

/// Opens a connection to each of these and leaves it in the pool. While a Lambda starts it has the CPU of a
/// larger one, so a TLS handshake costs little then, and most of a second in the first request. Whoever does
/// not answer is met again when there is something to ask.
pub async fn open(transport: &Transport, hosts: impl IntoIterator<Item = Uri>) {
    let knocks = hosts.into_iter().filter_map(|host| {
        let request = Request::head(host).body(Bytes::new()).ok()?;
        Some(tokio::time::timeout(CONNECT_TIMEOUT, transport.clone().oneshot(request)))
    });
    // Any answer will do.
    drop(futures::future::join_all(knocks).await);
}

/// The AWS SDK's way onto the transport.
#[derive(Clone)]
pub struct AwsHttp(Transport);

impl AwsHttp {
    /// Sends the SDK's requests over `transport`.
    pub const fn new(transport: Transport) -> Self {
        Self(transport)
    }
}

impl HttpClient for AwsHttp {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for AwsHttp {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let transport = self.0.clone();
        HttpConnectorFuture::new(async move {
            let request =
                request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
            let (parts, body) = request.into_parts();
            // Every request of the two services we call has its body in memory.
            let body = body.bytes().map(Bytes::copy_from_slice).unwrap_or_default();
            let answer = transport
                .oneshot(Request::from_parts(parts, body))
                .await
                .map_err(ConnectorError::io)?;
            answer.map(SdkBody::from).try_into().map_err(
                |error: aws_smithy_runtime_api::http::HttpError| ConnectorError::user(error.into()),
            )
        })
    }
}

impl fmt::Debug for AwsHttp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwsHttp").finish_non_exhaustive()
    }
}
