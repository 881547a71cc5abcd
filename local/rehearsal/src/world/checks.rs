//! Runs the oracles that need a snapshot: gathers the facts, hands them over, records what they find.

use crate::history::actions::TableName;
use crate::oracles::audit;
use crate::oracles::facts::{Facts, Payments};
use crate::oracles::failures::Finding;
use crate::oracles::stored::plain_row;
use crate::world::site::Site;
use billing::Uid;
use ledger::BookedPayment;
use serde_json::Value;

/// The checks at the end of a history.
pub(crate) async fn at_the_end(site: &Site, logged: &str) {
    let (payments, facts) = (payments(site).await, facts(site));
    let found = {
        let mut books = site.books();
        books.moved(facts.now, &facts.charges);
        audit::audit(&books, &facts, &payments)
    };
    site.record().fail_all(found);
    site.record().fail_all(forgotten(site, &facts));
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
    let mut members = site.books().members();
    members.extend(site.books().leaving.erased.iter().cloned());
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
    retained(site, &mut payments);
    payments
}

/// What is left of those who were to be erased, and should not be.
fn forgotten(site: &Site, facts: &Facts) -> Vec<Finding> {
    let Some(tables) = site.tables() else { return Vec::new() };
    let left = |uid: &str| {
        let rows = |table: &&str| {
            let rows = tables.rows(table).into_iter().map(Value::Object);
            // A report of a comparison goes by itself after a month.
            let goes = |row: &Value| row.get("delete_at").is_some();
            rows.filter(|row| row.to_string().contains(uid))
                .filter(|row| *table == "retained" || !goes(row))
                .count()
        };
        let of = ["subscriptions", "payments", "orders", "journal", "retained"];
        of.into_iter().filter(|table| rows(table) > 0).collect::<Vec<_>>()
    };
    let books = site.books();
    let erased = books.leaving.erased.iter();
    let left = erased.map(|uid| (uid.clone(), left(uid))).collect();
    audit::forgotten(&books, facts, left)
}

/// What is kept of members who were erased: it is still known here whose it was.
fn retained(site: &Site, payments: &mut Payments) {
    let Some(tables) = site.tables() else { return };
    let books = site.books();
    for row in tables.rows("retained") {
        let mut row = plain_row(&Value::Object(row), "");
        let order = row.get("merchant_uid").and_then(Value::as_str).map(|it| books.owner(it));
        let (Some(uid), Some(fields)) = (order, row.as_object_mut()) else { continue };
        // Events have no payment's amount.
        if !fields.contains_key("imp_uid") || !fields.contains_key("period") {
            continue;
        }
        fields.insert("uid".to_owned(), uid.clone().into());
        let of = payments.entry(uid).or_insert_with(|| Some(Vec::new()));
        match (serde_json::from_value(row), of) {
            (Ok(payment), Some(of)) => of.push(payment),
            (Err(_), of) => *of = None,
            (Ok(_), None) => {}
        }
    }
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

#[cfg(test)]
mod tests {
    use super::facts;
    use crate::history::History;
    use crate::history::actions::uid;
    use crate::oracles::audit::logged;
    use crate::world::World;
    use crate::world::site::{RunOptions, Setup};

    #[tokio::test(start_paused = true)]
    async fn each_kind_of_secret_is_known_and_found_in_a_log() {
        let history = History::of(1);
        let world = World::new(Setup::of(&history, None, RunOptions::default())).await;
        world.live(&history).await;
        let facts = facts(&world.site);
        let secrets = world.site.record().notes().secrets.clone();
        let one = |is: fn(&str) -> bool| secrets.iter().find(|it| is(it)).unwrap().clone();
        let planted = [
            uid(0),
            format!("{}@privat.example", uid(0)),
            one(|it| it.starts_with("eyJ")),
            one(|it| it.len() == 40 && it.chars().all(|sign| sign.is_ascii_hexdigit())),
            one(|it| it.starts_with("ya29.")),
            "local_secret".to_owned(),
            "PRIVATE KEY".to_owned(),
            "010-0000-0000".to_owned(),
            "944603******1234".to_owned(),
        ];
        for secret in planted {
            let line = format!(r#"{{"level":"INFO","fields":{{"of":"{secret}"}}}}"#);
            let found = logged(&secrets, &facts, &line);
            assert!(found.iter().any(|(oracle, _)| *oracle == "private"), "{line}");
        }
        let harmless = r#"{"level":"INFO","fields":{"digest":"0123456789abcdef"}}"#;
        assert_eq!(logged(&secrets, &facts, harmless), []);
    }
}
