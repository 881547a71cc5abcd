//! A wire without sockets: requests go to routers in this process, by the host they name.
//!
//! What a network can do to a request is done here, once for all partners, by a rule the test gives.

use crate::permissions;
use bytes::Bytes;
use edge::transport::Transport;
use futures::future::BoxFuture;
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use tower::{BoxError, ServiceExt, service_fn};

/// Answers requests to one host.
pub type Host = Arc<dyn Fn(Request<Bytes>) -> BoxFuture<'static, Response<Bytes>> + Send + Sync>;

/// What the network does to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    /// Nothing.
    Fair,
    /// The request never leaves.
    NotSent,
    /// The request arrives and has its effect; its answer is lost.
    AnswerLost,
    /// It arrives, and its answer is this status with an empty body.
    Status(u16),
}

/// What the network does to each request, asked once for each.
pub type Forecast = Arc<dyn Fn(&Request<Bytes>) -> Weather + Send + Sync>;

/// What stands between a sender and a host: it is given each request and the host, and decides what comes
/// of it. For weather that takes time, or that depends on who is asking.
pub type Passage = Arc<
    dyn Fn(Request<Bytes>, Host) -> BoxFuture<'static, Result<Response<Bytes>, BoxError>>
        + Send
        + Sync,
>;

/// Routers in this process, by host. Clones are one and the same.
#[derive(Clone, Default)]
pub struct InProcess {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    hosts: BTreeMap<String, Host>,
    forecast: Option<Forecast>,
    passage: Option<Passage>,
    sent: Vec<(String, String)>,
    denied: Vec<String>,
}

/// The request never left, in words the application understands.
fn not_sent() -> BoxError {
    Box::new(edge::transport::NotSent::new("the simulated network is down"))
}

impl InProcess {
    /// Requests to `host` (such as `iamport.test`) are answered by this.
    pub fn host(&self, host: &str, answers: Host) {
        self.lock().hosts.insert(host.to_owned(), answers);
    }

    /// From now on the network does what `forecast` says.
    pub fn forecast(&self, forecast: Forecast) {
        self.lock().forecast = Some(forecast);
    }

    /// From now on every request goes through `passage`, and no forecast is asked for.
    pub fn passage(&self, passage: Passage) {
        self.lock().passage = Some(passage);
    }

    /// From now on the network does nothing to requests.
    pub fn clear(&self) {
        let mut inner = self.lock();
        inner.forecast = None;
        inner.passage = None;
    }

    /// What was sent since the last look: host, and method with path or the AWS operation.
    pub fn take_sent(&self) -> Vec<(String, String)> {
        std::mem::take(&mut self.lock().sent)
    }

    /// What functions tried that the template does not allow them.
    pub fn denied(&self) -> Vec<String> {
        self.lock().denied.clone()
    }

    /// The wire, as the application takes it. It does not keep the hosts, which use it themselves: once
    /// they are dropped nothing is sent.
    pub fn wire(&self) -> Transport {
        let hosts = Arc::downgrade(&self.inner);
        Transport::new(service_fn(move |request| {
            let hosts = hosts.upgrade();
            async move {
                match hosts {
                    Some(inner) => Self { inner }.send(request).await,
                    None => Err(not_sent()),
                }
            }
        }))
    }

    async fn send(self, request: Request<Bytes>) -> Result<Response<Bytes>, BoxError> {
        let name = request.uri().host().unwrap_or_default().to_owned();
        let (host, passage) = {
            let inner = self.lock();
            (inner.hosts.get(&name).cloned(), inner.passage.clone())
        };
        let Some(host) = host else { return Err(not_sent()) };
        if let Some(what) = permissions::forbidden(&request) {
            let answer = permissions::denied(&what);
            self.lock().denied.push(what);
            return Ok(answer);
        }
        if let Some(passage) = passage {
            return passage(request, host).await;
        }
        let weather = {
            let mut inner = self.lock();
            inner.sent.push((name, called(&request)));
            inner.forecast.as_ref().map_or(Weather::Fair, |forecast| forecast(&request))
        };
        match weather {
            Weather::NotSent => Err(not_sent()),
            Weather::Fair => Ok(host(request).await),
            Weather::AnswerLost => {
                host(request).await;
                Err("the simulated network lost the answer".into())
            }
            Weather::Status(status) => {
                let mut response = Response::new(Bytes::new());
                *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
                Ok(response)
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A router as a host.
pub fn router_host(router: axum::Router) -> Host {
    Arc::new(move |request| {
        let router = router.clone();
        Box::pin(async move {
            let answer = router.oneshot(request.map(axum::body::Body::from)).await;
            let (parts, body) = match answer {
                Ok(answer) => answer.into_parts(),
                Err(never) => match never {},
            };
            let status = parts.status;
            if let Ok(body) = body.collect().await {
                return Response::from_parts(parts, body.to_bytes());
            }
            // A router of ours does not cut its answers off; the simulator's faults do.
            let mut response = Response::new(Bytes::from_static(b"{"));
            *response.status_mut() = status;
            response
        })
    })
}

/// What a request asks for, in a word or two.
fn called(request: &Request<Bytes>) -> String {
    match request.headers().get("x-amz-target").and_then(|target| target.to_str().ok()) {
        Some(target) => target.rsplit('.').next().unwrap_or_default().to_owned(),
        None => format!("{} {}", request.method(), request.uri().path()),
    }
}

impl std::fmt::Debug for InProcess {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InProcess").finish_non_exhaustive()
    }
}
