//! A stand-in for Google behind the [`Transport`]: it keeps accounts, publishes keys, counts
//! what it is asked, and fails on request.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    future::pending,
    sync::{Arc, LazyLock, Mutex},
    time::Duration,
};

use aws_lc_rs::{
    encoding::{AsDer as _, Pkcs8V1Der},
    rsa::{KeyPair, KeySize},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::{Request, Response};
use identity::Transport;
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, jwk::Jwk};
use serde_json::{Value, json};
use tower::{BoxError, service_fn};

pub(crate) const PROJECT: &str = "gudok-test";
pub(crate) const TOKEN_URI: &str = "http://google.test/token";
pub(crate) const JWKS_URL: &str = "http://google.test/jwks";
pub(crate) const BASE_URL: &str = "http://google.test";

/// The moment all tests happen at: 2026-11-22T03:00:00Z.
pub(crate) fn now() -> Timestamp {
    "2026-11-22T03:00:00Z".parse().unwrap()
}

/// An RSA key and what is made of it. Making one takes long, so there are two per run.
pub(crate) struct Key {
    pub(crate) pem: String,
    pub(crate) private: EncodingKey,
    pub(crate) public: DecodingKey,
    jwk: Value,
}

/// The key Google signs with first, and that of the service account.
pub(crate) static FIRST: LazyLock<Key> = LazyLock::new(Key::generate);
/// The key Google changes to, and a stranger's until it is published.
pub(crate) static SECOND: LazyLock<Key> = LazyLock::new(Key::generate);

impl Key {
    fn generate() -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        let body = BASE64_STANDARD.encode(der.as_ref());
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n");
        let private = EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap();
        let jwk = Jwk::from_encoding_key(&private, Algorithm::RS256).unwrap();
        let public = DecodingKey::from_jwk(&jwk).unwrap();
        Self { pem, private, public, jwk: serde_json::to_value(jwk).unwrap() }
    }

    /// The key as it is published under an id.
    pub(crate) fn published_as(&self, kid: &str) -> Value {
        let mut jwk = self.jwk.clone();
        jwk["kid"] = json!(kid);
        jwk["use"] = json!("sig");
        jwk
    }
}

/// How one answer goes wrong.
pub(crate) enum Failure {
    /// The connection breaks.
    Breaks,
    /// No answer ever comes.
    Hangs,
    /// This answer comes instead.
    Answers(u16, Value),
}

#[derive(Clone)]
pub(crate) struct Google(Arc<Mutex<State>>);

struct State {
    published: Vec<Value>,
    cache_control: Option<&'static str>,
    accounts: BTreeMap<String, Value>,
    expires_in: u64,
    tokens_made: u32,
    failures: HashMap<&'static str, VecDeque<Failure>>,
    latency: Duration,
    calls: Vec<String>,
}

impl Google {
    /// It publishes [`FIRST`] as `first`, for an hour, and knows nobody.
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(State {
            published: vec![FIRST.published_as("first")],
            cache_control: Some("public, max-age=3600, must-revalidate, no-transform"),
            accounts: BTreeMap::new(),
            expires_in: 3600,
            tokens_made: 0,
            failures: HashMap::new(),
            latency: Duration::ZERO,
            calls: Vec::new(),
        })))
    }

    pub(crate) fn publish(&self, keys: &[Value]) {
        self.0.lock().unwrap().published = keys.to_vec();
    }

    pub(crate) fn cache_control(&self, value: Option<&'static str>) {
        self.0.lock().unwrap().cache_control = value;
    }

    /// Adds an account as the look-up answers it, without its `localId`.
    pub(crate) fn account(&self, uid: &str, mut account: Value) {
        account["localId"] = json!(uid);
        self.0.lock().unwrap().accounts.insert(uid.to_owned(), account);
    }

    /// The stored custom claims, parsed.
    pub(crate) fn claims_of(&self, uid: &str) -> Value {
        let attributes = &self.0.lock().unwrap().accounts[uid]["customAttributes"];
        serde_json::from_str(attributes.as_str().unwrap()).unwrap()
    }

    /// Has the next `times` calls of a kind (`jwks`, `token`, `lookup`, `update`) fail.
    pub(crate) fn fail(&self, call: &'static str, failures: Vec<Failure>) {
        self.0.lock().unwrap().failures.entry(call).or_default().extend(failures);
    }

    /// How long each answer takes, on the runtime's clock.
    pub(crate) fn latency(&self, latency: Duration) {
        self.0.lock().unwrap().latency = latency;
    }

    pub(crate) fn expires_in(&self, seconds: u64) {
        self.0.lock().unwrap().expires_in = seconds;
    }

    /// What was asked since the last time this was called.
    pub(crate) fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap().calls)
    }

    pub(crate) fn transport(&self) -> Transport {
        let google = self.clone();
        Transport::new(service_fn(move |request| google.clone().answer(request)))
    }

    async fn answer(self, request: Request<Bytes>) -> Result<Response<Bytes>, BoxError> {
        let path = request.uri().path().to_owned();
        let call = path.rsplit(['/', ':']).next().unwrap_or_default();
        let (failure, latency) = {
            let mut state = self.0.lock().unwrap();
            let bearer = request.headers().get("authorization");
            let bearer = bearer.map(|value| value.to_str().unwrap().replace("Bearer ", " as "));
            state.calls.push(format!("{call}{}", bearer.unwrap_or_default()));
            (state.failures.get_mut(call).and_then(VecDeque::pop_front), state.latency)
        };
        tokio::time::sleep(latency).await;
        match failure {
            None => {}
            Some(Failure::Breaks) => return Err("connection reset".into()),
            Some(Failure::Hangs) => return pending().await,
            Some(Failure::Answers(status, body)) => return Ok(reply(status, &body)),
        }
        let mut state = self.0.lock().unwrap();
        Ok(match path.as_str() {
            "/jwks" => {
                let mut answer = reply(200, &json!({ "keys": state.published }));
                if let Some(value) = state.cache_control {
                    answer.headers_mut().insert("cache-control", value.parse().unwrap());
                }
                answer
            }
            "/token" => state.exchange(request.body()),
            "/v1/projects/gudok-test/accounts:lookup" => state.look_up(request.body()),
            "/v1/projects/gudok-test/accounts:update" => state.update(request.body()),
            _ => reply(404, &json!({})),
        })
    }
}

impl State {
    /// Takes only the assertion a service account with the key [`FIRST`] makes at [`now`].
    fn exchange(&mut self, form: &[u8]) -> Response<Bytes> {
        let form = std::str::from_utf8(form).unwrap();
        let grant = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=";
        let assertion = form.strip_prefix(grant).unwrap();
        let mut validation = Validation::new(Algorithm::RS256);
        validation.validate_exp = false;
        validation.validate_aud = false;
        let claims = jsonwebtoken::decode::<Value>(assertion, &FIRST.public, &validation).unwrap();
        let iat = now().as_second();
        assert_eq!(claims.header.kid.as_deref(), Some("key-1"));
        assert_eq!(
            claims.claims,
            json!({
                "iss": "backend@gudok-test.iam.gserviceaccount.com",
                "scope": "https://www.googleapis.com/auth/identitytoolkit",
                "aud": TOKEN_URI,
                "iat": iat,
                "exp": iat + 3600,
            })
        );
        self.tokens_made += 1;
        let token = format!("token-{}", self.tokens_made);
        let expires_in = self.expires_in;
        reply(
            200,
            &json!({ "access_token": token, "expires_in": expires_in, "token_type": "Bearer" }),
        )
    }

    fn look_up(&self, body: &[u8]) -> Response<Bytes> {
        let body: Value = serde_json::from_slice(body).unwrap();
        let asked = |name: &str| body[name].as_array().into_iter().flatten();
        let named = asked("localId").filter_map(|uid| self.accounts.get(uid.as_str().unwrap()));
        let has = |email: &Value| self.accounts.values().find(|it| it["email"] == *email);
        let users: Vec<&Value> = named.chain(asked("email").filter_map(has)).collect();
        if users.is_empty() {
            return reply(200, &json!({ "kind": "identitytoolkit#GetAccountInfoResponse" }));
        }
        reply(200, &json!({ "users": users }))
    }

    fn update(&mut self, body: &[u8]) -> Response<Bytes> {
        let body: Value = serde_json::from_slice(body).unwrap();
        let account = self.accounts.get_mut(body["localId"].as_str().unwrap()).unwrap();
        account["customAttributes"] = body["customAttributes"].clone();
        reply(200, &json!({ "localId": body["localId"] }))
    }
}

pub(crate) fn reply(status: u16, body: &Value) -> Response<Bytes> {
    Response::builder().status(status).body(Bytes::from(body.to_string())).unwrap()
}

/// What production writes into a token of a member who signed in ten minutes ago.
pub(crate) fn id_token_claims() -> Value {
    let now = now().as_second();
    json!({
        "iss": "https://securetoken.google.com/gudok-test",
        "aud": PROJECT,
        "auth_time": now - 600,
        "user_id": "member-1",
        "sub": "member-1",
        "iat": now - 600,
        "exp": now + 3000,
        "email": "hong@example.com",
        "email_verified": false,
        "firebase": { "identities": { "email": ["hong@example.com"] }, "sign_in_provider": "password" },
    })
}

/// Signs claims by RS256 under a key id.
pub(crate) fn signed(claims: &Value, key: &Key, kid: &str) -> String {
    let mut header = Header::new(Algorithm::RS256);
    header.kid = Some(kid.to_owned());
    jsonwebtoken::encode(&header, claims, &key.private).unwrap()
}
