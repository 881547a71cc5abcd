//! What comes of a charge that was made and not written down: why an id has to be kept before the call.

use std::{
    collections::BTreeMap,
    future::Future,
    sync::atomic::{AtomicUsize, Ordering},
};

use iamport::{PaymentStatus, PaymentsByStatus, Refusal};

use crate::{simulated::registered, wire::walk};

/// What a durable function keeps of its steps: a step whose end is written down is not run again. It is written down when
/// the step has ended, which is after the call went out, whoever keeps it.
#[derive(Default)]
struct Checkpoints(BTreeMap<&'static str, String>);

impl Checkpoints {
    /// Runs a step, or gives what it came to when it was run before. Whoever is killed after the call and before the
    /// checkpoint leaves none.
    async fn step(
        &mut self,
        name: &'static str,
        is_killed: bool,
        run: impl Future<Output = String>,
    ) -> Option<String> {
        if let Some(done) = self.0.get(name) {
            return Some(done.clone());
        }
        let done = run.await;
        if is_killed {
            return None;
        }
        self.0.insert(name, done.clone());
        Some(done)
    }
}

#[tokio::test]
async fn a_step_killed_before_its_checkpoint_charges_twice_unless_its_id_was_kept_before_the_call()
{
    for (keeps_the_id, charged) in [(false, 2), (true, 1)] {
        let world = registered().await;
        let (mut kept, ids) = (Checkpoints::default(), AtomicUsize::new(0));
        let new_id = || format!("order-{}", ids.fetch_add(1, Ordering::Relaxed));
        for is_killed in [true, false] {
            let id = if keeps_the_id {
                kept.step("id", false, async { new_id() }).await.unwrap()
            } else {
                new_id()
            };
            let charge = async {
                match world.again(&id).await {
                    Ok(payment) => payment.imp_uid,
                    // What a first run did, which nobody wrote down.
                    Err(error) if error.refusal() == Some(Refusal::DuplicateMerchantUid) => {
                        world.client.find(&id, Some(PaymentStatus::Paid)).await.unwrap().imp_uid
                    }
                    Err(error) => panic!("{error:?}"),
                }
            };
            assert_eq!(kept.step("charge", is_killed, charge).await.is_none(), is_killed);
        }
        let money = world.client.payments_by_status_stream(PaymentsByStatus::new());
        let paid = walk(money).await.into_iter().filter(|it| it.merchant_uid.starts_with("order-"));
        assert_eq!(paid.count(), charged, "the id is kept: {keeps_the_id}");
    }
}
