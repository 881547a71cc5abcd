//! The rules that hold in every state: one member, one plan, the usual numbers.

use billing::{BadId, Catalogue, Plan, PlanId, Policy, SubscriptionId, Uid, Won};
use jiff::{SignedDuration, Timestamp};

/// Who and what there is.
#[derive(Debug, Clone)]
pub struct Rules {
    /// The member.
    pub uid: Uid,
    /// The admin.
    pub admin: Uid,
    /// The plan.
    pub plan: PlanId,
    /// The numbers.
    pub policy: Policy,
    /// What is on offer.
    pub catalogue: Catalogue,
    /// The ids of the member's runs, one after the other.
    pub ids: Vec<SubscriptionId>,
    /// When it begins.
    pub begins: Timestamp,
}

/// What a month costs.
pub const PRICE: Won = Won::new(9_900);

impl Rules {
    /// The usual numbers, but renewals at ten sharp.
    ///
    /// # Errors
    /// Never; the ids are well formed.
    pub fn new() -> Result<Self, BadId> {
        let plan: PlanId = "monthly".parse()?;
        let plans = vec![Plan::new(plan.clone(), "월 구독", PRICE)];
        let ids = (1..=4).map(|number| format!("{number:026}").parse());
        Ok(Self {
            uid: "member".parse()?,
            admin: "admin".parse()?,
            plan,
            policy: Policy { charge_window: SignedDuration::ZERO, ..Policy::default() },
            catalogue: Catalogue { plans, terms_version: "2026-01".to_owned() },
            ids: ids.collect::<Result<_, _>>()?,
            begins: Timestamp::from_second(1_768_438_800).unwrap_or_default(),
        })
    }
}
