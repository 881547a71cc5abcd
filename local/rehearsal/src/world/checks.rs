//! Runs the oracles that need a snapshot: gathers the facts, hands them over, records what they find.

use crate::history::actions::TableName;
use crate::oracles::audit;
use crate::oracles::facts::{Facts, Payments};
use crate::world::site::Site;
use billing::Uid;
use ledger::BookedPayment;

/// The checks at the end of a history.
pub(crate) async fn at_the_end(site: &Site, logged: &str) {
    let (payments, facts) = (payments(site).await, facts(site));
    let found = {
        let mut books = site.books();
        books.moved(facts.now, &facts.charges);
        audit::audit(&books, &facts, &payments)
    };
    site.record().fail_all(found);
    let secrets = site.record().notes().secrets.clone();
    site.record().fail_all(audit::logged(&secrets, &facts, logged));
    site.record().fail_all(site.hosts.denied().into_iter().map(|what| ("permissions", what)));
}

/// One night after a table was restored the books must be right.
pub(crate) async fn after_one_night(site: &Site, table: TableName) {
    let table = table.name();
    site.record().say(|| format!("one night after {table} was restored"));
    let (payments, facts) = (payments(site).await, facts(site));
    let found = {
        let mut books = site.books();
        books.moved(facts.now, &facts.charges);
        audit::ledger(&books, &facts, &payments, "one night")
    };
    site.record().fail_all(found);
}

/// A day after the last fault everyone who paid must have access.
pub(crate) fn after_one_day(site: &Site) {
    let facts = facts(site);
    let found = audit::access_heals(&site.books(), &facts);
    site.record().fail_all(found);
}

/// What Iamport and the sign-in service currently hold.
fn facts(site: &Site) -> Facts {
    let (iamport, google) = (&site.stack.iamport, &site.stack.google);
    let members = site.books().members();
    Facts {
        now: site.now(),
        charges: iamport.charges(),
        schedules: iamport.schedules(),
        customers: iamport.customers().into_iter().map(|(customer, _)| customer).collect(),
        claims: members
            .into_iter()
            .filter_map(|uid| Some((uid.clone(), google.claims(&uid)?)))
            .collect(),
    }
}

/// What the payments table currently holds.
async fn payments(site: &Site) -> Payments {
    let members: Vec<Uid> =
        site.books().subscriptions.values().map(|subscription| subscription.uid.clone()).collect();
    let mut payments = Payments::new();
    for member in members {
        payments.insert(member.to_string(), payments_of(site, &member).await);
    }
    payments
}

/// All payments of a member, page by page; `None` if they cannot be read.
async fn payments_of(site: &Site, member: &Uid) -> Option<Vec<BookedPayment>> {
    let gudok = site.gateway.app().gudok;
    let (mut all, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let (page, next) = gudok.books.payments(member, 100, cursor.as_deref()).await.ok()?;
        all.extend(page);
        if next.is_none() {
            return Some(all);
        }
        cursor = next;
    }
}
