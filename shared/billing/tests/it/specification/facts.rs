//! The facts of a look, as the specification has them: translated from what is stored and from what partners say.

use super::partners::Partners;
use crate::generated::Small;
use billing::{
    ChargeState, ClosedState, DeclineClass, Intent, MerchantUid, OpenCharge, OpenState, Order,
    PlanId, Record, RecordStatus, RegistrationState, ScheduleSighting, Subscription, Usage,
    kst_date,
};
use billing_spec as spec;

/// All that is known when somebody looks, `asked` being pointed at.
pub(super) fn facts(
    small: &Small,
    it: &Subscription,
    asked: &[Order],
    partners: &Partners,
    may_end: bool,
) -> spec::Situation {
    let policy = &small.configuration.policy;
    let at = policy.charge_at(kst_date(small.now), &it.uid);
    let numbers = spec::Numbers {
        charged_at: at.to_zoned(billing::SEOUL).time(),
        retry_days: policy.retry_days.clone(),
        grace_days: policy.grace_days,
        transient_tries: policy.transient_tries,
        transient_wait: policy.transient_wait,
        hard_declines_an_hour: policy.hard_declines_an_hour.into(),
        lease: policy.lease,
        schedule_slack: policy.schedule_slack,
        stuck_schedule: policy.stuck_schedule,
        window_life: policy.window_life,
        consent_days: policy.consent_days,
        doubt_patience: policy.doubt_patience,
        refund_patience: policy.refund_patience,
    };
    let owed = it.refunds.iter().map(|due| spec::Owed {
        payment: due.imp_uid.to_string(),
        order: due.merchant_uid.to_string(),
        month: month(it, due.merchant_uid),
        refused_since: due.refused_since,
    });
    let reviews = it.reviews.iter().filter(|review| !review.waits);
    spec::Situation {
        now: small.now,
        numbers,
        price: it.price.get(),
        asked: asked_for(it),
        listed: listed(small, &it.plan),
        anchor: it.anchor,
        paid: it.periods_paid,
        given: it.days_given,
        free: it.complimentary,
        card: it
            .card
            .as_ref()
            .map(|card| (card.customer_uid.generation().unwrap_or_default(), card.registered_at)),
        takes_no_card: it.takes_no_card_until(small.now, policy).is_some(),
        cancelled: it.cancellation.as_ref().map(|wish| wish.requested_at),
        leaves: it.erasure.map(|wish| wish.requested_at),
        put_out: it.cancellation.as_ref().and_then(|wish| wish.ends_at),
        account_gone: false,
        ended: it.ended_at.is_some(),
        may_end,
        undone: it.undone.map(|undone| (undone.since, undone.told)),
        failed: failed(it),
        declined_alike: partners.declined_alike,
        orders: orders(it, asked, partners),
        windows: windows(small, it, asked, partners),
        owed: owed.collect(),
        refunds_refused: false,
        reviews: reviews
            .map(|review| (review.merchant_uid.to_string(), month(it, review.merchant_uid)))
            .collect(),
    }
}

/// A higher price that the member was asked about, and what was agreed to.
pub(super) type AskedFor = Option<(u64, Option<u64>)>;

pub(super) fn asked_for(it: &Subscription) -> AskedFor {
    let change = it.price_change.as_ref()?;
    Some((change.version.price.get(), change.agreed.as_ref().map(|agreed| agreed.price.get())))
}

/// How the month to pay has failed so far.
pub(super) fn failed(it: &Subscription) -> spec::Failed {
    spec::Failed {
        declines: it.dunning.failures,
        transients: it.dunning.transients,
        stopped: it.dunning.stopped,
        retry_at: it.dunning.retry_at,
    }
}

fn listed(small: &Small, plan: &PlanId) -> spec::Prices {
    let plan = small.configuration.catalogue.plan(plan);
    let prices = plan.into_iter().flat_map(billing::Plan::prices);
    prices.map(|version| (version.holds_from, version.price.get())).collect()
}

fn month(it: &Subscription, order: MerchantUid) -> spec::Month {
    match order {
        MerchantUid::Charge { subscription, period, .. } => {
            (subscription == it.id).then_some(period)
        }
        MerchantUid::Registration { .. } | MerchantUid::Foreign(_) => None,
    }
}

/// What somebody points at and is closed, what a person spoke on, and what is open: in the order in which money is seen.
fn orders(it: &Subscription, asked: &[Order], partners: &Partners) -> Vec<spec::Order> {
    let is_open =
        |order: &Order| it.charges.iter().any(|open| open.merchant_uid == order.merchant_uid());
    let judged = |order: &Order| {
        it.verdicts.iter().any(|verdict| verdict.order.merchant_uid() == order.merchant_uid())
    };
    let pointed = |id| asked.iter().any(|order| order.merchant_uid() == id);
    let closed = asked.iter().filter(|order| !is_open(order)).filter_map(|order| {
        let Order::Charge { charge, .. } = order else { return None };
        let request = match &charge.outcome {
            ChargeState::Open(_) => return None,
            ChargeState::Closed(ClosedState::Contradicted) if judged(order) => return None,
            ChargeState::Closed(ClosedState::Paid { imp_uid }) => {
                spec::Request::Over(Some(imp_uid.to_string()))
            }
            ChargeState::Closed(ClosedState::Contradicted) => spec::Request::Judged(None),
            ChargeState::Closed(ClosedState::Declined { .. } | ClosedState::Abandoned) => {
                spec::Request::Over(None)
            }
        };
        Some(spec::Order { request, pointed_at: true, ..plain(it, order, partners) })
    });
    let said_of = |name: &str| {
        it.verdicts.iter().any(|verdict| verdict.order.merchant_uid().to_string() == name)
    };
    let said = it.verdicts.iter().map(|verdict| {
        let said = (verdict.imp_uid.to_string(), verdict.counts);
        spec::Order {
            request: spec::Request::Judged(Some(said)),
            pointed_at: pointed(verdict.order.merchant_uid()),
            ..plain(it, &verdict.order, partners)
        }
    });
    let open = it.charges.iter().map(|open| spec::Order {
        pointed_at: pointed(open.merchant_uid),
        ..open_order(it, open, partners)
    });
    // What a person spoke on is looked at for more once that is carried out.
    let (of_judged, closed): (Vec<_>, Vec<_>) = closed.partition(|order| said_of(&order.name));
    closed.into_iter().chain(said).chain(of_judged).chain(open).collect()
}

/// An open order with what Iamport says of it now.
pub(super) fn open_order(it: &Subscription, open: &OpenCharge, partners: &Partners) -> spec::Order {
    let request = match open.outcome {
        OpenState::Planned { at } => spec::Request::Planned(at),
        OpenState::Charging { until } => spec::Request::Charge(until),
        OpenState::Scheduling { at, until } => spec::Request::Place(at, until),
        OpenState::Scheduled { at } => spec::Request::Placed(at),
    };
    let order = Order::Charge { uid: it.uid.clone(), charge: open.clone().into() };
    let attempt = match open.merchant_uid {
        MerchantUid::Charge { attempt, .. } => attempt,
        MerchantUid::Registration { .. } | MerchantUid::Foreign(_) => 0,
    };
    spec::Order { request, given_up: attempt < it.wanted_from, ..plain(it, &order, partners) }
}

fn plain(it: &Subscription, order: &Order, partners: &Partners) -> spec::Order {
    let id = order.merchant_uid();
    let (amount, key) = match order {
        Order::Charge { charge, .. } => (charge.amount, charge.customer_uid),
        Order::Registration { registration, .. } => {
            (registration.amount, registration.customer_uid)
        }
    };
    spec::Order {
        name: id.to_string(),
        month: month(it, id),
        amount: amount.get(),
        card: key.generation().filter(|_| key.subscription() == Some(it.id)),
        opened_at: order.opened_at(),
        request: spec::Request::Judged(None),
        given_up: false,
        shown: it.reviews.iter().any(|review| review.waits && review.merchant_uid == id),
        pointed_at: false,
        schedule: partners.schedule_said(id),
        records: partners.records_said(id),
    }
}

fn windows(
    small: &Small,
    it: &Subscription,
    asked: &[Order],
    partners: &Partners,
) -> Vec<spec::Window> {
    let asked = asked.iter().filter_map(|order| order.clone().into_registration());
    let asked = asked.filter(|other| {
        matches!(other.outcome, RegistrationState::Failed { .. } | RegistrationState::Abandoned)
            && !it.registrations.iter().any(|open| open.merchant_uid == other.merchant_uid)
    });
    let all = it.registrations.iter().cloned().chain(asked);
    all.map(|window| spec::Window {
        name: window.merchant_uid.to_string(),
        this_run: window.merchant_uid.subscription() == Some(it.id),
        card: window.customer_uid.generation().unwrap_or_default(),
        shows: (window.intent == Intent::Subscribe)
            .then(|| (window.amount.get(), listed(small, &window.plan))),
        closed: window.outcome != RegistrationState::Open,
        opened_at: window.opened_at,
        records: partners.records_said(window.merchant_uid),
    })
    .collect()
}

/// A record in the specification's words.
pub(super) fn record(record: &Record) -> Option<spec::Record> {
    let key = record.customer_uid.as_ref().and_then(|key| key.rsplit_once('-')?.1.parse().ok());
    Some(spec::Record {
        payment: record.imp_uid.to_string(),
        says: match record.status {
            RecordStatus::Paid | RecordStatus::Cancelled => spec::Says::Paid,
            RecordStatus::Failed => {
                spec::Says::Declined(fault(record.fail_reason.as_deref().unwrap_or("")))
            }
            // A window that is open says nothing.
            RecordStatus::Ready | RecordStatus::Other => return None,
        },
        usage: match record.usage {
            Usage::Issue => spec::Usage::Registration,
            Usage::Payment | Usage::Scheduled => spec::Usage::RegisteredCard,
            Usage::Other => spec::Usage::Ordinary,
        },
        amount: record.amount.get(),
        in_won: record.currency.as_deref().is_none_or(|currency| currency == "KRW"),
        given_back: record.cancelled.get(),
        at: record.at,
        card: key,
    })
}

pub(super) fn fault(reason: &str) -> spec::Fault {
    match DeclineClass::of(reason) {
        DeclineClass::Transient => spec::Fault::Nobody,
        DeclineClass::Soft | DeclineClass::Unknown => spec::Fault::Money,
        DeclineClass::Provider => spec::Fault::Provider,
        DeclineClass::Hard => spec::Fault::Card,
    }
}

pub(super) fn schedule(sighting: &ScheduleSighting) -> spec::Schedule {
    match sighting {
        ScheduleSighting::Missing => spec::Schedule::Missing,
        ScheduleSighting::Standing => spec::Schedule::Standing,
        ScheduleSighting::Executed => spec::Schedule::Ran,
        ScheduleSighting::Failed(reason) => spec::Schedule::Declined(fault(reason)),
        ScheduleSighting::TakenBack => spec::Schedule::TakenBack,
    }
}
