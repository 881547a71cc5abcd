#![doc = include_str!("../README.md")]
//! # A subscription from start to end
//!
//! The member registers a card in the browser (`IMP.request_pay` with a `customer_uid`), which
//! leaves a record that reads `paid` although nobody was charged. Then the first month is charged
//! and the second is scheduled. When the subscription ends, the schedule is revoked.
//!
//! ```
//! use iamport::{
//!     Again, Client, Error, Payment, PaymentStatus, Refusal, ScheduleItem, ScheduleRequest,
//!     Unschedule, Usage,
//! };
//! use jiff::Timestamp;
//!
//! /// Called with the `imp_uid` from the browser or from a webhook. Nothing else they say is trusted.
//! async fn is_registered(client: &Client, imp_uid: &str) -> Result<bool, Error> {
//!     let record = client.payment(imp_uid).await?;
//!     Ok(record.status == PaymentStatus::Paid && record.customer_uid_usage == Some(Usage::Issue))
//! }
//!
//! /// Charges the first month under its own id, which was stored before the call.
//! async fn charge(client: &Client, customer_uid: &str) -> Result<Option<Payment>, Error> {
//!     match client.again(&Again::new(customer_uid, "sub-1-p1", 9_900, "월 구독 1회차")).await {
//!         Ok(payment) if payment.status == PaymentStatus::Paid => Ok(Some(payment)),
//!         // Declined by the card company; `fail_reason` says why.
//!         Ok(_) => Ok(None),
//!         // It may have been charged, by this call or an earlier one: ask Iamport.
//!         Err(error)
//!             if error.is_unknown() || error.refusal() == Some(Refusal::DuplicateMerchantUid) =>
//!         {
//!             client.find("sub-1-p1", Some(PaymentStatus::Paid)).await.map(Some)
//!         }
//!         // The other form of a decline.
//!         Err(Error::Refused { .. }) => Ok(None),
//!         Err(error) => Err(error),
//!     }
//! }
//!
//! /// Has Iamport charge the second month by itself.
//! async fn renew(client: &Client, customer_uid: &str, at: Timestamp) -> Result<(), Error> {
//!     let item = ScheduleItem::new("sub-1-p2", at, 9_900, "월 구독 2회차");
//!     client.schedule(&ScheduleRequest::new(customer_uid, [item])).await?;
//!     Ok(())
//! }
//!
//! /// Stops all further charges. It is fine if there was nothing left to revoke.
//! async fn stop(client: &Client, customer_uid: &str) -> Result<(), Error> {
//!     match client.unschedule(&Unschedule::all(customer_uid)).await {
//!         Err(error) if error.refusal() != Some(Refusal::NothingToUnschedule) => Err(error),
//!         Ok(_) | Err(_) => Ok(()),
//!     }
//! }
//! # use iamport::{Cancel, Credentials, ScheduleStatus};
//! # use iamport_simulator::{CardWindow, Simulator};
//! # use http_body_util::BodyExt;
//! # use tower::ServiceExt;
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let simulator = Simulator::builder().build()?;
//! # let router = simulator.router();
//! # let transport = tower::service_fn(move |request: http::Request<bytes::Bytes>| {
//! #     let router = router.clone();
//! #     async move {
//! #         let request = request.map(axum::body::Body::from);
//! #         let (head, body) = router.oneshot(request).await?.into_parts();
//! #         let body = body.collect().await?.to_bytes();
//! #         Ok::<_, tower::BoxError>(http::Response::from_parts(head, body))
//! #     }
//! # });
//! # let credentials = Credentials::new("imp_key", "imp_secret");
//! # let client = Client::builder(credentials).transport(transport).build()?;
//! # let window: CardWindow = serde_json::from_value(serde_json::json!({ "request_pay": {
//! #     "pg": "html5_inicis.INIBillTst", "pay_method": "card", "merchant_uid": "sub-1-card",
//! #     "name": "카드 등록", "amount": 9_900, "customer_uid": "member-1-card-1",
//! #     "buyer_name": "홍길동", "buyer_email": "member@example.com", "buyer_tel": "01000000000",
//! # }}))?;
//! # let callback = simulator.card_window(&window).await?;
//! # let imp_uid = callback["imp_uid"].as_str().unwrap();
//! # assert!(is_registered(&client, imp_uid).await?);
//! # assert_eq!(simulator.charges().len(), 0);
//! # let paid = charge(&client, "member-1-card-1").await?.unwrap();
//! # assert!(!is_registered(&client, &paid.imp_uid).await?);
//! # assert_eq!(charge(&client, "member-1-card-1").await?, Some(paid));
//! # assert_eq!(simulator.charges().len(), 1);
//! # let next_month = simulator.now() + jiff::SignedDuration::from_hours(31 * 24);
//! # renew(&client, "member-1-card-1", next_month).await?;
//! # stop(&client, "member-1-card-1").await?;
//! # stop(&client, "member-1-card-1").await?;
//! # let schedule = client.schedule_by_merchant_uid("sub-1-p2").await?;
//! # assert_eq!(schedule.schedule_status, ScheduleStatus::Revoked);
//! # client.cancel(&Cancel::merchant_uid("sub-1-p1")).await?;
//! # Ok(())
//! # }
//! ```

mod client;
mod error;
mod transport;

mod payments;
mod customers;
mod subscribe;

mod charge;
mod payment;
mod card;
mod cancel;
mod customer;
mod schedule;
mod search;
mod status;
mod page;

mod perform;
mod exchange;
mod rest;
mod token;
mod call;
mod envelope;
mod effect;
mod lenient;
mod limits;

pub use cancel::{Cancel, CancelTarget};
pub use card::Card;
pub use charge::{Again, Buyer, CashReceiptType, ChargeOptions, Extra, ProductType};
pub use client::{BuildError, Client, ClientBuilder, Credentials};
pub use customer::{Customer, DeleteKey};
pub use error::{BadRow, Error, NoToken, Refusal, Resting, Row, TooLate, Trouble};
pub use limits::{InvalidRequest, Problem};
pub use page::Page;
pub use payment::{Cancellation, Deposit, Payment, Promotion};
pub use rest::THROTTLE_REST;
pub use schedule::{Schedule, ScheduleItem, ScheduleRequest, Unschedule};
pub use search::{FindAll, PaymentsByStatus, SchedulesInRange, SchedulesOfCustomer, Sorting};
pub use status::{PaymentStatus, ScheduleStatus, Usage};
pub use token::TOKEN_REST;
pub use transport::NotSent;
#[cfg(feature = "reqwest")]
pub use transport::ReqwestTransport;
