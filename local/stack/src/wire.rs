//! A wire without sockets: requests go to routers in this process, by the host they name.
//!
//! What a network can do to a request ([`Fault`]) is done here, once for all partners, by a rule the test gives.

use crate::faults::{Fault, not_sent};
use crate::permissions;
use bytes::Bytes;
use edge::transport::Transport;
use futures::future::BoxFuture;
use http::{Request, Response};
use http_body_util::BodyExt;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use tower::{BoxError, ServiceExt, service_fn};

/// Answers requests to one host.
pub type Host = Arc<dyn Fn(Request<Bytes>) -> BoxFuture<'static, Response<Bytes>> + Send + Sync>;

/// Decides for each request whether something goes wrong with it.
pub type Faults = Arc<dyn Fn(&Request<Bytes>) -> Option<Fault> + Send + Sync>;

/// Stands between senders and hosts: it is given each request with its host and decides what happens. For tests in
/// which that depends on the sender or on the answer.
pub type Interceptor = Arc<
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
    faults: Option<Faults>,
    interceptor: Option<Interceptor>,
    sent: Vec<(String, String)>,
    denied: Vec<String>,
}

impl InProcess {
    /// Requests to `host` (such as `iamport.test`) are answered by this.
    pub fn host(&self, host: &str, answers: Host) {
        self.lock().hosts.insert(host.to_owned(), answers);
    }

    /// Injects faults into requests from now on.
    pub fn inject(&self, faults: Faults) {
        self.lock().faults = Some(faults);
    }

    /// Sends every request through `interceptor` from now on; no faults are injected.
    pub fn intercept(&self, interceptor: Interceptor) {
        self.lock().interceptor = Some(interceptor);
    }

    /// Stops injecting faults and intercepting requests.
    pub fn clear(&self) {
        let mut inner = self.lock();
        inner.faults = None;
        inner.interceptor = None;
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
        let (host, interceptor) = {
            let inner = self.lock();
            (inner.hosts.get(&name).cloned(), inner.interceptor.clone())
        };
        let Some(host) = host else { return Err(not_sent()) };
        if let Some(what) = permissions::forbidden(&request) {
            let answer = permissions::denied(&what);
            self.lock().denied.push(what);
            return Ok(answer);
        }
        if let Some(interceptor) = interceptor {
            return interceptor(request, host).await;
        }
        let fault = {
            let mut inner = self.lock();
            inner.sent.push((name, called(&request)));
            inner.faults.as_ref().and_then(|faults| faults(&request))
        };
        match fault {
            None => Ok(host(request).await),
            Some(fault) => fault.apply(request, |request| host(request)).await,
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
