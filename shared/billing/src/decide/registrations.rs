//! Card registrations: looked up until their outcome is known. None of this can make a payment.

use super::known::Known;
use super::step::{Change, Effect, Step};
use crate::evidence::{self, Registered, RegistrationEvidence};
use crate::{Card, Intent, News, Order, Policy, Registration, RegistrationState, Subscription};
use jiff::Timestamp;

pub(super) fn step(known: &Known<'_>) -> Option<Step> {
    known.subscription.registrations.iter().chain(reopened(known)).find_map(|registration| {
        let id = registration.merchant_uid;
        let after = |wait| registration.opened_at.saturating_add(wait).unwrap_or(Timestamp::MAX);
        match known.seen.records.get(&id) {
            Some(records) => {
                settled(known, registration, evidence::registration(registration, records))
            }
            // Nobody answers for so long that the window is long closed. Whoever points at it takes it up.
            None if after(known.policy.window_life.max(known.policy.doubt_patience))
                <= known.now =>
            {
                close(known, known.subscription.clone(), registration, RegistrationState::Abandoned)
            }
            None => (registration.look_at <= known.now).then_some(Effect::LookUp(id).into()),
        }
    })
}

/// Registrations that were given up or failed, and that someone now points at with a record: a card, or money
/// that a person has to be told of. And one whose card was taken before the row was put back to an earlier
/// moment.
fn reopened<'a>(known: &Known<'a>) -> impl Iterator<Item = &'a Registration> {
    known.asked.iter().filter_map(|order| {
        let Order::Registration { registration, .. } = order else { return None };
        let id = registration.merchant_uid;
        let closed = matches!(
            registration.outcome,
            RegistrationState::Failed { .. } | RegistrationState::Abandoned
        );
        let mut carried = known.subscription.registrations.iter();
        let open = carried.any(|open| open.merchant_uid == id);
        if open || !(closed || has_forgotten(known.subscription, registration)) {
            return None;
        }
        match evidence::registration(registration, known.seen.records.get(&id)?) {
            RegistrationEvidence::Registered(_) => id.subscription() == Some(known.subscription.id),
            RegistrationEvidence::Contradiction(_) => {
                closed && !known.subscription.is_in_review(id)
            }
            RegistrationEvidence::Failed(_) | RegistrationEvidence::Nothing => false,
        }
        .then_some(registration)
    })
}

/// Whether this is the card with which the member goes on, and the subscription still has an older one.
fn has_forgotten(subscription: &Subscription, registration: &Registration) -> bool {
    let key = registration.customer_uid;
    let taken = matches!(registration.outcome, RegistrationState::Registered { .. });
    let older = |held: &Card| held.customer_uid.generation() < key.generation();
    taken
        && registration.intent == Intent::ChangeCard
        && subscription.takes_cards()
        && subscription.card.as_ref().is_some_and(older)
        && !subscription.unwanted_keys.contains(&key)
}

fn settled(
    known: &Known<'_>,
    registration: &Registration,
    settlement: RegistrationEvidence,
) -> Option<Step> {
    let mut next = known.subscription.clone();
    let outcome = match settlement {
        RegistrationEvidence::Nothing => return still_nothing(known, registration),
        RegistrationEvidence::Registered(registered) => {
            let outcome = RegistrationState::Registered { imp_uid: registered.imp_uid.clone() };
            next.take_card(registration, registered, known.now, known.policy);
            outcome
        }
        RegistrationEvidence::Failed(reason) => RegistrationState::Failed { reason },
        RegistrationEvidence::Contradiction(why) => {
            let facts = known.facts(registration.merchant_uid);
            next.review(registration.merchant_uid, why, facts, known.now);
            RegistrationState::Contradicted
        }
    };
    close(known, next, registration, outcome)
}

/// Looks again later, or gives up once no window can still be open: the older, the less often, so that a window which
/// nobody uses costs four looks.
fn still_nothing(known: &Known<'_>, registration: &Registration) -> Option<Step> {
    if registration.look_at > known.now {
        return None;
    }
    let mut next = known.subscription.clone();
    let given_up =
        registration.opened_at.saturating_add(known.policy.window_life).unwrap_or(Timestamp::MAX);
    if given_up <= known.now {
        return close(known, next, registration, RegistrationState::Abandoned);
    }
    let open_for = known.now.duration_since(registration.opened_at);
    let wait = open_for.saturating_mul(2).max(known.policy.patience);
    let look_at = known.now.saturating_add(wait).unwrap_or(Timestamp::MAX).min(given_up);
    for open in
        next.registrations.iter_mut().filter(|open| open.merchant_uid == registration.merchant_uid)
    {
        open.look_at = look_at;
    }
    known.commit(Change::of(next))
}

fn close(
    known: &Known<'_>,
    mut next: Subscription,
    registration: &Registration,
    outcome: RegistrationState,
) -> Option<Step> {
    next.registrations.retain(|open| open.merchant_uid != registration.merchant_uid);
    let closed = Registration { outcome, ..registration.clone() };
    known.commit(Change { orders: vec![known.registration_order(&closed)], ..Change::of(next) })
}

impl Subscription {
    /// Whether there is anything that a card could be charged for.
    const fn takes_cards(&self) -> bool {
        self.ended_at.is_none() && self.erasure.is_none()
    }

    /// Charges this card from now on, if that is what it was registered for; a card nobody needs is
    /// forgotten, so that two tabs cannot make two subscriptions.
    fn take_card(
        &mut self,
        registration: &Registration,
        Registered { card, .. }: Registered,
        now: Timestamp,
        policy: &Policy,
    ) {
        if self.card.as_ref().is_some_and(|held| held.customer_uid == card.customer_uid) {
            // Another run has taken it since this one read the order.
            return;
        }
        // Of an earlier run whose window a person has looked at again.
        let needed = registration.merchant_uid.subscription() == Some(self.id)
            && self.takes_cards()
            // Windows that were opened before the last decline are no way around it.
            && self.takes_no_card_until(now, policy).is_none()
            && match registration.intent {
                // A checkout that was withdrawn wants no card.
                Intent::Subscribe => {
                    self.card.is_none() && self.periods_paid == 0 && self.cancellation.is_none()
                }
                Intent::ChangeCard => self
                    .card
                    .as_ref()
                    .is_none_or(|old| old.customer_uid.generation() < card.customer_uid.generation()),
            };
        if !needed {
            self.unwanted_keys.push(card.customer_uid);
            return;
        }
        self.unwanted_keys.extend(self.card.replace(card).map(|old| old.customer_uid));
        if registration.intent == Intent::Subscribe {
            self.agree_to_what_was_shown(registration);
        }
        if registration.intent == Intent::ChangeCard {
            self.tell(now, News::CardChanged);
        }
        self.dunning.stopped = false;
        self.dunning.transients = 0;
        self.dunning.retry_at = None;
    }

    /// Two tabs can show two plans: what is charged is what the window showed in which the card was entered,
    /// not what was opened last.
    fn agree_to_what_was_shown(&mut self, registration: &Registration) {
        if (&self.plan, self.price) == (&registration.plan, registration.amount) {
            return;
        }
        self.plan = registration.plan.clone();
        self.price = registration.amount;
        if let Some(consent) = &mut self.consent {
            consent.plan = registration.plan.clone();
            consent.price = registration.amount;
            consent.agreed_at = registration.opened_at;
        }
    }
}
